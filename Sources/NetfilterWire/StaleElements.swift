public import NFTables

extension ListedSet {
    /// The elements of a dynamic map whose values are none of those that may stay.
    ///
    /// - Parameters:
    ///   - dump: the map's elements.
    ///   - allowed: the values that may stay.
    /// - Returns: the elements to delete, by key; an element that Switchyard cannot have made is not among them.
    /// - Throws: ``WireError``.
    public func stale(in dump: ElementDump, allowed: Set<Tuple>) throws(WireError) -> [Element] {
        guard let key = TupleLayout(dataType: attributes.keyType),
            let value = attributes.dataType.flatMap({ TupleLayout(dataType: $0) })
        else { return [] }
        var stale: [Element] = []
        try dump.forEach { element throws(WireError) in
            guard let element = try Element(element, key: key, value: value), case .value(let value) = element.data,
                !allowed.contains(value)
            else { return }
            stale.append(Element(element.key))
        }
        return stale
    }
}
