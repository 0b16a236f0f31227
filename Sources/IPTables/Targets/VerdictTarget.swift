/// The targets that are built into iptables.
package enum VerdictTarget: String, Hashable, Sendable {
    case accept = "ACCEPT"
    case drop = "DROP"
    case `return` = "RETURN"

    var text: String { "-j \(rawValue)" }
}

extension Target {
    /// Done with this table's chains of the hook.
    package static let accept = Target.verdict(.accept)
    /// The packet is no more.
    package static let drop = Target.verdict(.drop)
    /// Back to the calling chain.
    package static let `return` = Target.verdict(.return)
}
