/// Has texts that come again and again, such as the names of nodes and the keys of labels, in memory once.
///
/// It remembers the last text of each of a few hundred classes, so that it stays small whatever the document holds.
struct StringTable {
    private static let classCount = 512

    /// None before the first text of which it takes note.
    private var texts: [String] = []

    /// The same text, in the place where it is already if it is known.
    mutating func shared(_ text: String) -> String {
        // Shorter ones take no memory of their own; longer ones are no names.
        guard (16...64).contains(text.utf8.count) else { return text }
        if texts.isEmpty { texts = Array(repeating: "", count: Self.classCount) }
        let index = Int(UInt(bitPattern: text.hashValue) % UInt(Self.classCount))
        if texts[index] == text { return texts[index] }
        texts[index] = text
        return text
    }

    /// Hands itself over: what is left knows nothing.
    mutating func taken() -> StringTable {
        defer { texts = [] }
        return self
    }
}
