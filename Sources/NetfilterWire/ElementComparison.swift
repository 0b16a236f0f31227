import NetworkValues
package import NFTables

/// How the elements that the kernel holds in one set differ from those that are wanted.
package struct ElementDeviation: Hashable, Sendable {
    /// Elements that are there, and not wanted as they are.
    package var unwanted: [Element] = []
    /// Elements that are wanted, and not there as they are wanted.
    package var missing: [Element] = []

    package init() {}
}

/// The elements that are wanted in one set, in as many lists as there are.
///
/// Lists are not joined, and a place takes eight bytes: a set may have hundreds of thousands of elements.
struct WantedElements {
    struct Place: Hashable, Comparable {
        var list: Int32 = 0
        var index: Int32 = 0

        static func < (lhs: Place, rhs: Place) -> Bool {
            lhs.list != rhs.list ? lhs.list < rhs.list : lhs.index < rhs.index
        }
    }

    private let lists: [[Element]]

    init(_ lists: [[Element]]) { self.lists = lists.filter { !$0.isEmpty } }

    var count: Int { lists.reduce(0) { $0 + $1.count } }

    subscript(place: Place) -> Element { lists[Int(place.list)][Int(place.index)] }

    func isEnd(_ place: Place) -> Bool { Int(place.list) == lists.count }

    func place(after place: Place) -> Place {
        let isLast = Int(place.index) + 1 == lists[Int(place.list)].count
        return isLast ? Place(list: place.list + 1) : Place(list: place.list, index: place.index + 1)
    }
}

/// Reads elements of one set by the types of its declaration.
private struct ElementDecoder {
    private let key: TupleLayout
    private let value: TupleLayout?

    init(_ declaration: SetDeclaration) {
        key = TupleLayout(declaration.key)
        if case .values(let expressions) = declaration.contents {
            value = TupleLayout(expressions)
        } else {
            value = nil
        }
    }

    /// Hands out each element of a message; nil for one that no ``Element`` can stand for.
    func forEach(in message: ReceivedMessage, _ body: (Element?) throws(WireError) -> Void) throws(WireError) {
        guard message.type == NFT_MSG_NEWSETELEM,
            var list = try message.attributes.first(NFTA_SET_ELEM_LIST_ELEMENTS)?.nested
        else { return }
        while let element = try list.next() { try body(try Element(element.nested, key: key, value: value)) }
    }
}

/// Compares all elements of a set as the kernel lists them, in whatever order, with those that are wanted.
package struct ElementListing {
    private let decoder: ElementDecoder
    private let wanted: WantedElements
    /// Those that have not been seen.
    private var places: [Tuple: WantedElements.Place] = [:]
    private var unwanted: [Element] = []
    private var different: [WantedElements.Place] = []
    private var isReadable = true

    /// - Parameters:
    ///   - declaration: that of the set.
    ///   - wanted: lists of the wanted elements; no key is in them twice.
    package init(_ declaration: SetDeclaration, wanted lists: [[Element]]) {
        decoder = ElementDecoder(declaration)
        wanted = WantedElements(lists)
        places.reserveCapacity(wanted.count)
        var place = WantedElements.Place()
        while !wanted.isEnd(place) {
            places[wanted[place].key] = place
            place = wanted.place(after: place)
        }
    }

    /// Takes a message of the list.
    ///
    /// - Throws: ``WireError``.
    package mutating func append(_ message: ReceivedMessage) throws(WireError) {
        try decoder.forEach(in: message) { element in
            guard let element else {
                isReadable = false
                return
            }
            let place = places.removeValue(forKey: element.key)
            if let place, wanted[place] == element { return }
            unwanted.append(element)
            if let place { different.append(place) }
        }
    }

    /// What differs, once the list is at its end; nil if there is an element that no ``Element`` can stand for. One that has
    /// more than its key and data, such as a timeout, is there with a comment that says so.
    package var deviation: ElementDeviation? {
        guard isReadable else { return nil }
        var deviation = ElementDeviation()
        deviation.unwanted = unwanted
        deviation.missing = (different + places.values).sorted().map { wanted[$0] }
        return deviation
    }
}

