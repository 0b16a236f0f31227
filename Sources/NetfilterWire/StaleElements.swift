package import NFTables

/// What has to be done to the elements of a dynamic set or map.
package struct ElementCorrections: Sendable {
    /// The elements that go, by key.
    package var deleted: [Element] = []
    /// The elements that live for less long from now on.
    package var shortened: [LeasedElement] = []

    /// Nothing.
    init() {}
}

/// An element that expires.
package struct LeasedElement: Hashable, Sendable {
    /// The element.
    package let element: Element
    /// How long it lives after a packet (`NFTA_SET_ELEM_TIMEOUT`).
    package let timeoutMilliseconds: UInt64
    /// How long it lives from now on (`NFTA_SET_ELEM_EXPIRATION`).
    package let expirationMilliseconds: UInt64
}

extension ListedSet {
    /// What is to be done to the elements of this dynamic set or map.
    ///
    /// An element whose time is longer than it may be, and runs on for longer, was last used before the time was shortened:
    /// it gets what is left of the shorter time, if anything is.
    ///
    /// - Parameters:
    ///   - dump: the elements.
    ///   - allowed: what may stay.
    /// - Returns: the changes; an element that Switchyard cannot have made is not among them.
    /// - Throws: ``WireError``.
    package func corrections(
        of dump: ElementDump, allowed: DynamicMapValues
    ) throws(WireError) -> ElementCorrections {
        var corrections = ElementCorrections()
        guard let key = TupleLayout(dataType: attributes.keyType) else { return corrections }
        let value = attributes.dataType.flatMap { TupleLayout(dataType: $0) }
        let values = allowed.values.map { Set($0) }
        let limit = allowed.timeoutSeconds.map { UInt64($0) * 1000 }
        try dump.forEach { attributes throws(WireError) in
            guard let element = try Element(attributes, key: key, value: value) else { return }
            if let values {
                guard case .value(let value) = element.data else { return }
                if !values.contains(value) { return corrections.deleted.append(Element(element.key)) }
            }
            let expiration: UInt64? = try attributes.first(NFTA_SET_ELEM_EXPIRATION)?.number()
            guard let limit, let expiration, expiration > limit else { return }
            // Kernels do not always raise the time of an element together with its end.
            let timeout = try attributes.first(NFTA_SET_ELEM_TIMEOUT)?.number(UInt64.self) ?? expiration
            let age = max(timeout, expiration) - expiration
            if age >= limit { return corrections.deleted.append(Element(element.key)) }
            corrections.shortened.append(
                LeasedElement(
                    element: Element(element.key, element.data), timeoutMilliseconds: limit,
                    expirationMilliseconds: limit - age))
        }
        return corrections
    }
}
