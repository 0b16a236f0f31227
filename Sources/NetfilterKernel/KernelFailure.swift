import CNetfilter

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
    /// `EBUSY`.
    public static let busy = Errno(16)
    /// `EEXIST`.
    public static let exists = Errno(17)
    /// `EINVAL`.
    public static let invalid = Errno(22)
    /// `ENODATA`.
    public static let noData = Errno(61)
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

    /// Why not.
    public let errno: Errno

    /// The kernel's own explanation (`NLMSGERR_ATTR_MSG`), if it gave one.
    public let kernelText: String?

    /// A failed operation.
    public init(_ operation: String, _ errno: Errno, kernelText: String? = nil) {
        self.operation = operation
        self.errno = errno
        self.kernelText = kernelText
    }

    /// One line, with a hint where the reason is most likely a missing privilege.
    public var description: String {
        var text = "\(operation): \(errno)"
        if let kernelText { text += ": \(kernelText)" }
        if errno == .notPermitted { text += "; this needs CAP_NET_ADMIN in the network namespace" }
        return text
    }
}

/// A transaction that the kernel refused as a whole: nothing of it is in force, what was before still is.
public struct CommitError: Error, Hashable, CustomStringConvertible {
    /// The first thing that went wrong; the others may be its consequences.
    public let first: KernelFailure

    /// What else went wrong, in the order of the transaction.
    public let others: [KernelFailure]

    /// The failures of a transaction.
    public init(_ first: KernelFailure, others: [KernelFailure] = []) {
        self.first = first
        self.others = others
    }

    /// The first failure, and how many more there are.
    public var description: String {
        others.isEmpty ? first.description : "\(first) (and \(others.count) more errors in the same transaction)"
    }
}
