/// `-m conntrack --ctstate`: the state of the packet's connection.
public struct ConntrackMatch: Hashable, Sendable {
    /// States in the numbering of `struct xt_conntrack_mtinfo3` (`XT_CONNTRACK_STATE_BIT` and the bits above it).
    public struct States: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt16

        /// States of the given bits.
        public init(rawValue: UInt16) {
            self.rawValue = rawValue
        }

        /// Nothing that belongs to a connection.
        public static let invalid = States(rawValue: 1 << 0)
        /// A packet of a connection that has been answered.
        public static let established = States(rawValue: 1 << 1)
        /// A packet that belongs to another connection, such as an ICMP error.
        public static let related = States(rawValue: 1 << 2)
        /// The first packet of a connection.
        public static let new = States(rawValue: 1 << 3)
        /// A connection whose destination was changed.
        public static let destinationTranslated = States(rawValue: 1 << 7)
    }

    /// Any of these.
    public var states: States
    /// Whether it must be none of them.
    public var isNegated: Bool

    /// A connection in any of the states.
    public init(_ states: States, isNegated: Bool = false) {
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
