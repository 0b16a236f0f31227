/// `-m addrtype`: whether an address is one of the host's own.
public struct AddressTypeMatch: Hashable, Sendable {
    /// Which address is looked at.
    public enum Side: String, Hashable, Sendable {
        case source = "src"
        case destination = "dst"
    }

    /// Which address is looked at.
    public var local: Side

    /// A source or destination that is the host's own.
    public init(local: Side) {
        self.local = local
    }

    var text: String { "-m addrtype --\(local.rawValue)-type LOCAL" }
}
