/// `-j CHAIN`.
public struct JumpTarget: Hashable, Sendable {
    /// The chain, which must be in the same table.
    public var chain: String

    /// A jump to the chain.
    public init(_ chain: String) {
        self.chain = chain
    }

    var text: String { "-j \(chain)" }
}

extension Target {
    /// On with another chain, and back at its end.
    public static func jump(_ chain: String) -> Target { .jump(JumpTarget(chain)) }
}
