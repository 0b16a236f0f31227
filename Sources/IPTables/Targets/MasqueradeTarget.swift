/// `-j MASQUERADE --random-fully`: the node's address as the source, with a port drawn at random.
public struct MasqueradeTarget: Hashable, Sendable {
    /// With a port drawn at random.
    public init() {}

    var text: String { "-j MASQUERADE --random-fully" }
}
