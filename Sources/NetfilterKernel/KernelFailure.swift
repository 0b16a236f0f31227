import CNetfilter
public import NetfilterWire

/// An error number of the operating system, shown by its name.
public struct Errno: Hashable, Sendable, CustomStringConvertible {
    /// The number, as in errno(3).
    public let number: Int32

    /// The error of this number.
    public init(_ number: Int32) { self.number = number }

    /// `EPERM`.
    public static let notPermitted = Errno(1)
    /// `ENOENT`.
    public static let noSuchObject = Errno(2)
    /// `EAGAIN`.
    public static let wouldBlock = Errno(11)
    /// `ENOMEM`.
    public static let outOfMemory = Errno(12)
    /// `EBUSY`.
    public static let busy = Errno(16)
    /// `EEXIST`.
    public static let exists = Errno(17)
    /// `EINVAL`.
    public static let invalid = Errno(22)
    /// `EMSGSIZE`.
    public static let messageTooLong = Errno(90)
    /// `EOPNOTSUPP`.
    public static let notSupported = Errno(95)
    /// `EAFNOSUPPORT`.
    public static let familyNotSupported = Errno(97)
    /// `ERESTART`.
    public static let restart = Errno(85)
    /// `ENODATA`.
    public static let noData = Errno(61)
    /// `ENFILE`, of a set that has as many elements as it may.
    public static let setFull = Errno(23)
    /// `ENOBUFS`.
    public static let noBufferSpace = Errno(105)

    /// `ENOENT`, or `errno 4711` for one that has no name.
    public var name: String { cnf_errno_name(number).map { String(cString: $0) } ?? "errno \(number)" }

    /// `No such file or directory (ENOENT)`.
    public var description: String { "\(String(cString: cnf_errno_text(number))) (\(name))" }
}

/// Something that the kernel refused.
public struct KernelFailure: Error, Hashable, CustomStringConvertible {
    /// What was to be done, and to which object: `delete chain ip switchyard pick-3`.
    public let operation: String

    /// The step of a transaction that it was, if it was one.
    public let step: BatchOperation?

    /// Why not.
    public let errno: Errno

    /// The kernel's own explanation (`NLMSGERR_ATTR_MSG`), if it gave one.
    public let kernelText: String?

    /// What is the matter, or what helps, if that is known beyond the error number.
    public var hint: String?

    /// A failed operation.
    public init(
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
    public var description: String {
        var text = "\(operation): \(errno)"
        if let kernelText { text += ": \(kernelText)" }
        if let hint { text += "; \(hint)" }
        return text
    }
}

/// A transaction that the kernel refused as a whole: nothing of it is in force, what was before still is.
public struct CommitError: Error, Hashable, CustomStringConvertible {
    /// The first thing that went wrong; the others may be its consequences.
    public var first: KernelFailure

    /// What else went wrong, in the order of the transaction.
    public let others: [KernelFailure]

    /// Whether somebody else's transaction came between: this one was worked out from a generation that is over.
    public var isOvertaken: Bool { first.errno == .restart }

    /// The failures of a transaction.
    public init(_ first: KernelFailure, others: [KernelFailure] = []) {
        self.first = first
        self.others = others
    }

    /// Everything that went wrong, in the order of the transaction.
    public var failures: [KernelFailure] { [first] + others }

    /// The first failure, and how many more there are.
    public var description: String {
        others.isEmpty ? first.description : "\(first) (and \(others.count) more errors in the same transaction)"
    }
}
