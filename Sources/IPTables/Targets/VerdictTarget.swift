/// The targets that are built into iptables.
public enum VerdictTarget: String, Hashable, Sendable {
    case accept = "ACCEPT"
    case drop = "DROP"
    case `return` = "RETURN"

    var text: String { "-j \(rawValue)" }
}

extension Target {
    /// Done with this table's chains of the hook.
    public static let accept = Target.verdict(.accept)
    /// The packet is no more.
    public static let drop = Target.verdict(.drop)
    /// Back to the calling chain.
    public static let `return` = Target.verdict(.return)
}
