/// `-m addrtype`: whether an address is one of the host's own.
package struct AddressTypeMatch: Hashable, Sendable {
    /// Which address is looked at.
    package enum Side: String, Hashable, Sendable {
        case source = "src"
        case destination = "dst"
    }

    /// Which address is looked at.
    package var local: Side

    /// A source or destination that is the host's own.
    package init(local: Side) {
        self.local = local
    }

    var text: String { "-m addrtype --\(local.rawValue)-type LOCAL" }
}
