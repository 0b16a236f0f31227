/// A name in DNS (RFC 1035), in lower case, since case does not tell names apart.
package struct DNSName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The labels with dots between them, and none at the end; empty for the root.
    package let text: String

    /// How long ``text`` may be: 255 bytes on the wire, less the length of the first label and the root's.
    package static let bytesMax = 253
    /// How long a label may be.
    package static let labelBytesMax = 63

    /// A name that may end with a dot; nil if it is longer than DNS allows, or has a label that is empty, too long, or of
    /// other characters than letters, digits, hyphens and underscores.
    package init?(_ text: some StringProtocol) {
        let text = text.hasSuffix(".") ? String(text.dropLast()) : String(text)
        if text.isEmpty { return nil }
        guard text.utf8.count <= Self.bytesMax,
            text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(Self.isLabel)
        else { return nil }
        self.text = text.utf8.contains(where: Self.isUpperCase) ? text.lowercased() : text
    }

    /// A name that is known to be one.
    init(known text: String) { self.text = text }

    private static func isUpperCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        (1...labelBytesMax).contains(label.count)
            && label.allSatisfy { byte in
                isUpperCase(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
                    || byte == UInt8(ascii: "_")
            }
    }

    /// The name one label up; nil for a name of one label.
    package var parent: DNSName? {
        text.firstIndex(of: ".").map { DNSName(known: String(text[text.index(after: $0)...])) }
    }

    /// How many dots there are between the labels.
    package var dotCount: Int { text.utf8.count { $0 == UInt8(ascii: ".") } }

    /// This name with labels in front, which may be none.
    func below(_ labels: String) -> DNSName { labels.isEmpty ? self : DNSName(known: "\(labels).\(text)") }

    /// Whether it is the other name or somewhere below it.
    package func isIn(_ other: DNSName) -> Bool {
        text == other.text || text.hasSuffix(other.text) && text.utf8.dropLast(other.text.utf8.count).last == 0x2e
    }

    /// As bytes.
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.text < rhs.text }

    /// With the dot at the end that says that it is whole.
    package var description: String { text + "." }
}
