/// Bytes from the kernel that are not what they should be.
package enum WireError: Error, Hashable, CustomStringConvertible {
    /// A length that leads out of the bytes that are there.
    case truncated(String)
    /// An attribute without which the object has no meaning.
    case missing(String)
    /// An attribute whose size or value does not fit its type.
    case invalid(String)

    /// `truncated attribute in a set`.
    package var description: String {
        switch self {
        case .truncated(let place): "netlink bytes end within \(place)"
        case .missing(let name): "a netlink message without \(name)"
        case .invalid(let name): "a netlink message whose \(name) is not valid"
        }
    }
}

/// A netlink attribute: its type without flags, and its bytes.
struct Attribute {
    let type: UInt16
    let bytes: UnsafeRawBufferPointer

    /// A number in network order.
    ///
    /// - Throws: ``WireError`` if the size is another one.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type = Number.self) throws(WireError) -> Number {
        guard bytes.count == MemoryLayout<Number>.size else { throw .invalid("attribute \(type)") }
        return Number(bigEndian: bytes.loadUnaligned(as: Number.self))
    }

    /// A string, with or without a final zero.
    ///
    /// Names are ASCII by the kernel's leave only; what is no UTF-8 is repaired, so that it can be shown.
    var string: String {
        String(decoding: bytes.last == 0 ? UnsafeRawBufferPointer(rebasing: bytes.dropLast()) : bytes, as: UTF8.self)
    }

    /// The attributes in this one.
    var nested: AttributeReader { AttributeReader(bytes) }
}

/// Walks the attributes in a run of bytes, checking every length against what is there.
struct AttributeReader {
    private var rest: UnsafeRawBufferPointer

    /// The attributes in these bytes, which must stay valid while they are read.
    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

    /// The next attribute, nil at the end.
    ///
    /// - Throws: ``WireError/truncated(_:)``.
    mutating func next() throws(WireError) -> Attribute? {
        if rest.isEmpty { return nil }
        guard rest.count >= 4 else { throw .truncated("an attribute header") }
        let length = Int(rest.loadUnaligned(as: UInt16.self))
        let type = rest.loadUnaligned(fromByteOffset: 2, as: UInt16.self) & NLA_TYPE_MASK
        guard length >= 4, length <= rest.count else { throw .truncated("attribute \(type)") }
        let attribute = Attribute(type: type, bytes: UnsafeRawBufferPointer(rebasing: rest[4..<length]))
        rest = UnsafeRawBufferPointer(rebasing: rest[min((length + 3) & ~3, rest.count)...])
        return attribute
    }

    /// The first attribute of a type, nil if there is none.
    func first(_ type: UInt16) throws(WireError) -> Attribute? {
        var reader = self
        while let attribute = try reader.next() {
            if attribute.type == type { return attribute }
        }
        return nil
    }
}

/// One netlink message of a reply.
package struct ReceivedMessage {
    /// The message type without the subsystem (`NFT_MSG_*`).
    package let type: UInt16
    /// The flags (`NLM_F_*`).
    package let flags: UInt16
    /// The sequence number of the request that it answers.
    package let sequence: UInt32
    /// The port of the socket whose request it answers, or that caused a notification.
    package let port: UInt32
    /// The address family of `struct nfgenmsg`.
    package let family: UInt8
    /// The attributes.
    let attributes: AttributeReader

    /// Reads a message of a netfilter subsystem.
    ///
    /// - Parameters:
    ///   - bytes: the whole message from `struct nlmsghdr` on, valid for as long as this value is used.
    ///   - subsystem: the one that was asked (`NFNL_SUBSYS_*`).
    /// - Throws: ``WireError`` if it is too short, or of another subsystem.
    package init(_ bytes: UnsafeRawBufferPointer, subsystem: UInt16) throws(WireError) {
        guard bytes.count >= 20 else { throw .truncated("a message header") }
        let kind = bytes.loadUnaligned(fromByteOffset: 4, as: UInt16.self)
        guard kind >> 8 == subsystem else { throw .invalid("subsystem") }
        type = kind & 0xff
        flags = bytes.loadUnaligned(fromByteOffset: 6, as: UInt16.self)
        sequence = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
        port = bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
        family = bytes[16]
        attributes = AttributeReader(UnsafeRawBufferPointer(rebasing: bytes[20...]))
    }
}
