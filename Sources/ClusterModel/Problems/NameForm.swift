/// The forms of names (`k8s.io/apimachinery/pkg/util/validation`): each gives the server's sentences about a text,
/// none if there is nothing to be said.
package enum NameForm {
    private static let labelPattern = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
    private static let keyPattern = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

    /// Lower-case letters, digits and hyphens (RFC 1123).
    package static func label(_ text: String) -> [String] {
        if isLabel(text.utf8), text.utf8.count <= 63 { return [] }
        var problems = tooLong(text, 63)
        if !isLabel(text.utf8) {
            let words =
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start"
            problems.append(
                isSubdomain(text.utf8)
                    ? "must not contain dots"
                    : pattern("\(words) and end with an alphanumeric character", labelPattern, "my-name", "123-abc"))
        }
        return problems
    }

    /// Labels with dots between them (RFC 1123).
    package static func subdomain(_ text: String) -> [String] { subdomain(text, unit: "characters") }

    private static func subdomain(_ text: String, unit: String) -> [String] {
        if isSubdomain(text.utf8), text.utf8.count <= 253 { return [] }
        var problems = tooLong(text, 253, unit)
        if !isSubdomain(text.utf8) {
            let words =
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
                + "start and end with an alphanumeric character"
            problems.append(pattern(words, #"\#(labelPattern)(\.\#(labelPattern))*"#, "example.com"))
        }
        return problems
    }

    /// The key of a label, which the API calls a qualified name elsewhere.
    package static func labelKey(_ text: String) -> [String] {
        if isPlainKey(text.utf8) { return [] }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let name = parts.last, parts.count <= 2 else {
            return [
                "a valid label key \(keyForm) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            ]
        }
        var problems: [String] = []
        if parts.count == 2 {
            problems = parts[0].isEmpty ? ["must be non-empty"] : subdomain(parts[0], unit: "bytes")
            problems = problems.map { "prefix part \($0)" }
        }
        if name.isEmpty { problems.append("name part must be non-empty") }
        problems += tooLong(name, 63, "bytes").map { "name part \($0)" }
        if !isKeyPart(name.utf8) { problems.append("name part \(keyForm)") }
        return problems
    }

    /// Whether there is nothing to be said of a key, as is so of nearly all.
    private static func isPlainKey(_ text: String.UTF8View) -> Bool {
        guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else { return isKeyPart(text) && text.count <= 63 }
        let (prefix, name) = (text[..<slash], text[text.index(after: slash)...])
        return isSubdomain(prefix) && prefix.count <= 253 && isKeyPart(name) && name.count <= 63
    }

    private static let keyForm = pattern(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
            + "character", keyPattern, "MyName", "my.name", "123-abc")

    /// The value of a label.
    package static func labelValue(_ text: String) -> [String] {
        if text.isEmpty || isKeyPart(text.utf8) && text.utf8.count <= 63 { return [] }
        var problems = tooLong(text, 63, "bytes")
        if !isKeyPart(text.utf8) {
            let words =
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must "
                + "start and end with an alphanumeric character"
            problems.append(pattern(words, "(\(keyPattern))?", "MyValue", "my_value", "12345"))
        }
        return problems
    }

    /// The name of a container's port (RFC 6335).
    package static func portName(_ text: String) -> [String] {
        var problems = tooLong(text, 15)
        if text.isEmpty || !text.utf8.allSatisfy({ isLowerOrDigit($0) || $0 == hyphen }) {
            problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !text.utf8.contains(where: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) {
            problems.append("must contain at least one letter (a-z)")
        }
        if text.contains("--") { problems.append("must not contain consecutive hyphens") }
        if text.utf8.first == hyphen || text.utf8.last == hyphen {
            problems.append("must not begin or end with a hyphen")
        }
        return problems
    }

    /// A name that is a segment of the path of a request.
    package static func pathSegment(_ text: String, isPrefix: Bool = false) -> [String] {
        if !isPrefix, text == "." || text == ".." { return ["may not be '\(text)'"] }
        return ["/", "%"].filter { text.contains($0) }.map { "may not contain '\($0)'" }
    }

    /// The beginning of a name to which letters are added, as it is looked at: a hyphen may be at its end.
    package static func masked(prefix: String) -> String {
        prefix.utf8.count > 1 && prefix.hasSuffix("-") ? prefix.dropLast(2) + "a" : prefix
    }

    // MARK: Characters

    private static let hyphen = UInt8(ascii: "-")

    private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLabel(_ text: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = text.first, let last = text.last, first != hyphen, last != hyphen else { return false }
        return text.allSatisfy { isLowerOrDigit($0) || $0 == hyphen }
    }

    private static func isSubdomain(_ text: some Sequence<UInt8>) -> Bool {
        // What was before: a label may not begin or end with a hyphen, nor be empty.
        var isWithin = false
        var last = hyphen
        for byte in text {
            if byte == UInt8(ascii: ".") {
                guard isWithin, last != hyphen else { return false }
                isWithin = false
            } else {
                guard isLowerOrDigit(byte) || byte == hyphen && isWithin else { return false }
                isWithin = true
            }
            last = byte
        }
        return isWithin && last != hyphen
    }

    private static func isKeyPart(_ text: some Sequence<UInt8>) -> Bool {
        // What was before: letters and digits are at both ends.
        var isWithin = false
        var last = hyphen
        for byte in text {
            let isPlain = isLetterOrDigit(byte)
            let isMark = byte == hyphen || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
            guard isPlain || isMark && isWithin else { return false }
            isWithin = true
            last = isPlain ? byte : hyphen
        }
        return isWithin && last != hyphen
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        isLowerOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    /// - Parameter unit: The server's word, which is not the same everywhere; bytes are meant.
    private static func tooLong(_ text: String, _ bytesMax: Int, _ unit: String = "characters") -> [String] {
        text.utf8.count > bytesMax ? ["must be no more than \(bytesMax) \(unit)"] : []
    }

    private static func pattern(_ words: String, _ pattern: String, _ examples: String...) -> String {
        let list = examples.map { "'\($0)', " }.joined(separator: " or ")
        return "\(words) (e.g. \(list)regex used for validation is '\(pattern)')"
    }
}
