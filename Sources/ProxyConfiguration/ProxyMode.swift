/// The kinds of rules, by kube-proxy's names for them.
package enum ProxyMode: String, Hashable, Sendable, CaseIterable {
    /// Chains in the tables of iptables, as kube-proxy has made them ever since.
    case iptables
    /// Maps and chains in tables of our own.
    case nftables
}
