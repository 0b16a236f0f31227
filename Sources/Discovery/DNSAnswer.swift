/// What a server would answer that serves the zones and nothing else.
package struct DNSAnswer: Hashable, Sendable {
    /// The code of an answer (RFC 1035 section 4.1.1).
    package enum Status: String, Hashable, Sendable {
        /// The name is there.
        case noError = "NOERROR"
        /// No record has the name, or one below it.
        case nameError = "NXDOMAIN"
        /// It is in no zone.
        case refused = "REFUSED"
    }

    package var status: Status
    package var answers: [RecordSet] = []
    package var authority: [RecordSet] = []
    package var additional: [RecordSet] = []

    /// Whether the name is there, but has no record of the type (RFC 2308).
    package var isWithoutData: Bool { status == .noError && answers.isEmpty }
}

/// All records of all zones, by name.
package struct DNSRecords: Sendable {
    private var zones: [DNSName] = []
    private var sets: [DNSName: [RecordSet]] = [:]
    /// Names that have records, or that have names with records below them (RFC 4592 section 2.2.2).
    private var names: Set<DNSName> = []

    /// - Parameter serial: That of every zone.
    package init(_ book: ZoneBook, serial: UInt32) {
        for zone in book.zones {
            zones.append(zone.origin(book.settings))
            for set in book.records(zone, serial: serial) {
                sets[set.name, default: []].append(set)
                var name = set.name
                while names.insert(name).inserted, name != zones.last, let parent = name.parent { name = parent }
            }
        }
        zones.sort { $0.text.utf8.count > $1.text.utf8.count }
    }

    /// All, sorted by name and type.
    package var all: [RecordSet] {
        sets.values.joined().sorted { ($0.name, $0.type) < ($1.name, $1.type) }
    }

    /// How many aliases are followed.
    private static let aliasesMax = 16

    /// The answer to a question.
    ///
    /// - Parameter type: Nil for any.
    package func answer(_ question: DNSName, _ type: RecordType?) -> DNSAnswer {
        guard let zone = zones.first(where: question.isIn) else { return DNSAnswer(status: .refused) }
        var answer = DNSAnswer(status: .noError)
        var name = question
        while true {
            let own = sets[name] ?? []
            let matching = own.filter { type == nil || $0.type == type }
            answer.answers += matching
            if !matching.isEmpty { break }
            guard let alias = own.first(where: { $0.type == .alias }), case .alias(let target)? = alias.data.first
            else {
                if !names.contains(name) { answer.status = .nameError }
                answer.authority = (sets[zone] ?? []).filter { $0.type == .authority }
                break
            }
            let isLoop = answer.answers.contains(alias)
            if !isLoop { answer.answers.append(alias) }
            guard target.isIn(zone), !isLoop, answer.answers.count < Self.aliasesMax else { break }
            name = target
        }
        answer.additional = additional(to: answer)
        return answer
    }

    /// The addresses of the servers that the answer names.
    private func additional(to answer: DNSAnswer) -> [RecordSet] {
        let targets = answer.answers.flatMap(\.data).compactMap { data -> DNSName? in
            switch data {
            case .service(_, let target), .nameServer(let target): target
            case .address, .alias, .pointer, .text, .authority: nil
            }
        }
        return Set(targets).sorted().flatMap { target in
            (sets[target] ?? []).filter { $0.type == .ipv4Address || $0.type == .ipv6Address }
        }
    }
}

/// What a resolver makes of the name that it is asked for, as `/etc/resolv.conf` of a Pod has it.
package struct SearchList: Sendable {
    private let domains: [DNSName]
    /// With so many dots a name is first tried as it is (`options ndots:5`).
    private static let dotsMin = 5

    /// That of Pods in a namespace.
    package init(namespace: String, _ clusterDomain: DNSName) {
        let services = clusterDomain.below("svc")
        domains = [services.below(namespace), services, clusterDomain]
    }

    /// The names that are asked for, one after another.
    package func candidates(_ text: String) -> [DNSName] {
        let whole = DNSName(text).map { [$0] } ?? []
        if text.hasSuffix(".") { return whole }
        let searched = domains.compactMap { DNSName("\(text).\($0.text)") }
        return whole.contains { $0.dotCount >= Self.dotsMin } ? whole + searched : searched + whole
    }

    /// The question that gets an answer, and the answer: the first with records, else the first whose name is there, else the
    /// first of all.
    package func lookUp(_ text: String, _ type: RecordType?, in records: DNSRecords) -> (DNSName, DNSAnswer)? {
        let tried = candidates(text).map { ($0, records.answer($0, type)) }
        return tried.first { !$0.1.answers.isEmpty } ?? tried.first { $0.1.isWithoutData } ?? tried.first
    }
}
