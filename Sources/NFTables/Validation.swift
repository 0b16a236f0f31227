import NetworkValues

extension TableContents {
    /// What the kernel or `nft` would refuse in this table, one sentence for each defect, in the order of the table.
    ///
    /// A table that a compiler made has no problems; whoever takes one from elsewhere asks here first. The limits are
    /// `NFT_NAME_MAXLEN` less the final zero, `NFTNL_UDATA_COMMENT_MAXLEN` and `NFT_JUMP_STACK_SIZE`.
    package func validate() -> [String] {
        TableValidation(self).problems
    }
}

/// One pass over a table, which collects what is wrong.
private struct TableValidation {
    private static let nameBytesMax = 255
    private static let commentBytesMax = 128
    private static let jumpDepthMax = 16

    private let table: TableContents
    private let chains: [String: Chain]
    private let sets: [String: SetDeclaration]
    private(set) var problems: [String] = []

    init(_ table: TableContents) {
        self.table = table
        chains = Dictionary(table.chains.map { ($0.name, $0) }) { first, _ in first }
        sets = Dictionary(table.sets.map { ($0.name, $0) }) { first, _ in first }
        check(name: table.id.name, of: "table")
        check(comment: table.comment, of: "table \(table.id)")
        checkUnique(table.sets.map(\.name), "set")
        checkUnique(table.chains.map(\.name), "chain")
        for set in table.sets { check(set) }
        for part in table.elements { check(part) }
        for chain in table.chains { check(chain) }
        checkPaths()
    }

    private mutating func check(name: String, of what: String) {
        if name.isEmpty { problems.append("a \(what) has no name") }
        if name.utf8.count > Self.nameBytesMax {
            problems.append("the name of \(what) \(name) is longer than \(Self.nameBytesMax) bytes")
        }
    }

    private mutating func check(comment: String?, of what: @autoclosure () -> String) {
        if comment?.utf8.count ?? 0 > Self.commentBytesMax {
            problems.append("the comment of \(what()) is longer than \(Self.commentBytesMax) bytes")
        }
    }

