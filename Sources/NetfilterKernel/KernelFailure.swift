import CNetfilter
package import NetfilterWire

/// An error number of the operating system, shown by its name.
package struct Errno: Hashable, Sendable, CustomStringConvertible {
    /// The number, as in errno(3).
    package let number: Int32

    /// The error of this number.
    package init(_ number: Int32) { self.number = number }

    /// `EPERM`.
    package static let notPermitted = Errno(1)
    /// `ENOENT`.
    package static let noSuchObject = Errno(2)
    /// `EAGAIN`.
    package static let wouldBlock = Errno(11)
    /// `ENOMEM`.
    package static let outOfMemory = Errno(12)
    /// `EBUSY`.
    package static let busy = Errno(16)
    /// `EEXIST`.
    package static let exists = Errno(17)
    /// `EINVAL`.
    package static let invalid = Errno(22)
    /// `EMSGSIZE`.
    package static let messageTooLong = Errno(90)
    /// `EOPNOTSUPP`.
    package static let notSupported = Errno(95)
    /// `EAFNOSUPPORT`.
    package static let familyNotSupported = Errno(97)
    /// `ERESTART`.
    package static let restart = Errno(85)
    /// `ENODATA`.
    package static let noData = Errno(61)
    /// `ENFILE`, of a set that has as many elements as it may.
    package static let setFull = Errno(23)
    /// `ENOBUFS`.
    package static let noBufferSpace = Errno(105)

    /// `ENOENT`, or `errno 4711` for one that has no name.
    package var name: String { cnf_errno_name(number).map { String(cString: $0) } ?? "errno \(number)" }

    /// `No such file or directory (ENOENT)`.
    package var description: String { "\(String(cString: cnf_errno_text(number))) (\(name))" }
}

/// Something that the kernel refused.
package struct KernelFailure: Error, Hashable, CustomStringConvertible {
    /// What was to be done, and to which object: `delete chain ip switchyard pick-3`.
    package let operation: String

    /// The step of a transaction that it was, if it was one.
    package let step: BatchOperation?

    /// Why not.
    package let errno: Errno

    /// The kernel's own explanation (`NLMSGERR_ATTR_MSG`), if it gave one.
    package let kernelText: String?

    /// What is the matter, or what helps, if that is known beyond the error number.
    package var hint: String?

    /// A failed operation.
    package init(
        _ operation: String, _ errno: Errno, kernelText: String? = nil, hint: String? = nil,
        step: BatchOperation? = nil
    ) {
        self.operation = operation
        self.step = step
        self.errno = errno
        self.kernelText = kernelText
        self.hint = hint ?? (errno == .notPermitted ? "this needs CAP_NET_ADMIN in the network namespace" : nil)
    }

    /// One line.
    package var description: String {
        var text = "\(operation): \(errno)"
        if let kernelText { text += ": \(kernelText)" }
        if let hint { text += "; \(hint)" }
        return text
    }
}

/// A transaction that the kernel refused as a whole: nothing of it is in force, what was before still is.
package struct CommitError: Error, Hashable, CustomStringConvertible {
    /// The first thing that went wrong; the others may be its consequences.
    package var first: KernelFailure

    /// What else went wrong, in the order of the transaction.
    package let others: [KernelFailure]

    /// Whether somebody else's transaction came between: this one was worked out from a generation that is over.
    package var isOvertaken: Bool { first.errno == .restart }

    /// The failures of a transaction.
    package init(_ first: KernelFailure, others: [KernelFailure] = []) {
        self.first = first
        self.others = others
    }

    /// Everything that went wrong, in the order of the transaction.
    package var failures: [KernelFailure] { [first] + others }

    /// The first failure, and how many more there are.
    package var description: String {
        others.isEmpty ? first.description : "\(first) (and \(others.count) more errors in the same transaction)"
    }
}
