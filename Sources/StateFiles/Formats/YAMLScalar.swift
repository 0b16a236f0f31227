import ClusterModel
import Foundation

/// What a scalar of YAML means to Kubernetes (`go.yaml.in/yaml/v2`, of which `sigs.k8s.io/yaml` makes JSON): YAML 1.1, but
/// for numbers of base 60; and what looks like a date is a string.
enum YAMLScalar: Equatable {
    case null
    case boolean(Bool)
    /// A number as JSON has it.
    case number(String)
    case string(String)

    /// A scalar that cannot be what it is said to be, or that JSON does not have.
    struct Problem: Error {
        var message: String
    }

    private static let tagPrefix = "tag:yaml.org,2002:"

    /// - Parameter tag: Empty if there is none, and the text is not in quotes, so that it may mean anything.
    init(_ text: String, tag: String) throws(Problem) {
        let kind = tag.hasPrefix(Self.tagPrefix) ? String(tag.dropFirst(Self.tagPrefix.count)) : tag
        switch kind {
        case "": self = Self.plain(text)
        case "bool", "int", "float", "null":
            let plain = Self.plain(text)
            guard plain.fits(kind) else { throw Problem(message: "!!\(kind) is said of \(quoted(text))") }
            self = plain
        case "binary":
            let base64 = text.filter { !$0.isNewline }
            guard let data = Data(base64Encoded: base64) else { throw Problem(message: "!!binary is not base64") }
            self = .string(String(decoding: data, as: UTF8.self))
        // A tag that nobody knows changes nothing.
        default: self = .string(text)
        }
        if case .number(let number) = self, number.hasSuffix("inf") || number == "nan" {
            throw Problem(message: "JSON has no number \(text)")
        }
    }

    private func fits(_ kind: String) -> Bool {
        switch self {
        case .null: kind == "null"
        case .boolean: kind == "bool"
        case .number(let number): kind == "float" || kind == "int" && number.allSatisfy { $0 == "-" || $0.isNumber }
        case .string: false
        }
    }

    /// What it is as the key of an object; nil if it can be none.
    var key: String? {
        switch self {
        case .null: nil
        case .boolean(let value): "\(value)"
        case .number(let text), .string(let text): text
        }
    }

    private static func plain(_ text: String) -> YAMLScalar {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return .boolean(true)
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return .boolean(false)
        case ".nan", ".NaN", ".NAN": return .number("nan")
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number("inf")
        case "-.inf", "-.Inf", "-.INF": return .number("-inf")
        default: break
        }
        guard let first = text.utf8.first, "+-.0123456789".utf8.contains(first) else { return .string(text) }
        let digits = first == UInt8(ascii: ".") ? text : text.filter { $0 != "_" }
        return number(digits).map { .number($0) } ?? .string(text)
    }

    private static func number(_ text: String) -> String? {
        if let integer = integer(text) { return integer }
        guard isFloat(text), let value = Double(text), value.isFinite else { return nil }
        return Int(exactly: value).map(String.init) ?? "\(value)"
    }

    /// As Go reads numbers in source: `0x`, `0o`, `0b`, and octal after a 0.
    private static func integer(_ text: String) -> String? {
        var digits = text[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
        var radix = 10
        for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] where digits.lowercased().hasPrefix(prefix) {
            digits = digits.dropFirst(2)
            radix = base
        }
        if radix == 10, digits.count > 1, digits.first == "0" {
            digits = digits.dropFirst()
            radix = 8
        }
        guard digits.first?.isHexDigit == true, let magnitude = UInt64(digits, radix: radix) else { return nil }
        if magnitude == 0 { return "0" }
        return isNegative ? (magnitude <= UInt64(Int64.max) + 1 ? "-\(magnitude)" : nil) : "\(magnitude)"
    }

    /// Whether it is `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`.
    private static func isFloat(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func skipSign() { if let first = rest.first, "+-".utf8.contains(first) { rest.removeFirst() } }
        func skipDigits() -> Int {
            let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest = rest.dropFirst(count)
            return count
        }
        skipSign()
        let whole = skipDigits()
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            if skipDigits() + whole == 0 { return false }
        } else if whole == 0 {
            return false
        }
        if let first = rest.first, "eE".utf8.contains(first) {
            rest.removeFirst()
            skipSign()
            if skipDigits() == 0 { return false }
        }
        return rest.isEmpty
    }
}
