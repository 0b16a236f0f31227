import NetfilterWire
import Testing

/// Bytes written as hexadecimal digits; blanks and what follows `//` on a line do not count.
func bytes(_ text: String) throws -> [UInt8] {
    let digits = text.split(separator: "\n").flatMap { line in
        (line.firstRange(of: "//").map { line[..<$0.lowerBound] } ?? line).filter { !$0.isWhitespace }
    }
    try #require(digits.count % 2 == 0)
    return try stride(from: 0, to: digits.count, by: 2).map { index in
        try #require(UInt8(String(digits[index...index + 1]), radix: 16))
    }
}

/// The messages in a run of bytes, each from its header on.
func messages(_ bytes: [UInt8]) throws -> [[UInt8]] {
    var messages: [[UInt8]] = []
    var rest = bytes[...]
    while !rest.isEmpty {
        let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
        try #require(length >= 20 && length <= rest.count)
        messages.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
    }
    return messages
}

/// Bytes as hexadecimal digits, four bytes a group, for comparing.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.enumerated().map { index, byte in
        (index > 0 && index % 4 == 0 ? " " : "") + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
    .joined()
}

extension UInt16 {
    /// The number at an offset, in host order.
    init(_ bytes: [UInt8], at offset: Int) { self = UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8 }
}

extension Batch {
    /// The messages, copied.
    var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}
