package import NetworkValues

/// One rule: what a packet must be like, and what then happens to it.
///
/// The text is that of `iptables-save`, so that what is printed can be compared with what a node lists.
package struct XTRule: Hashable, Sendable {
    /// `-s`.
    package var source: AddressMatch?
    /// `-d`.
    package var destination: AddressMatch?
    /// `-i`.
    package var inputInterface: InterfaceMatch?
    /// `-p`.
    package var transportProtocol: TransportProtocol?
    /// `-m`, in the order in which they are asked.
    package var matches: [Match]
    /// `-j`; nil for a rule that only counts.
    package var target: Target?

    /// A rule.
    package init(
        source: AddressMatch? = nil, destination: AddressMatch? = nil, inputInterface: InterfaceMatch? = nil,
        transportProtocol: TransportProtocol? = nil, matches: [Match] = [], target: Target? = nil
    ) {
        self.source = source
        self.destination = destination
        self.inputInterface = inputInterface
        self.transportProtocol = transportProtocol
        self.matches = matches
        self.target = target
    }

    /// The rule without `-A CHAIN`: `-s 10.64.0.1/32 -m comment --comment default/web -j KUBE-MARK-MASQ`.
    ///
    /// - Parameter family: that of the rule's table, which some names depend on.
    package func text(in family: IPFamily) -> String {
        var words: [String] = []
        if let source { words.append(source.text(option: "-s")) }
        if let destination { words.append(destination.text(option: "-d")) }
        if let inputInterface { words.append(inputInterface.text) }
        if let transportProtocol { words.append("-p \(transportProtocol)") }
        words += matches.map { $0.text(in: family) }
        if let target { words.append(target.text(in: family)) }
        return words.joined(separator: " ")
    }
}

/// `-s` and `-d`: an address in a block, or not in it.
package struct AddressMatch: Hashable, Sendable {
    /// The block.
    package var prefix: IPPrefix
    /// Whether the address must not be in it.
    package var isNegated: Bool

    /// An address in the block.
    package init(_ prefix: IPPrefix, isNegated: Bool = false) {
        self.prefix = prefix
        self.isNegated = isNegated
    }

    func text(option: String) -> String { (isNegated ? "! " : "") + "\(option) \(prefix)" }
}

/// `-i`: the interface on which a packet came in.
package struct InterfaceMatch: Hashable, Sendable {
    /// The name; a final `+` stands for any ending.
    package var name: String
    /// Whether it must be another one.
    package var isNegated: Bool

    /// An interface of this name.
    package init(_ name: String, isNegated: Bool = false) {
        self.name = name
        self.isNegated = isNegated
    }

    var text: String { (isNegated ? "! " : "") + "-i \(name)" }
}
