import NetworkValues
import NFTables

/// A packet on one of its ways through the rules: its state, and what happened so far.
struct PacketWalk: RuleWalk {
    /// How a chain ends.
    enum ChainEnd {
        /// At its last rule, or by `return`: the calling chain goes on.
        case returned
        case accepted
        case dropped
        case rejected
    }

    /// What a statement means for its rule.
    private enum Effect {
        /// On to the next statement. The corresponding kernel verdict is `NFT_CONTINUE`.
        case goOn
        /// On to the next rule (`NFT_BREAK`).
        case endRule
        case verdict(Verdict)
        case reject

        var isOnward: Bool {
            if case .goOn = self { true } else { false }
        }
    }

    /// Where the walk is.
    private struct Place {
        var hook: NetfilterHook
        var table: PacketTracer.Index
        var chain: String
        var ruleIndex: Int
        var rule: Rule
    }

    var connection: ConnectionState
    var affinity: AffinityState
    var steps: [TraceStep] = []
    /// The random numbers that the next statement draws.
    private var numbers: [UInt32] = []
    private let stations: [NetfilterHook: [PacketTracer.Station]]

    init(
        _ connection: ConnectionState, _ stations: [NetfilterHook: [PacketTracer.Station]], affinity: AffinityState
    ) {
        self.connection = connection
        self.stations = stations
        self.affinity = affinity
    }

    func pass(_ hook: NetfilterHook) -> [Way<PacketWalk, PacketOutcome>] {
        (stations[hook] ?? []).reduce([Way(self)]) { ways, station in goOn(ways) { $0.pass(station) } }
    }

    /// Runs a base chain.
    private func pass(_ station: PacketTracer.Station) -> [Way<PacketWalk, PacketOutcome>] {
        let hook = station.hook.hook
        if station.hook.type == .nat && connection.isSettled(at: hook) { return [Way(self)] }
        return run(station.chain, of: station.table, at: hook).map { way in
            switch way.end {
            case .accepted?, .returned?, nil: Way(way.walk)
            case .dropped?: Way(way.walk, .dropped)
            case .rejected?: Way(way.walk, .rejected)
            }
        }
    }

    /// What does not end at a rule goes on with the next.
    private func run(
        _ chain: Chain, of table: PacketTracer.Index, at hook: NetfilterHook
    ) -> [Way<PacketWalk, ChainEnd>] {
        var ended: [Way<PacketWalk, ChainEnd>] = []
        var open = [self]
        for (index, rule) in chain.rules.enumerated() {
            let place = Place(hook: hook, table: table, chain: chain.name, ruleIndex: index, rule: rule)
            var next: [PacketWalk] = []
            for way in open.flatMap({ $0.evaluate(place) }) {
                for way in way.walk.reach(way.end ?? .goOn, place) {
                    if way.end == nil { next.append(way.walk) } else { ended.append(way) }
                }
            }
            open = next
        }
        return ended + open.map { Way($0) }
    }

    /// What the end of a rule means for its chain.
    private func reach(_ effect: Effect, _ place: Place) -> [Way<PacketWalk, ChainEnd>] {
        switch effect {
        case .goOn, .endRule: return [Way(self)]
        case .reject: return [Way(self, .rejected)]
        case .verdict(.accept): return [Way(self, .accepted)]
        case .verdict(.drop): return [Way(self, .dropped)]
        case .verdict(.return): return [Way(self, .returned)]
        case .verdict(.jump(let name)):
            let ways = run(Self.chain(name, of: place.table), of: place.table, at: place.hook)
            return ways.map { $0.end == .returned ? Way($0.walk) : $0 }
        case .verdict(.goto(let name)):
            // Its end is that of this chain.
            let ways = run(Self.chain(name, of: place.table), of: place.table, at: place.hook)
            return ways.map { Way($0.walk, $0.end ?? .returned) }
        }
    }

    private static func chain(_ name: String, of table: PacketTracer.Index) -> Chain {
        guard let chain = table.chains[name] else { preconditionFailure("validated tables lack chain \(name)") }
        return chain
    }

    /// Runs a rule.
    private func evaluate(_ place: Place) -> [Way<PacketWalk, Effect>] {
        place.rule.statements.reduce([Way(self)]) { ways, statement in
            goOn(ways) { walk in
                walk.drawing(statement.moduli).map { walk in
                    var walk = walk
                    let effect = walk.evaluate(statement, place)
                    return Way(walk, effect.isOnward ? nil : effect)
                }
            }
        }
    }

    /// The packet with each possibility of random numbers that are about to be drawn.
    private func drawing(_ moduli: [UInt32]) -> [PacketWalk] {
        moduli.reduce([self]) { walks, modulus in
            walks.flatMap { walk in
                (0..<modulus).map { number in
                    var walk = walk
                    walk.numbers.append(number)
                    walk.connection.probability = walk.connection.probability * Fraction(1, UInt64(modulus))
                    return walk
                }
            }
        }
    }

