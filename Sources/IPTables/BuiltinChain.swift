package import NetworkValues

/// Each hook has one chain of a table of iptables, which packets meet by themselves.
extension NetfilterHook {
    /// The name of the chain of this hook, as in `-A PREROUTING`.
    package var builtinChain: String {
        switch self {
        case .prerouting: "PREROUTING"
        case .input: "INPUT"
        case .forward: "FORWARD"
        case .output: "OUTPUT"
        case .postrouting: "POSTROUTING"
        }
    }

    /// The hook of the chain of this name; nil if it is no built-in chain.
    package init?(builtinChain name: String) {
        guard let hook = Self.allCases.first(where: { $0.builtinChain == name }) else { return nil }
        self = hook
    }
}
