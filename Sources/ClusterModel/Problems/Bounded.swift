/// The first of many elements, and how many there were beyond them: whoever can write one object must not be able to fill
/// the log.
package struct Bounded<Element> {
    /// The elements, at most as many as the limit says.
    package private(set) var elements: [Element] = []

    /// How many were left out.
    package private(set) var omittedCount = 0

    private let limit: Int

    /// No elements.
    ///
    /// - Parameter limit: How many are kept.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Whether there was never anything.
    package var isEmpty: Bool { elements.isEmpty && omittedCount == 0 }

    /// Adds an element, or only counts it.
    ///
    /// - Returns: whether it is added.
    @discardableResult
    package mutating func append(_ element: Element) -> Bool {
        let hasRoom = elements.count < limit
        if hasRoom { elements.append(element) } else { omittedCount += 1 }
        return hasRoom
    }

    /// Counts elements that are left out.
    package mutating func omit(_ count: Int) {
        omittedCount += count
    }

    /// `and 3 more problems`; nil if nothing was left out.
    package var omission: String? {
        omittedCount == 0 ? nil : "and \(omittedCount) more problem\(omittedCount == 1 ? "" : "s")"
    }
}

extension Bounded: Sendable where Element: Sendable {}
