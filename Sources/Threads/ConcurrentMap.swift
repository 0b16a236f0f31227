import Dispatch

extension Array where Element: Sendable {
    /// The results of `transform` for all elements, in their order, with the work shared among the machine's processors.
    ///
    /// For pure work of at least some tens of microseconds for each element: what is less belongs into pieces
    /// (``concurrentMap(inPiecesOf:_:)``). The caller's thread works too, and returns when all is done.
    ///
    /// - Parameter transform: Called on any thread, for several elements at the same time.
    package func concurrentMap<Result: Sendable>(_ transform: @Sendable (Element) -> Result) -> [Result] {
        guard count > 1 else { return map(transform) }
        return [Result](unsafeUninitializedCapacity: count) { results, initializedCount in
            // Each call writes to a place of its own, and all have returned before anybody reads.
            nonisolated(unsafe) let results = results
            DispatchQueue.concurrentPerform(iterations: count) { index in
                results.initializeElement(at: index, to: transform(self[index]))
            }
            initializedCount = count
        }
    }

    /// The results of `transform` for pieces of that many elements, in their order, with the work shared likewise.
    package func concurrentMap<Result: Sendable>(
        inPiecesOf count: Int, _ transform: @Sendable (ArraySlice<Element>) -> Result
    ) -> [Result] {
        indices.pieces(of: count).concurrentMap { transform(self[$0]) }
    }
}

extension Range<Int> {
    /// The range in pieces of that many, the last of which may be shorter.
    package func pieces(of count: Int) -> [Range<Int>] {
        stride(from: lowerBound, to: upperBound, by: count).map { $0..<Swift.min($0 + count, upperBound) }
    }
}
