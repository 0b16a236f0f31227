/// `-j MASQUERADE --random-fully`: the node's address as the source, with a port drawn at random.
package struct MasqueradeTarget: Hashable, Sendable {
    /// With a port drawn at random.
    package init() {}

    var text: String { "-j MASQUERADE --random-fully" }
}
