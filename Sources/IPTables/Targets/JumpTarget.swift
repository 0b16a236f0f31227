/// `-j CHAIN`.
package struct JumpTarget: Hashable, Sendable {
    /// The chain, which must be in the same table.
    package var chain: String

    /// A jump to the chain.
    package init(_ chain: String) {
        self.chain = chain
    }

    var text: String { "-j \(chain)" }
}

extension Target {
    /// On with another chain, and back at its end.
    package static func jump(_ chain: String) -> Target { .jump(JumpTarget(chain)) }
}