    private mutating func checkUnique(_ names: [String], _ what: String) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted { problems.append("there are two \(what)s \(name)") }
    }

    private mutating func check(_ set: SetDeclaration) {
        check(name: set.name, of: "set")
        check(comment: set.comment, of: "set \(set.name)")
        if set.key.isEmpty { problems.append("set \(set.name) has no key") }
        if set.isDynamic && set.size == nil { problems.append("dynamic set \(set.name) has no size") }
        if set.isDynamic && set.contents == .verdicts { problems.append("dynamic map \(set.name) has verdicts") }
    }

    private mutating func check(_ part: SetElements) {
        guard let set = sets[part.set] else {
            problems.append("there are elements for set \(part.set), which is not declared")
            return
        }
        if set.isDynamic && !part.elements.isEmpty {
            problems.append("there are elements for dynamic set \(set.name), which belongs to the packets")
        }
        let types = set.key.map(FieldType.init)
        var seen: Set<Tuple> = []
        for element in part.elements {
            let label = { "element \(element.key.nftText) of \(set.name)" }
            if element.key.fields.map(FieldType.init) != types {
                problems.append("\(label()) does not have the key's type")
            }
            if !seen.insert(element.key).inserted { problems.append("\(label()) is there twice") }
            check(comment: element.comment, of: label())
            check(element.data, of: set, label)
        }
        if let size = set.size, part.elements.count > Int(size) {
            problems.append("set \(set.name) has more elements than its size of \(size)")
        }
    }

    private mutating func check(_ data: Element.Data, of set: SetDeclaration, _ label: () -> String) {
        switch (data, set.contents) {
        case (.none, .keysOnly): break
        case (.verdict(let verdict), .verdicts): check(verdict, in: label())
        case (.value(let value), .values(let types)):
            if value.fields.map(FieldType.init) != types.map(FieldType.init) {
                problems.append("\(label()) does not have the data's type")
            }
        default: problems.append("\(label()) does not carry what the set is declared to")
        }
    }

    private mutating func check(_ verdict: Verdict, in what: @autoclosure () -> String) {
        guard let name = verdict.chain else { return }
        guard let target = chains[name] else {
            problems.append("\(what()) leads to chain \(name), which is not there")
            return
        }
        if target.hook != nil { problems.append("\(what()) leads to base chain \(name)") }
    }

    private mutating func check(_ chain: Chain) {
        check(name: chain.name, of: "chain")
        for (index, rule) in chain.rules.enumerated() {
            let label = "rule \(index) of chain \(chain.name)"
            check(comment: rule.comment, of: label)
            if rule.statements.isEmpty { problems.append("\(label) has no statement") }
            for statement in rule.statements { check(statement, in: label) }
            if let reset = rule.statements.firstIndex(of: .rejectWithReset),
                !rule.statements[..<reset].contains(.matchProtocol(.tcp))
            {
                problems.append("\(label) resets what may not be TCP")
            }
        }
    }

    private mutating func check(_ statement: Statement, in label: String) {
        if let family = statement.family, family != table.id.family {
            problems.append("\(label) reads \(family.rawValue) addresses in table \(table.id)")
        }
        switch statement {
        case .lookup(let key, let name): checkUse(of: name, key: key, in: label) { _ in true }
        case .verdictMap(let key, let name): checkUse(of: name, key: key, in: label) { $0.contents == .verdicts }
        case .dnatMap(let family, let key, let name):
            let data: [FieldType] = [.address(family), .port]
            checkUse(of: name, key: key, in: label) { Self.types(of: $0.contents) == data }
        case .dnatAddressMap(let family, let key, let name, _):
            checkUse(of: name, key: key, in: label) { Self.types(of: $0.contents) == [.address(family)] }
        case .updateMap(let name, let key, let timeout, let data):
            if timeout == 0 { problems.append("\(label) adds elements to \(name) for no time") }
            checkUse(of: name, key: key, in: label) {
                $0.isDynamic && Self.types(of: $0.contents) == data.fields.map(FieldType.init)
            }
        case .updateSet(let name, let key, let timeout):
            if timeout == 0 { problems.append("\(label) adds elements to \(name) for no time") }
            checkUse(of: name, key: key, in: label) { $0.isDynamic && $0.contents == .keysOnly }
        case .verdict(let verdict): check(verdict, in: label)
        case .matchInputInterface(let name, _):
            if !(1...15).contains(name.utf8.count) { problems.append("\(label) has no interface name: \(name)") }
        case .matchSource, .matchDestination, .matchLocal, .matchProtocol, .matchNewConnection,
            .matchTranslatedDestination, .matchMark, .setMarkBits, .flipMarkBits, .masqueradeFullyRandom, .dnat,
            .reject, .rejectWithReset:
            break
        }
    }

    private static func types(of contents: SetDeclaration.Contents) -> [FieldType]? {
        guard case .values(let types) = contents else { return nil }
        return types.map(FieldType.init)
    }

    private mutating func checkUse(
        of name: String, key: [Expression], in label: String, _ isRightKind: (SetDeclaration) -> Bool
    ) {
        for case .randomNumber(let modulus, _) in key where modulus == 0 {
            problems.append("\(label) draws a random number modulo 0")
        }
        guard let set = sets[name] else {
            problems.append("\(label) looks into \(name), which is not there")
            return
        }
        if set.key.map(FieldType.init) != key.map(FieldType.init) {
            problems.append("\(label) looks into \(name) with a key of another type")
        }
        if !isRightKind(set) { problems.append("\(label) uses \(name), which is not declared for that") }
    }
}

extension TableValidation {
    /// Checks what depends on the way to a chain: no endless jumps, and no statement at a hook that cannot do it.
    private mutating func checkPaths() {
        for chain in table.chains {
            guard let hook = chain.hook else { continue }
            var visited: Set<String> = []
            checkStatements(below: chain, of: hook, from: chain.name, &visited)
        }
        var depths: [String: Int] = [:]
        for chain in table.chains {
            // Like the kernel's `nft_chain_validate`, which counts a goto as a level, too.
            guard depth(of: chain.name, path: [], &depths) <= Self.jumpDepthMax else {
                problems.append("jumps from chain \(chain.name) are endless or deeper than \(Self.jumpDepthMax)")
                return
            }
        }
    }

