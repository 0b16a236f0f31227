extension IPAddress {
    /// Parses a string as other texts are; there are very many, and a generic function is slow where it is called from another
    /// module.
    package init?(_ text: String) {
        self.init(text[...])
    }

    /// Parses an address as the Kubernetes API does for values that it has stored (`netutils.ParseIPSloppy`): leading zeros
    /// do not count and are not octal (`010.0.0.1` is 10.0.0.1), an IPv4-mapped IPv6 address is IPv4, and zones (`%eth0`),
    /// spaces and brackets are refused.
    package init?(_ text: some StringProtocol) {
        if let bits = Self.ipv4Bits(text.utf8) {
            self.init(ipv4: bits)
        } else {
            guard let groups = Self.ipv6Groups(Array(text.utf8)[...]) else { return nil }
            let word = { (part: ArraySlice<UInt16>) in part.reduce(UInt64(0)) { $0 << 16 | UInt64($1) } }
            self.init(ipv6High: word(groups[..<4]), low: word(groups[4...]))
        }
    }

    private static func ipv4Bits(_ text: some Sequence<UInt8>) -> UInt32? {
        let digitsMax = 16
        var (bits, octet): (UInt32, UInt32) = (0, 0)
        var (dotCount, digitCount) = (0, 0)
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard digitCount > 0, dotCount < 3 else { return nil }
                bits = bits << 8 | octet
                (octet, digitCount) = (0, 0)
                dotCount += 1
            } else {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digitCount < digitsMax else { return nil }
                octet = octet * 10 + UInt32(byte - UInt8(ascii: "0"))
                digitCount += 1
                guard octet <= 255 else { return nil }
            }
        }
        return dotCount == 3 && digitCount > 0 ? bits << 8 | octet : nil
    }

    private static func number(_ digits: ArraySlice<UInt8>, radix: UInt32, digitsMax: Int) -> UInt32? {
        guard !digits.isEmpty, digits.count <= digitsMax else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard let next = hexDigit(digit), next < radix, value <= 0xffff else { return nil }
            value = value * radix + next
        }
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// The eight groups of RFC 4291 section 2.2, forms 1 to 3.
    private static func ipv6Groups(_ text: ArraySlice<UInt8>) -> [UInt16]? {
        let colon = UInt8(ascii: ":")
        guard let gap = text.indices.dropLast().first(where: { text[$0] == colon && text[$0 + 1] == colon }) else {
            guard let groups = groupList(text), groups.count == 8 else { return nil }
            return groups
        }
        let before = text[..<gap]
        let after = text[(gap + 2)...]
        guard let head = before.isEmpty ? [] : groupList(before, allowsIPv4Tail: false),
            let tail = after.isEmpty ? [] : groupList(after), head.count + tail.count <= 7
        else { return nil }
        return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func groupList(_ text: ArraySlice<UInt8>, allowsIPv4Tail: Bool = true) -> [UInt16]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if allowsIPv4Tail, index == parts.count - 1, part.contains(UInt8(ascii: ".")) {
                guard let bits = ipv4Bits(part) else { return nil }
                groups += [UInt16(bits >> 16), UInt16(bits & 0xffff)]
            } else {
                guard let group = number(part, radix: 16, digitsMax: 16), group <= 0xffff else { return nil }
                groups.append(UInt16(group))
            }
        }
        return groups
    }
}
