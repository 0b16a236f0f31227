extension StringProtocol {
    /// The text on one line: what does not print is escaped as Go's `%q` does it, so that no name, key or path can end a line
    /// of the log or talk to the terminal. Backslashes and quotes stay as they are.
    package var printable: String {
        if utf8.allSatisfy({ (0x20...0x7e).contains($0) }) { return String(self) }
        return unicodeScalars.map { $0.isPrintable ? String($0) : $0.goEscape }.joined()
    }

    /// The beginning of the text if it is longer than that many bytes, with three dots in the place of the rest.
    package func shortened(to bytesMax: Int) -> String {
        if utf8.count <= bytesMax { return String(self) }
        return String(decoding: utf8.prefix(bytesMax), as: UTF8.self).trimmedOfHalfCharacter + "..."
    }

    /// What is printed of a value.
    package func shortened() -> String { shortened(to: printedBytesMax) }
}

/// How much of a value is printed.
package let printedBytesMax = 100

/// The text in quotes, as Go's `%q` writes it; cut short if it is long.
package func quoted(_ text: some StringProtocol, bytesMax: Int = printedBytesMax) -> String {
    let escaped = text.shortened(to: bytesMax).unicodeScalars.map { scalar in
        if scalar == "\"" || scalar == "\\" { return "\\\(scalar)" }
        return scalar.isPrintable ? String(scalar) : scalar.goEscape
    }
    return "\"\(escaped.joined())\""
}

extension String {
    /// Without the replacement character that half of a character at the end has become.
    fileprivate var trimmedOfHalfCharacter: Substring { last == "\u{fffd}" ? dropLast() : self[...] }
}

extension Unicode.Scalar {
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }

    /// The escape sequence of Go's `strconv.Quote`.
    fileprivate var goEscape: String {
        switch value {
        case 0x07: return #"\a"#
        case 0x08: return #"\b"#
        case 0x09: return #"\t"#
        case 0x0a: return #"\n"#
        case 0x0b: return #"\v"#
        case 0x0c: return #"\f"#
        case 0x0d: return #"\r"#
        case ..<0x80: return #"\x"# + hexadecimal(2)
        case ..<0x10000: return #"\u"# + hexadecimal(4)
        default: return #"\U"# + hexadecimal(8)
        }
    }

    private func hexadecimal(_ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
