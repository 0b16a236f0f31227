import ClusterModel
import NetworkValues

/// How addresses may be written. What the API server stored before it was strict (KEP-4858) stays as it is; what is
/// new may not have leading zeros, nor be an IPv4 address in an IPv6 one.
enum AddressForm {
    /// The server's sentences about a text that should be an address; none if it is one.
    static func problems(_ text: String) -> [String] {
        guard let address = IPAddress(text) else {
            return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
        }
        if address.description == text { return [] }
        if hasLeadingZeros(text) { return ["must not have leading 0s"] }
        return isMapped(text, address) ? ["must not be an IPv4-mapped IPv6 address"] : []
    }

    /// The same for fields of newer APIs, where each address may be written in one way only.
    static func canonicalProblems(_ text: String) -> [String] {
        let problems = problems(text)
        guard problems.isEmpty, let address = IPAddress(text), address.description != text else { return problems }
        return ["must be in canonical form (\"\(address)\")"]
    }

    /// What is said of a block of addresses, without white space around it.
    static func blockProblems(_ text: String) -> [String] {
        guard let block = IPPrefix(text), let parts = parts(ofBlock: text), let address = IPAddress(parts.address)
        else {
            return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
        }
        if hasLeadingZeros(parts.address) || parts.length.count > 1 && parts.length.hasPrefix("0") {
            return ["must not have leading 0s in IP or prefix length"]
        }
        if isMapped(parts.address, address) { return ["must not have an IPv4-mapped IPv6 address"] }
        return address == block.address ? [] : ["must not have bits set beyond the prefix length"]
    }

    /// Where no endpoint and no external IP may be (`ValidateEndpointIP`).
    static func specialProblems(_ text: String) -> [String] {
        guard let address = IPAddress(text) else { return ["must be a valid IP address"] }
        return FieldProblem.specialAddress(address, text).map { [$0.detail] } ?? []
    }

    // MARK: Warnings

    /// What the server warns of in an address that it takes.
    static func warnings(_ path: FieldPath, _ text: String) -> [String] {
        guard let address = IPAddress(text) else { return [] }
        if hasLeadingZeros(text) || isMapped(text, address) {
            return ["\(path): non-standard IP address \(quoted(text)) is invalid: use \"\(address)\""]
        }
        guard address.family == .ipv6, address.description != text else { return [] }
        return ["\(path): IPv6 address \(quoted(text)) should be in RFC 5952 canonical format (\"\(address)\")"]
    }

    /// The same for a block of addresses.
    static func blockWarnings(_ path: FieldPath, _ text: String) -> [String] {
        guard let block = IPPrefix(text), let parts = parts(ofBlock: text), let address = IPAddress(parts.address)
        else {
            return []
        }
        var warnings: [String] = []
        if address != block.address {
            let single = IPPrefix(only: address)
            warnings.append(
                "\(path): CIDR value \(quoted(text)) is ambiguous in this context (should be \"\(block)\" or \"\(single)\"?)"
            )
        }
        let hasZeros = hasLeadingZeros(parts.address) || parts.length.count > 1 && parts.length.hasPrefix("0")
        if hasZeros || isMapped(parts.address, address) {
            warnings.append("\(path): non-standard CIDR value \(quoted(text)) is invalid: use \"\(block)\"")
        }
        if warnings.isEmpty, block.family == .ipv6, block.description != text {
            warnings.append(
                "\(path): IPv6 CIDR value \(quoted(text)) should be in RFC 5952 canonical format (\"\(block)\")")
        }
        return warnings
    }

    // MARK: Spelling

    private static func parts(ofBlock text: String) -> (address: Substring, length: Substring)? {
        guard let slash = text.lastIndex(of: "/") else { return nil }
        return (text[..<slash], text[text.index(after: slash)...])
    }

    /// Whether a group of an address has digits that do not count; the text is an address.
    private static func hasLeadingZeros(_ text: some StringProtocol) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"))
        let isIPv4 = text.utf8.contains(UInt8(ascii: "."))
        let groupDigitsMax = 4
        if parts.dropLast(isIPv4 ? 1 : 0).contains(where: { $0.count > groupDigitsMax }) { return true }
        guard isIPv4, let last = parts.last else { return !isIPv4 && parts.contains { $0.count > groupDigitsMax } }
        return last.split(separator: UInt8(ascii: ".")).contains { $0.count > 1 && $0.first == UInt8(ascii: "0") }
    }

    private static func isMapped(_ text: some StringProtocol, _ address: IPAddress) -> Bool {
        address.family == .ipv4 && text.utf8.contains(UInt8(ascii: ":"))
    }
}

extension Findings {
    /// An address in a field that takes what it had before.
    mutating func address(_ path: @autoclosure () -> FieldPath, _ text: String, existing: Set<String> = []) {
        if !existing.contains(text) { invalid(path(), text, AddressForm.problems(text)) }
    }

    /// A block of addresses in such a field.
    mutating func block(_ path: @autoclosure () -> FieldPath, _ text: String, existing: Set<String> = []) {
        if !existing.contains(text) { invalid(path(), text, AddressForm.blockProblems(text)) }
    }
}

extension IPAddress {
    /// Whether no endpoint may be at it.
    var isSpecial: Bool { isUnspecified || isLoopback || isLinkLocal || isLinkLocalMulticast }
}
