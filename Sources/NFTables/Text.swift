import NetworkValues
import Threads

extension TableContents {
    /// The table as `nft -f` reads it, in the form in which `nft list` prints it.
    ///
    /// Loading it replaces the table that is there, in one transaction: hence the first two lines.
    package var nftText: String {
        var lines = ["add table \(id)", "delete table \(id)", "table \(id) {"]
        if let comment { lines.append("\tcomment \(quoted(comment))") }
        let elements = Dictionary(self.elements.map { ($0.set, $0.elements) }, uniquingKeysWith: +)
        for set in sets { lines += block(of: set, elements: elements[set.name] ?? []) }
        for chain in chains { lines += block(of: chain) }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    private func block(of set: SetDeclaration, elements: [Element]) -> [String] {
        var lines = ["", "\t\(set.contents == .keysOnly ? "set" : "map") \(set.name) {", "\t\ttypeof \(set.typeText)"]
        if let size = set.size { lines.append("\t\tsize \(size)") }
        if set.isDynamic { lines.append("\t\tflags dynamic,timeout") }
        if let comment = set.comment { lines.append("\t\tcomment \(quoted(comment))") }
        if !elements.isEmpty {
            let elementsPerPiece = 2048
            let texts = elements.concurrentMap(inPiecesOf: elementsPerPiece) { piece in
                piece.map { "\t\t\t\($0.nftText)" }.joined(separator: ",\n")
            }
            lines += ["\t\telements = {", texts.joined(separator: ",\n"), "\t\t}"]
        }
        return lines + ["\t}"]
    }

    private func block(of chain: Chain) -> [String] {
        var lines = ["", "\tchain \(chain.name) {"]
        if let hook = chain.hook { lines.append("\t\t\(hook.nftText)") }
        return lines + chain.rules.map { "\t\t\($0.nftText)" } + ["\t}"]
    }
}

extension BaseHook {
    var nftText: String { "type \(type.rawValue) hook \(hook) priority \(priority); policy accept;" }
}

extension SetDeclaration {
    /// `ip daddr . meta l4proto . th dport : verdict`.
    package var typeText: String {
        switch contents {
        case .keysOnly: joined(key)
        case .verdicts: "\(joined(key)) : verdict"
        case .values(let values): "\(joined(key)) : \(joined(values))"
        }
    }

    /// A number generator's type does not depend on its modulus; `nft` wants one all the same.
    private func joined(_ expressions: [Expression]) -> String {
        expressions.map(\.nftText).joined(separator: " . ")
    }
}

extension Element {
    /// `10.96.0.10 . tcp . 80 comment "default/web" : goto pick-3`.
    package var nftText: String {
        let key = comment.map { "\(self.key.nftText) comment \(quoted($0))" } ?? self.key.nftText
        switch data {
        case .none: return key
        case .verdict(let verdict): return "\(key) : \(verdict.nftText)"
        case .value(let value): return "\(key) : \(value.nftText)"
        }
    }
}

extension Tuple {
    /// `10.96.0.10 . tcp . 80`.
    package var nftText: String {
        var text = ""
        for field in fields {
            if !text.isEmpty { text += " . " }
            switch field {
            case .address(let value): text += value.description
            case .transportProtocol(let value): text += value.description
            case .port(let value): text += String(value)
            case .number(let value): text += String(value)
            }
        }
        return text
    }
}

extension Verdict {
    /// `goto pick-3`.
    package var nftText: String {
        switch self {
        case .accept: "accept"
        case .drop: "drop"
        case .return: "return"
        case .jump(let chain): "jump \(chain)"
        case .goto(let chain): "goto \(chain)"
        }
    }
}

extension Expression {
    /// `ip daddr`.
    package var nftText: String {
        switch self {
        case .sourceAddress(let family): "\(family.nftKeyword) saddr"
        case .destinationAddress(let family): "\(family.nftKeyword) daddr"
        case .destinationPort: "th dport"
        case .transportProtocol: "meta l4proto"
        case .randomNumber(let modulus, let offset):
            "numgen random mod \(modulus)" + (offset == 0 ? "" : " offset \(offset)")
        }
    }
}

extension Rule {
    /// The statements from left to right, then the comment.
    package var nftText: String {
        (statements.map(\.nftText) + [comment.map { "comment \(quoted($0))" }].compactMap { $0 }).joined(separator: " ")
    }
}

extension Statement {
    /// The statement in `nft` syntax, as given with each case.
    package var nftText: String {
        let joined = { (expressions: [Expression]) in expressions.map(\.nftText).joined(separator: " . ") }
        switch self {
        case .matchSource(let prefix, let isNegated): return block("saddr", prefix, isNegated)
        case .matchDestination(let prefix, let isNegated): return block("daddr", prefix, isNegated)
        case .matchLocal(let side): return "fib \(side == .source ? "saddr" : "daddr") type local"
        case .matchInputInterface(let name, let isNegated): return "iifname \(isNegated ? "!= " : "")\(quoted(name))"
        case .matchProtocol(let value): return "meta l4proto \(value)"
        case .matchNewConnection: return "ct state new"
        case .matchTranslatedDestination: return "ct status dnat"
        case .matchMark(let bits): return "meta mark & \(hexadecimal(bits)) != 0x00000000"
        case .lookup(let key, let set): return "\(joined(key)) @\(set)"
        case .verdictMap(let key, let map): return "\(joined(key)) vmap @\(map)"
        case .setMarkBits(let bits): return "meta mark set meta mark | \(hexadecimal(bits))"
        case .flipMarkBits(let bits): return "meta mark set meta mark ^ \(hexadecimal(bits))"
        case .masqueradeFullyRandom: return "masquerade fully-random"
        case .dnat(let target): return "dnat to \(target)"
        case .dnatMap(let family, let key, let map): return "dnat \(family.nftKeyword) to \(joined(key)) map @\(map)"
        case .dnatAddressMap(let family, let key, let map, let port):
            return "dnat \(family.nftKeyword) to \(joined(key)) map @\(map) : \(port)"
        case .updateMap(let map, let key, let timeout, let data):
            return "update @\(map) { \(joined(key)) timeout \(timeout)s : \(data.nftText) }"
        case .updateSet(let set, let key, let timeout):
            return "update @\(set) { \(joined(key)) timeout \(timeout)s }"
        case .reject: return "reject"
        case .rejectWithReset: return "reject with tcp reset"
        case .verdict(let verdict): return verdict.nftText
        }
    }
}

private func block(_ field: String, _ prefix: IPPrefix, _ isNegated: Bool) -> String {
    let whole = prefix.length == prefix.family.addressBits
    let block = whole ? prefix.address.description : prefix.description
    return "\(prefix.family.nftKeyword) \(field) \(isNegated ? "!= " : "")\(block)"
}

private func quoted(_ text: String) -> String { "\"\(text)\"" }

private func hexadecimal(_ bits: UInt32) -> String {
    let digits = String(bits, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
