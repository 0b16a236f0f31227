package import NetworkValues

/// `-m addrtype`: whether an address is one of the host's own.
package struct AddressTypeMatch: Hashable, Sendable {
    /// Which address is looked at.
    package var local: AddressSide

    /// A source or destination that is the host's own.
    package init(local: AddressSide) {
        self.local = local
    }

    var text: String { "-m addrtype --\(local == .source ? "src" : "dst")-type LOCAL" }
}
