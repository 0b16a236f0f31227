package import NetworkValues

/// The question for all addresses of all interfaces, and its answers (rtnetlink(7), `RTM_GETADDR`).
package enum AddressDump {
    /// The question: an empty `struct ifaddrmsg`.
    package static func request(sequence: UInt32) -> [UInt8] {
        var writer = MessageWriter(capacity: 24)
        writer.append(UInt32(24))
        writer.append(RTM_GETADDR)
        writer.append(NLM_F_REQUEST | NLM_F_DUMP)
        writer.append(sequence)
        writer.append(UInt32(0))
        writer.append(UInt64(0))
        return writer.bytes
    }

    /// The address in an answer.
    ///
    /// - Parameter message: from `struct nlmsghdr` on.
    /// - Returns: nil if it is no address of IPv4 or IPv6.
    /// - Throws: ``WireError`` if it is not well formed.
    package static func address(in message: UnsafeRawBufferPointer) throws(WireError) -> IPAddress? {
        guard message.count >= 24, message.loadUnaligned(fromByteOffset: 4, as: UInt16.self) == RTM_NEWADDR else {
            return nil
        }
        let attributes = AttributeReader(UnsafeRawBufferPointer(rebasing: message[24...]))
        // On a point-to-point link IFA_ADDRESS is the other end.
        let local = try attributes.first(IFA_LOCAL)
        let address = try attributes.first(IFA_ADDRESS)
        return (local ?? address).flatMap { IPAddress(bytes: $0.bytes) }
    }
}
