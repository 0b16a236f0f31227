import NetfilterWire
package import NetworkValues

extension NetfilterSocket {
    /// All addresses of all interfaces in the network namespace, in the kernel's order.
    ///
    /// - Throws: ``ListingError``.
    package func machineAddresses() throws(ListingError) -> [IPAddress] {
        sequence &+= 1
        var addresses: [IPAddress] = []
        let question = AddressDump.request(sequence: sequence)
        try route.ask(question, sequence: sequence, "list the machine's addresses") { answer throws(WireError) in
            if let address = try AddressDump.address(in: answer) { addresses.append(address) }
        }
        return addresses
    }
}
