import NetfilterWire
public import NetworkValues

extension NetfilterSocket {
    /// All addresses of all interfaces in the network namespace, in the kernel's order.
    ///
    /// - Throws: ``ListingError``.
    public func machineAddresses() throws(ListingError) -> [IPAddress] {
        sequence &+= 1
        let current = sequence
        var addresses: [IPAddress] = []
        var malformed: WireError?
        var isFinished = false
        do throws(KernelFailure) {
            try route.send(AddressDump.request(sequence: current))
            while !isFinished {
                guard let datagram = try route.receive(waits: true) else { continue }
                try route.forEachReply(in: datagram) { reply throws(KernelFailure) in
                    switch reply {
                    case .malformed: throw KernelFailure("list the addresses", .invalid)
                    case .acknowledgement(let result), .done(let result):
                        guard result.sequence == current else { return }
                        isFinished = true
                        if let errno = result.errno { throw KernelFailure("list the addresses", errno) }
                    case .object(let message):
                        do throws(WireError) {
                            if let address = try AddressDump.address(in: message) { addresses.append(address) }
                        } catch {
                            malformed = malformed ?? error
                        }
                    }
                }
            }
        } catch {
            throw .kernel(error)
        }
        if let malformed { throw .malformed(malformed) }
        return addresses
    }
}
