/// Parts of a text in the order of their keys.
struct SortedParts<Key: Comparable & Sendable>: Sendable {
    private var keys: [Key] = []
    private var parts: [[UInt8]] = []
    /// The bytes of all.
    private(set) var size = 0

    var isEmpty: Bool { keys.isEmpty }

    /// Puts parts in the place of those of the same keys, each key once; an empty part is none.
    mutating func replace(_ changes: [(key: Key, part: [UInt8])]) {
        let changes = changes.sorted { $0.key < $1.key }
        guard keys.isEmpty || changes.count > Self.singlesMax else {
            for change in changes { replace(change.key, change.part) }
            return
        }
        var (mergedKeys, mergedParts): ([Key], [[UInt8]]) = ([], [])
        mergedKeys.reserveCapacity(keys.count + changes.count)
        mergedParts.reserveCapacity(keys.count + changes.count)
        var index = 0
        size = 0
        func take(_ key: Key, _ part: [UInt8]) {
            mergedKeys.append(key)
            mergedParts.append(part)
            size += part.count
        }
        for change in changes {
            while index < keys.count, keys[index] < change.key {
                take(keys[index], parts[index])
                index += 1
            }
            if index < keys.count, keys[index] == change.key { index += 1 }
            if !change.part.isEmpty { take(change.key, change.part) }
        }
        while index < keys.count {
            take(keys[index], parts[index])
            index += 1
        }
        (keys, parts) = (mergedKeys, mergedParts)
    }

    /// Up to that many it is less work to move what is behind each.
    private static var singlesMax: Int { 16 }

    private mutating func replace(_ key: Key, _ part: [UInt8]) {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        size += part.count
        if low < keys.count, keys[low] == key {
            size -= parts[low].count
            if part.isEmpty {
                keys.remove(at: low)
                parts.remove(at: low)
            } else {
                parts[low] = part
            }
        } else if !part.isEmpty {
            keys.insert(key, at: low)
            parts.insert(part, at: low)
        }
    }

    /// Adds all parts to a text.
    func append(to bytes: inout [UInt8]) {
        for part in parts { bytes.append(contentsOf: part) }
    }
}
