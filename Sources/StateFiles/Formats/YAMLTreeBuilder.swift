import ClusterModel
import Yams

/// Makes a ``Document`` of what Yams has composed: the same nodes as of JSON.
struct YAMLTreeBuilder {
    private var bytes: [UInt8] = []
    private var nodes: [Document.Node] = []
    private var positions: [TextPosition] = []
    private var depth = 0
    private var anchors: Set<ObjectIdentifier> = []
    /// How many nodes there have been, and how many of them by way of aliases.
    private var (count, aliasedCount) = (0, 0)
    private var aliasDepth = 0
    private let bytesMax: Int

    /// - Parameter textSize: How many bytes the text has.
    init(textSize: Int) {
        // Aliases of one long text may be many.
        bytesMax = 4 * textSize + (16 << 20)
    }

    /// - Returns: nil if there is nothing in the document.
    mutating func document(of root: Yams.Node, from start: TextPosition) throws(MalformedDocument) -> Document? {
        try append(root)
        if nodes[0].kind == .null { return nil }
        return Document(bytes, nodes: nodes, positions: positions, start: start)
    }

    private mutating func append(_ node: Yams.Node) throws(MalformedDocument) {
        let isAlias = try enter(node)
        let position = node.mark.map { TextPosition($0) } ?? TextPosition()
        switch node {
        case .scalar(let scalar): try append(try Self.meaning(of: scalar, position), position)
        case .sequence(let sequence):
            let index = open(.array, position)
            for element in sequence { try append(element) }
            close(index)
        case .mapping(let mapping):
            let index = open(.object, position)
            var keys: Set<String> = []
            try appendMembers(of: mapping, &keys)
            close(index)
        case .alias: throw malformed(position, "an alias of nothing")
        }
        leave(isAlias)
    }

    // MARK: Bounds

    /// Counts a node that is gone into. What the parser met as an alias is the node of its anchor here once more.
    ///
    /// - Returns: whether it is there by an alias.
    private mutating func enter(_ node: Yams.Node) throws(MalformedDocument) -> Bool {
        let isAlias = node.anchor.map { !anchors.insert(ObjectIdentifier($0)).inserted } ?? false
        depth += 1
        if isAlias { aliasDepth += 1 }
        count += 1
        if aliasDepth > 0 { aliasedCount += 1 }
        let position = node.mark.map { TextPosition($0) } ?? TextPosition()
        let depthMax = 256
        guard depth <= depthMax else { throw malformed(position, "is nested more than \(depthMax) levels deep") }
        let isExcessive =
            aliasedCount > 100 && count > 1000
            && Double(aliasedCount) / Double(count) > Self.aliasedShareMax(of: count)
        guard !isExcessive, bytes.count <= bytesMax else {
            throw malformed(position, "aliases make it too much larger than it is written")
        }
        return isAlias
    }

    private mutating func leave(_ isAlias: Bool) {
        depth -= 1
        if isAlias { aliasDepth -= 1 }
    }

    /// Which share of so many nodes may come of aliases, as the API server has it (`decode.go` of `go.yaml.in/yaml/v2`): 99
    /// percent of 400,000, and less the more there are.
    private static func aliasedShareMax(of count: Int) -> Double {
        let (low, high) = (400_000.0, 4_000_000.0)
        let part = (Double(count) - low) / (high - low)
        return 0.99 - 0.89 * min(max(part, 0), 1)
    }

    // MARK: Nodes

    private mutating func open(_ kind: Document.Kind, _ position: TextPosition) -> Int {
        nodes.append(.init(kind: kind, start: Int32(bytes.count), end: Int32(bytes.count)))
        positions.append(position)
        return nodes.count - 1
    }

    private mutating func close(_ index: Int) {
        nodes[index].end = Int32(bytes.count)
        nodes[index].next = Int32(nodes.count)
    }

    private mutating func append(_ scalar: YAMLScalar, _ position: TextPosition) throws(MalformedDocument) {
        let (kind, text): (Document.Kind, String) =
            switch scalar {
            case .null: (.null, "null")
            case .boolean(let value): (.boolean, "\(value)")
            case .number(let text): (.number, text)
            case .string(let text): (.string, text)
            }
        let index = open(kind, position)
        bytes += text.utf8
        close(index)
    }

    private mutating func appendMembers(
        of mapping: Yams.Node.Mapping, _ keys: inout Set<String>
    ) throws(MalformedDocument) {
        for (key, value) in mapping {
            if key.isMerge {
                try merge(value, &keys)
                continue
            }
            let position = key.mark.map { TextPosition($0) } ?? TextPosition()
            guard case .scalar(let scalar) = key, let name = try Self.meaning(of: scalar, position, isKey: true).key
            else {
                throw malformed(position, "only text, a number or a boolean can be a key")
            }
            guard keys.insert(name).inserted else { throw malformed(position, twiceWords(name)) }
            try append(.string(name), position)
            try append(value)
        }
    }

    /// The members of a mapping, or of several, that are to be in another one too, which may not have them itself.
    private mutating func merge(
        _ value: Yams.Node, _ keys: inout Set<String>, isInList: Bool = false
    ) throws(MalformedDocument) {
        let isAlias = try enter(value)
        switch value {
        case .mapping(let mapping): try appendMembers(of: mapping, &keys)
        case .sequence(let sequence) where !isInList:
            for element in sequence { try merge(element, &keys, isInList: true) }
        default:
            throw malformed(
                value.mark.map { TextPosition($0) } ?? TextPosition(), "<< can only merge a mapping, or a list of them")
        }
        leave(isAlias)
    }

    private static func meaning(
        of scalar: Yams.Node.Scalar, _ position: TextPosition, isKey: Bool = false
    ) throws(MalformedDocument) -> YAMLScalar {
        // To compare keys, the parser gives each that is in no quotes the tag of a string.
        let isPlainKey = isKey && scalar.style == .plain && scalar.tag.rawValue == Tag.Name.str.rawValue
        do {
            return try YAMLScalar(scalar.string, tag: isPlainKey ? "" : scalar.tag.rawValue)
        } catch {
            throw malformed(position, error.message)
        }
    }
}

extension Yams.Node {
    /// Whether it is the key `<<`.
    fileprivate var isMerge: Bool {
        guard case .scalar(let scalar) = self, scalar.string == "<<" else { return false }
        return scalar.style == .plain || scalar.tag.rawValue == Tag.Name.merge.rawValue
    }
}
