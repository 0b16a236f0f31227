/// `-m conntrack --ctstate`: the state of the packet's connection.
package struct ConntrackMatch: Hashable, Sendable {
    /// States in the numbering of `struct xt_conntrack_mtinfo3` (`XT_CONNTRACK_STATE_BIT` and the bits above it).
    package struct States: OptionSet, Hashable, Sendable {
        /// The bits.
        package let rawValue: UInt16

        /// States of the given bits.
        package init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// Nothing that belongs to a connection.
        package static let invalid = States(rawValue: 1 << 0)
        /// A packet of a connection that has been answered.
        package static let established = States(rawValue: 1 << 1)
        /// A packet that belongs to another connection, such as an ICMP error.
        package static let related = States(rawValue: 1 << 2)
        /// The first packet of a connection.
        package static let new = States(rawValue: 1 << 3)
        /// A connection whose destination was changed.
        package static let destinationTranslated = States(rawValue: 1 << 7)
    }

    /// Any of these.
    package var states: States
    /// Whether it must be none of them.
    package var isNegated: Bool

    /// A connection in any of the states.
    package init(_ states: States, isNegated: Bool = false) {
        self.states = states
        self.isNegated = isNegated
    }

    private static let names: [(States, String)] = [
        (.invalid, "INVALID"), (.new, "NEW"), (.related, "RELATED"), (.established, "ESTABLISHED"),
        (.destinationTranslated, "DNAT"),
    ]

    var text: String {
        let names = Self.names.filter { states.contains($0.0) }.map(\.1)
        return "-m conntrack" + (isNegated ? " !" : "") + " --ctstate \(names.joined(separator: ","))"
    }

    var problems: [String] { states.isEmpty ? ["conntrack without a state"] : [] }
}
