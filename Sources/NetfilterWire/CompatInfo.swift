/// The data of an extension of x_tables, a C structure of the uapi headers in host order.
///
/// Two are equal if they differ only in zeros at the end: the kernel lists no more than what user space may see of a
/// structure (`usersize` of `struct xt_match`), and fills it up with zeros.
package struct CompatInfo: Hashable, Sendable {
    /// The bytes up to the last that is not zero.
    package let bytes: [UInt8]

    /// How many bytes the structure has, a multiple of eight (`XT_ALIGN`).
    package let size: Int

    /// The data as they were listed.
    init(listed data: UnsafeRawBufferPointer) {
        size = data.count
        let end = data.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
        bytes = Array(data[..<end])
    }

    /// A structure of so many bytes, as the closure fills it in.
    ///
    /// - Precondition: the size is a multiple of eight.
    init(size: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
        precondition(size & 7 == 0, "x_tables aligns its structures to eight bytes")
        self.size = size
        bytes = withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            fill(buffer)
            let end = buffer.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
            return Array(buffer[..<end])
        }
    }

    /// Whether they have the same values.
    package static func == (lhs: CompatInfo, rhs: CompatInfo) -> Bool { lhs.bytes == rhs.bytes }

    /// Feeds in what is compared.
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes a member of the structure.
    func put<Value: BitwiseCopyable>(_ value: Value, at offset: Int) {
        storeBytes(of: value, toByteOffset: offset, as: Value.self)
    }

    /// Writes an array of bytes of the structure.
    func put(_ bytes: some Collection<UInt8>, at offset: Int) {
        UnsafeMutableRawBufferPointer(rebasing: self[offset...]).copyBytes(from: bytes)
    }
}
