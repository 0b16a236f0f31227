import Glibc

/// Builds netlink messages in a growing buffer of bytes.
///
/// Nesting is a closure, and the length is patched afterwards. The buffer is owned by the value and not shared, so that
/// the hundred thousand elements of a large rule set cost one copy each and no check for uniqueness.
struct MessageWriter: ~Copyable {
    private let buffer: MessageBuffer
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// The bytes written so far.
    private(set) var count = 0

    /// An empty buffer with room for `capacity` bytes, which grows as needed.
    init(capacity: Int = 4096) {
        self.capacity = capacity
        buffer = MessageBuffer(capacity: capacity)
        base = buffer.base
    }

    /// The bytes written, which are not copied.
    consuming func takeBuffer() -> MessageBuffer {
        buffer.count = count
        return buffer
    }

    /// The bytes written so far, as a value.
    var bytes: [UInt8] { [UInt8](UnsafeRawBufferPointer(start: base, count: count)) }

    private mutating func makeRoom(_ more: Int) {
        guard count + more > capacity else { return }
        capacity = max(capacity * 2, count + more)
        base = buffer.grow(to: capacity)
    }

    /// Bytes as they are in memory: netlink's own headers are in host order.
    mutating func append<Value: BitwiseCopyable>(_ value: Value) {
        makeRoom(MemoryLayout<Value>.size)
        base.storeBytes(of: value, toByteOffset: count, as: Value.self)
        count += MemoryLayout<Value>.size
    }

    /// Bytes as they are.
    mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        makeRoom(bytes.count)
        (base + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// So many zeros.
    mutating func appendZeros(_ number: Int) {
        makeRoom(number)
        (base + count).initializeMemory(as: UInt8.self, repeating: 0, count: number)
        count += number
    }

    /// Zeros up to the next multiple of four (`NLMSG_ALIGN`, `NLA_ALIGN`).
    private mutating func pad() {
        while count & 3 != 0 { append(UInt8(0)) }
    }

    /// A netlink message with netfilter's header (`struct nlmsghdr`, `struct nfgenmsg`).
    mutating func message(
        type: UInt16, flags: UInt16, sequence: UInt32, family: UInt8, resource: UInt16 = 0,
        _ body: (inout MessageWriter) -> Void
    ) {
        let start = count
        append(UInt32(0))
        append(type)
        append(flags | NLM_F_REQUEST)
        append(sequence)
        append(UInt32(0))
        append(family)
        append(UInt8(0))
        append(resource.bigEndian)
        body(&self)
        base.storeBytes(of: UInt32(count - start), toByteOffset: start, as: UInt32.self)
    }

    /// Adds flags to the message that begins at the given offset.
    mutating func addFlags(_ flags: UInt16, toMessageAt start: Int) {
        let before = base.load(fromByteOffset: start + 6, as: UInt16.self)
        base.storeBytes(of: before | flags, toByteOffset: start + 6, as: UInt16.self)
    }

    /// An attribute with the bytes that the closure appends.
    ///
    /// - Precondition: they are at most 65,531, since the length has 16 bits; element lists are split before that.
    mutating func attribute(_ type: UInt16, _ body: (inout MessageWriter) -> Void) {
        let start = count
        append(UInt16(0))
        append(type)
        body(&self)
        guard let length = UInt16(exactly: count - start) else {
            preconditionFailure("attribute \(type) of \(count - start) bytes")
        }
        base.storeBytes(of: length, toByteOffset: start, as: UInt16.self)
        pad()
    }

    /// An attribute that holds attributes.
    mutating func nested(_ type: UInt16, _ body: (inout MessageWriter) -> Void) {
        attribute(type | NLA_F_NESTED, body)
    }

    /// A number in network order, as nf_tables has all of its own.
    mutating func attribute<Number: FixedWidthInteger & BitwiseCopyable>(_ type: UInt16, number: Number) {
        append(UInt16(4 + MemoryLayout<Number>.size))
        append(type)
        append(number.bigEndian)
        pad()
    }

    /// A string with its final zero.
    mutating func attribute(_ type: UInt16, string: String) {
        attribute(type) { writer in
            var string = string
            string.withUTF8 { writer.append(contentsOf: UnsafeRawBufferPointer($0)) }
            writer.append(UInt8(0))
        }
    }

    /// Bytes as they are.
    mutating func attribute(_ type: UInt16, bytes: [UInt8]) {
        attribute(type) { writer in bytes.withUnsafeBytes { writer.append(contentsOf: $0) } }
    }
}

/// The memory of messages. It grows where it is, or is moved by the system as whole pages, rather than copied.
final class MessageBuffer {
    fileprivate private(set) var base: UnsafeMutableRawPointer
    fileprivate(set) var count = 0

    fileprivate init(capacity: Int) { base = Self.checked(malloc(capacity)) }

    deinit { free(base) }

    /// The bytes, valid for as long as this object is there.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    fileprivate func grow(to capacity: Int) -> UnsafeMutableRawPointer {
        base = Self.checked(realloc(base, capacity))
        return base
    }

    private static func checked(_ memory: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer {
        guard let memory else { preconditionFailure("out of memory") }
        return memory
    }
}