    private func targets(of chain: Chain) -> Set<String> {
        var names: Set<String> = []
        for statement in chain.rules.flatMap(\.statements) {
            switch statement {
            case .verdict(let verdict): if let name = verdict.chain { names.insert(name) }
            case .verdictMap(_, let map):
                for part in table.elements where part.set == map {
                    for case .verdict(let verdict) in part.elements.map(\.data) {
                        if let name = verdict.chain { names.insert(name) }
                    }
                }
            default: break
            }
        }
        return names
    }

    /// The levels from a chain down, itself included; a chain that leads back to itself is infinitely deep.
    private func depth(of name: String, path: Set<String>, _ known: inout [String: Int]) -> Int {
        if let depth = known[name] { return depth }
        guard let chain = chains[name] else { return 0 }
        if path.contains(name) { return Self.jumpDepthMax + 1 }
        var below = 0
        for target in targets(of: chain) { below = max(below, depth(of: target, path: path.union([name]), &known)) }
        let levels = min(below, Self.jumpDepthMax) + 1
        known[name] = levels
        return levels
    }

    private mutating func checkStatements(
        below chain: Chain, of hook: BaseHook, from base: String, _ visited: inout Set<String>
    ) {
        guard visited.insert(chain.name).inserted else { return }
        for (index, rule) in chain.rules.enumerated() {
            for statement in rule.statements where !statement.isPossible(at: hook) {
                problems.append("rule \(index) of chain \(chain.name) cannot do what it does in base chain \(base)")
            }
        }
        for name in targets(of: chain).sorted() {
            guard let target = chains[name] else { continue }
            checkStatements(below: target, of: hook, from: base, &visited)
        }
    }
}

/// What two fields must have in common to be compared.
private enum FieldType: Hashable {
    case address(IPFamily)
    case port
    case transportProtocol
    case number

    init(_ expression: Expression) {
        switch expression {
        case .sourceAddress(let family), .destinationAddress(let family): self = .address(family)
        case .destinationPort: self = .port
        case .transportProtocol: self = .transportProtocol
        case .randomNumber: self = .number
        }
    }

    init(_ datum: Datum) {
        switch datum {
        case .address(let address): self = .address(address.family)
        case .port: self = .port
        case .transportProtocol: self = .transportProtocol
        case .number: self = .number
        }
    }
}

extension Statement {
    /// The address family that the statement is about, if any.
    fileprivate var family: IPFamily? {
        switch self {
        case .matchSource(let prefix, _), .matchDestination(let prefix, _): prefix.family
        case .dnat(let address): address.address.family
        case .dnatMap(let family, let key, _), .dnatAddressMap(let family, let key, _, _):
            key.lazy.compactMap(\.family).first { $0 != family } ?? family
        case .lookup(let key, _), .verdictMap(let key, _), .updateMap(_, let key, _, _), .updateSet(_, let key, _):
            key.lazy.compactMap(\.family).first
        default: nil
        }
    }

    /// Whether the kernel takes the statement in a base chain of this kind: `nft_nat_validate`, `nft_masq_validate` and
    /// `nft_reject_validate`.
    fileprivate func isPossible(at hook: BaseHook) -> Bool {
        switch self {
        case .dnat, .dnatMap, .dnatAddressMap: hook.type == .nat && (hook.hook == .prerouting || hook.hook == .output)
        case .masqueradeFullyRandom: hook.type == .nat && hook.hook == .postrouting
        case .reject, .rejectWithReset: hook.hook != .postrouting
        default: true
        }
    }
}

extension Expression {
    fileprivate var family: IPFamily? {
        switch self {
        case .sourceAddress(let family), .destinationAddress(let family): family
        case .destinationPort, .transportProtocol, .randomNumber: nil
        }
    }
}