/// Asks for the elements that are wanted in a set, some at a time, and compares the answers with them.
///
/// Whether there are others is told by the number of elements that the kernel holds.
package struct ElementLookup {
    private let table: TableID
    private let set: String
    private let decoder: ElementDecoder
    private let wanted: WantedElements
    private let count: Int
    /// The first that was not answered yet.
    private var next = WantedElements.Place()
    private var isReadable = true
    private var differences = ElementDeviation()
    /// How many were answered, which are those that are there.
    package private(set) var answers = 0

    /// - Parameters:
    ///   - declaration: that of the set.
    ///   - wanted: lists of the wanted elements; no key is in them twice.
    ///   - set: the set.
    ///   - listedMax: how many elements it may have and be listed all the same.
    /// - Returns: nil if the set is to be listed: it is small, or has more elements than are wanted, or the kernel does not
    ///   say how many, as before Linux 6.17.
    package init?(
        _ table: TableID, _ declaration: SetDeclaration, wanted lists: [[Element]], _ set: ListedSet,
        above listedMax: UInt32
    ) {
        wanted = WantedElements(lists)
        guard let count = set.elementCount, count > listedMax, count <= wanted.count else { return nil }
        self.count = Int(count)
        self.table = table
        self.set = set.name
        decoder = ElementDecoder(declaration)
    }

    /// The question for the next elements; nil at the end.
    package func question(of count: Int) -> ElementQuestion? {
        var keys: [Tuple] = []
        keys.reserveCapacity(count)
        var place = next
        while keys.count < count, !wanted.isEnd(place) {
            keys.append(wanted[place].key)
            place = wanted.place(after: place)
        }
        return keys.isEmpty ? nil : ElementQuestion(table, set, keys)
    }

    /// Takes an answer. The kernel answers in the order of the question.
    ///
    /// - Throws: ``WireError``.
    package mutating func append(_ message: ReceivedMessage) throws(WireError) {
        try decoder.forEach(in: message) { element throws(WireError) in
            if wanted.isEnd(next) { throw .invalid("number of elements") }
            defer { next = wanted.place(after: next) }
            answers += 1
            guard let element else {
                isReadable = false
                return
            }
            let expected = wanted[next]
            if element == expected { return }
            guard element.key == expected.key else { throw .invalid("order of elements") }
            differences.unwanted.append(element)
            differences.missing.append(expected)
        }
    }

    /// Takes note that the next element is not there.
    package mutating func noteMissing() {
        differences.missing.append(wanted[next])
        next = wanted.place(after: next)
    }

    /// The question for the element that stands for all keys that are not there, which the kernel does not count.
    package var lastQuestion: ElementQuestion { ElementQuestion(table, set, []) }

    /// What differs, once all questions are answered; nil if the set has other elements than those that were asked for, or one
    /// that no ``Element`` can stand for.
    package var deviation: ElementDeviation? { isReadable && answers == count ? differences : nil }
}

/// `NFT_MSG_GETSETELEM` for single elements: the kernel answers with one message for each, and with an error when it comes to
/// one that is not there, which ends the answer (`nf_tables_getsetelem` in net/netfilter/nf_tables_api.c).
package struct ElementQuestion: KernelRequest, Hashable, Sendable {
    private let table: TableID
    private let set: String
    private let keys: [Tuple]

    /// How many elements are asked for.
    package var count: Int { keys.count }

    /// The most keys that fit in an attribute, which has at most 64 KiB.
    package static let keysMax = 1024

    /// - Parameter keys: of the elements; none for the element that stands for all keys that are not there.
    fileprivate init(_ table: TableID, _ set: String, _ keys: [Tuple]) {
        self.table = table
        self.set = set
        self.keys = keys
    }

    /// nf_tables.
    package var subsystem: UInt16 { NFNL_SUBSYS_NFTABLES }

    /// nf_tables.
    package var module: String { "nf_tables" }

    /// The message.
    package func bytes(sequence: UInt32) -> [UInt8] {
        var writer = MessageWriter(capacity: 256 + keys.count * 64)
        writer.message(
            type: subsystem << 8 | NFT_MSG_GETSETELEM, flags: NLM_F_ACK, sequence: sequence,
            family: table.family.protocolFamily
        ) { writer in
            writer.attribute(NFTA_SET_ELEM_LIST_TABLE, string: table.name)
            writer.attribute(NFTA_SET_ELEM_LIST_SET, string: set)
            writer.nested(NFTA_SET_ELEM_LIST_ELEMENTS) { writer in
                for key in keys { writer.element(key: key) }
                if !keys.isEmpty { return }
                writer.nested(NFTA_LIST_ELEM) { $0.attribute(NFTA_SET_ELEM_FLAGS, number: NFT_SET_ELEM_CATCHALL) }
            }
        }
        return writer.bytes
    }

    /// `look up elements of backends in ip switchyard`.
    package var description: String { "look up elements of \(set) in \(table)" }
}
