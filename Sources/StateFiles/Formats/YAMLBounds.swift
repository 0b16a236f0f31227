import Glibc

/// Bounds, from the bytes alone and in one pass, of what a document of YAML can cost to compose: an alias stands for a tree
/// of any size, and the composer compares the keys of a mapping as whole trees.
///
/// What is counted here may be less in truth (as in a script in a block of text), never more.
struct YAMLBounds {
    /// How many `[` and `{` there are.
    private var openerCount = 0
    /// The longest row of spaces and indicators at the beginning of a line, each of which may nest once.
    private var indentMax = 0
    private var anchorCount = 0
    private var aliasCount = 0
    /// How many keys there are after `?`, which may be of any size.
    private var explicitKeyCount = 0
    /// Whether an alias or a collection may be a key.
    private var hasCollectionKeys = false
    private let size: Int

    init(_ bytes: ArraySlice<UInt8>) {
        size = bytes.count
        bytes.withUnsafeBufferPointer { bytes in
            var indent: Int? = 0
            for at in bytes.indices { look(at: at, in: bytes, &indent) }
        }
    }

    /// - Parameter indent: How much of an indentation there has been; nil behind one.
    private mutating func look(at index: Int, in bytes: UnsafeBufferPointer<UInt8>, _ indent: inout Int?) {
        let byte = bytes[index]
        if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
            indent = 0
        } else if let count = indent, Self.isIndent(byte) {
            indent = count + 1
            indentMax = max(indentMax, count + 1)
        } else {
            indent = nil
        }
        switch byte {
        case UInt8(ascii: "["), UInt8(ascii: "{"): openerCount += 1
        case UInt8(ascii: "]"), UInt8(ascii: "}"): noteKey(endingAt: index + 1, in: bytes)
        case UInt8(ascii: "?"):
            let isFollowed = index + 1 < bytes.count && !Self.isSpace(bytes[index + 1])
            if Self.beginsToken(at: index, in: bytes), !isFollowed { explicitKeyCount += 1 }
        case UInt8(ascii: "&"):
            if nameEnd(after: index, in: bytes) != nil { anchorCount += 1 }
        case UInt8(ascii: "*"):
            guard let end = nameEnd(after: index, in: bytes) else { return }
            aliasCount += 1
            noteKey(endingAt: end, in: bytes)
        default: break
        }
    }

    /// Where the name of an anchor or alias ends; nil if there is none.
    private func nameEnd(after index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        guard Self.beginsToken(at: index, in: bytes) else { return nil }
        let end = bytes[(index + 1)...].firstIndex { !Self.isNameByte($0) } ?? bytes.count
        if end == index + 1 { return nil }
        return end == bytes.count || Self.isSpace(bytes[end]) || "?:,]}%@`".utf8.contains(bytes[end]) ? end : nil
    }

    private mutating func noteKey(endingAt end: Int, in bytes: UnsafeBufferPointer<UInt8>) {
        let next = bytes[end...].first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
        if next == UInt8(ascii: ":") { hasCollectionKeys = true }
    }

    private static func beginsToken(at index: Int, in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        index == 0 || isSpace(bytes[index - 1]) || "[]{},\"':?-".utf8.contains(bytes[index - 1])
    }

    private static func isIndent(_ byte: UInt8) -> Bool { " \t-?:".utf8.contains(byte) }

    /// Anything above ASCII may be one of the line ends of Unicode.
    private static func isSpace(_ byte: UInt8) -> Bool { byte <= 0x20 || byte >= 0x7f }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// How many bytes a document may have: in memory, its tree has some dozen times as many.
    static let sizeMax = 64 << 20

    /// Why it is not read; nil if it is.
    var problem: String? {
        if size > Self.sizeMax {
            return "has \(size) bytes, and only \(Self.sizeMax) are read of one document of YAML; JSON may have more"
        }
        // libyaml itself ends at 1,000 levels, each of which may be a sequence in a mapping.
        let levelsMax = 2000
        let depth = min(levelsMax, openerCount + 2 * (indentMax + 1))
        let links = min(anchorCount, aliasCount)
        // The tree is taken apart by functions that call themselves.
        let depthMax = 20_000
        if depth * (1 + links) > depthMax { return "has too many anchors and aliases for how deep it may be nested" }
        let hasTreesAsKeys = hasCollectionKeys || explicitKeyCount > 0
        if hasTreesAsKeys, links > 0, Double(size) * growth > 0x1p26 {
            return "has too many anchors and aliases beside keys that are no plain text"
        }
        if Double(size) * Double(min(explicitKeyCount, levelsMax)) > 0x1p28 { return "has too many keys after `?`" }
        return nil
    }

    /// How many times larger its tree may be than its text: with aliases of aliases, shared out as badly as can be.
    private var growth: Double {
        let aliases = Double(aliasCount)
        let levels = min(Double(min(anchorCount, aliasCount)), max(1, aliases / M_E))
        return pow(max(1, aliases / levels), levels)
    }
}
