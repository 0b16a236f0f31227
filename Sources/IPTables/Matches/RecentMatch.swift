import NetworkValues

/// `-m recent`: a list of the source addresses that have been seen.
package struct RecentMatch: Hashable, Sendable {
    /// What is done with the list.
    package enum Action: Hashable, Sendable {
        /// `--set`: the address is added, or its time renewed. Always matches.
        case set
        /// `--rcheck --seconds N --reap`: matches an address that was seen within so many seconds; older ones go.
        case check(seconds: UInt32)
    }

    /// What is done with the list.
    package var action: Action
    /// The list, at most 199 bytes (`XT_RECENT_NAME_LEN` with its final zero).
    package var name: String

    /// A match in the named list.
    package init(_ action: Action, name: String) {
        self.action = action
        self.name = name
    }

    func text(in family: IPFamily) -> String {
        let mask = family == .ipv4 ? "255.255.255.255" : "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        let action =
            switch action {
            case .set: "--set"
            case .check(let seconds): "--rcheck --seconds \(seconds) --reap"
            }
        return "-m recent \(action) --name \(name) --mask \(mask) --rsource"
    }

    var problems: [String] {
        var problems: [String] = []
        if name.isEmpty || name.utf8.count > 199 { problems.append("recent list of \(name.utf8.count) bytes") }
        if case .check(seconds: 0) = action { problems.append("recent list of 0 seconds") }
        return problems
    }
}