    private mutating func evaluate(_ statement: Statement, _ place: Place) -> Effect {
        switch statement {
        case .matchSource(let prefix, let isNegated):
            return match(prefix.contains(connection.packet.source.address) != isNegated, statement, place)
        case .matchDestination(let prefix, let isNegated):
            return match(prefix.contains(connection.packet.destination.address) != isNegated, statement, place)
        case .matchLocal(let side):
            let packet = connection.packet
            let address = side == .source ? packet.source.address : packet.destination.address
            return match(connection.isLocal(address), statement, place)
        case .matchInputInterface(let name, let isNegated):
            let interface = connection.packet.inputInterface ?? ""
            let isSame = name.hasSuffix("*") ? interface.hasPrefix(name.dropLast()) : interface == name
            return match(isSame != isNegated, statement, place)
        case .matchProtocol(let value): return match(connection.packet.transportProtocol == value, statement, place)
        case .matchNewConnection: return .goOn
        case .matchTranslatedDestination: return match(connection.isTranslated, statement, place)
        case .matchMark(let bits): return match(connection.mark & bits != 0, statement, place)
        case .lookup(let fields, let set): return find(fields, in: set, place) == nil ? .endRule : .goOn
        case .verdictMap(let fields, let map):
            guard case .verdict(let verdict)? = find(fields, in: map, place) else { return .endRule }
            return reach(verdict, place)
        case .setMarkBits(let bits): return setMark(connection.mark | bits, place)
        case .flipMarkBits(let bits): return setMark(connection.mark ^ bits, place)
        case .masqueradeFullyRandom: return masquerade(place)
        case .dnat(let address): return translate(to: address, place)
        case .dnatMap(_, let fields, let map):
            guard case .value(let value)? = find(fields, in: map, place) else { return .endRule }
            return translate(to: Self.socketAddress(value), place)
        case .dnatAddressMap(_, let fields, let map, let port):
            guard case .value(let value)? = find(fields, in: map, place) else { return .endRule }
            guard case .address(let address)? = value.fields.first else {
                preconditionFailure("validated map \(map) has no addresses")
            }
            return translate(to: SocketAddress(address, port), place)
        case .updateMap(let map, let key, _, let data): return update(map, key, data, place)
        case .updateSet(let set, let key, _): return update(set, key, Tuple(), place)
        case .reject, .rejectWithReset:
            note(.rejected, place)
            return .reject
        case .verdict(let verdict): return reach(verdict, place)
        }
    }

    private mutating func note(_ event: TraceEvent, _ place: Place) {
        steps.append(
            TraceStep(
                hook: place.hook, table: place.table.id, chain: place.chain, ruleIndex: place.ruleIndex,
                rule: place.rule, event: event))
    }

    private mutating func match(_ isMatch: Bool, _ statement: Statement, _ place: Place) -> Effect {
        if isMatch { return .goOn }
        note(.notMatched(statement), place)
        return .endRule
    }

    private mutating func reach(_ verdict: Verdict, _ place: Place) -> Effect {
        note(.verdict(verdict), place)
        return .verdict(verdict)
    }

    private mutating func setMark(_ value: UInt32, _ place: Place) -> Effect {
        connection.mark = value
        note(.marked(value), place)
        return .goOn
    }

    /// The fields of this packet, with new random numbers.
    private mutating func tuple(_ fields: [Expression], _ place: Place) -> Tuple {
        var tuple = Tuple()
        for field in fields {
            switch field {
            case .sourceAddress: tuple.append(.address(connection.packet.source.address))
            case .destinationAddress: tuple.append(.address(connection.packet.destination.address))
            case .destinationPort: tuple.append(.port(connection.packet.destination.port))
            case .transportProtocol: tuple.append(.transportProtocol(connection.packet.transportProtocol))
            case .randomNumber(let modulus, let offset):
                let number = numbers.removeFirst()
                note(.drew(number, modulus: modulus), place)
                tuple.append(.number(offset + number))
            }
        }
        return tuple
    }

    private mutating func find(_ fields: [Expression], in set: String, _ place: Place) -> Element.Data? {
        let key = tuple(fields, place)
        let data =
            place.table.declarations[set]?.isDynamic == true
            ? affinity.value(of: key, in: set, of: place.table.id).map { Element.Data.value($0) }
            : place.table.elements[set]?[key]
        note(data == nil ? .missed(key, in: set) : .found(key, in: set), place)
        return data
    }

    /// `nft_dynset_eval`: an element that is there keeps its data; no room for a new one ends the rule.
    private mutating func update(_ map: String, _ fields: [Expression], _ data: Tuple, _ place: Place) -> Effect {
        let key = tuple(fields, place)
        let table = place.table.id
        if let old = affinity.value(of: key, in: map, of: table) {
            note(.refreshed(key, in: map, as: old), place)
            return .goOn
        }
        if let size = place.table.declarations[map]?.size, affinity.count(in: map, of: table) >= Int(size) {
            note(.full(map), place)
            return .endRule
        }
        affinity.set(data, for: key, in: map, of: table)
        note(.remembered(key, in: map, as: data), place)
        return .goOn
    }

    private static func socketAddress(_ value: Tuple) -> SocketAddress {
        let fields = value.fields
        guard fields.count == 2, case .address(let address) = fields[0], case .port(let port) = fields[1] else {
            preconditionFailure("validated tables translate to \(fields)")
        }
        return SocketAddress(address, port)
    }

    /// `nft_nat_eval` gives the verdict accept, which ends the chain.
    private mutating func translate(to address: SocketAddress, _ place: Place) -> Effect {
        note(.translated(from: connection.packet.destination, to: address), place)
        connection.translate(to: address)
        return .verdict(.accept)
    }

    /// `nft_masq_eval` gives the verdict accept, too.
    private mutating func masquerade(_ place: Place) -> Effect {
        note(.masqueraded, place)
        connection.masquerade()
        return .verdict(.accept)
    }
}

extension Statement {
    /// The random numbers that it draws, in order: each is one of so many.
    fileprivate var moduli: [UInt32] {
        let fields: [Expression] =
            switch self {
            case .lookup(let fields, _), .verdictMap(let fields, _), .dnatMap(_, let fields, _),
                .dnatAddressMap(_, let fields, _, _), .updateMap(_, let fields, _, _), .updateSet(_, let fields, _):
                fields
            default: []
            }
        return fields.compactMap { field in
            if case .randomNumber(let modulus, _) = field { modulus } else { nil }
        }
    }
}
