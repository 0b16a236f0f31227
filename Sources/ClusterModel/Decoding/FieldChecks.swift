package import NetworkValues

extension FieldReader {
    /// The address that a text is, reported as wrong if it is none.
    mutating func address(_ text: String, _ key: String? = nil) -> IPAddress? {
        guard let address = IPAddress(text) else {
            refuse(key, .invalidAddress(text))
            return nil
        }
        return address
    }

    /// The block of addresses that a text is, reported as wrong if it is none. Spaces around it do not count.
    mutating func prefix(_ text: String, _ key: String? = nil) -> IPPrefix? {
        guard let prefix = IPPrefix(text.trimmed) else {
            refuse(key, .invalid(.text(text), "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"))
            return nil
        }
        return prefix
    }

    /// A time of RFC 3339; anything else is reported as wrong.
    mutating func timestamp(_ parent: DocumentValue, _ key: String) -> Timestamp? {
        guard let text = string(parent, key) else { return nil }
        let timestamp = Timestamp(text)
        if timestamp == nil {
            refuse(key, .invalid(.text(text), "must be an RFC 3339 time, (e.g. 2006-01-02T15:04:05Z)"))
        }
        return timestamp
    }
}

extension FieldProblem {
    /// What the API says of a number that is no port's.
    static func invalidPort(_ number: Int) -> FieldProblem {
        .invalid(.number(number), "must be between 1 and 65535, inclusive")
    }

    /// What the API says of a text that is no address.
    static func invalidAddress(_ text: String) -> FieldProblem {
        .invalid(.text(text), "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")
    }

    /// What the API says of an address at which no endpoint and no external IP may be (`ValidateNonSpecialIP`); nil if it
    /// may.
    ///
    /// - Parameter text: How the address is written.
    package static func specialAddress(_ address: IPAddress, _ text: String? = nil) -> FieldProblem? {
        let reason: String? =
            if address.isUnspecified {
                "may not be unspecified (\(text?.shortened() ?? "0.0.0.0 or ::"))"
            } else if address.isLoopback {
                "may not be in the loopback range (127.0.0.0/8, ::1/128)"
            } else if address.isLinkLocal {
                "may not be in the link-local range (169.254.0.0/16, fe80::/10)"
            } else if address.isLinkLocalMulticast {
                "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
            } else {
                nil
            }
        return reason.map { .invalid(.text(address.description), $0) }
    }

    /// What is wrong with an address to or from which connections are to be translated: what the API says, and multicast of
    /// any scope and broadcast, which the API takes for some but no connection can be made to. Nil if nothing is.
    static func unusableAddress(_ address: IPAddress) -> FieldProblem? {
        if let problem = specialAddress(address) { return problem }
        let reason: String? =
            if address.isMulticast {
                "may not be in the multicast range (224.0.0.0/4, ff00::/8)"
            } else if address.isBroadcast {
                "may not be the broadcast address (255.255.255.255)"
            } else {
                nil
            }
        return reason.map { .invalid(.text(address.description), $0) }
    }
}

/// The name of an object or a port, of which it matters only whether it is right.
package enum NameRule {
    /// At most 63 lower-case letters, digits and hyphens, with no hyphen at an end.
    case label
    /// Labels with dots between them, at most 253 characters.
    case subdomain

    /// What the API says of a name first; nil if it is as it should be.
    package func problem(_ name: String) -> FieldProblem? {
        let details = self == .label ? NameForm.label(name) : NameForm.subdomain(name)
        return details.first.map { .invalid(.text(name), $0) }
    }
}

extension String {
    /// The text without white space at its ends, as Go's `strings.TrimSpace`.
    package var trimmed: Substring {
        var rest = self[...]
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }
}
