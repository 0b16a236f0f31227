import NetworkValues

extension FieldReader {
    /// A Node. An address that is none is reported and left out, as the API takes any text.
    mutating func node(_ value: DocumentValue, _ metadata: ObjectMetadata) -> Node {
        var node = Node(metadata: metadata)
        _ = object(value, "status") { reader, status in
            let typed = reader.objects(status, "addresses") { reader, address, _ in reader.nodeAddress(address) }
            node.addresses = ["InternalIP", "ExternalIP"].flatMap { type in
                typed.filter { $0.type == type }.map(\.address)
            }
            let ready = reader.objects(status, "conditions") { reader, condition, _ in
                reader.string(condition, "type") == "Ready" ? reader.string(condition, "status") == "True" : nil
            }
            node.isReady = ready.first ?? false
            // As the API server fills it in.
            let resources = status["allocatable"] == nil ? "capacity" : "allocatable"
            node.allocatableMilliCPU = reader.object(status, resources) { $0.milliQuantity($1, "cpu") }.flatMap { $0 }
        }
        _ = object(value, "spec") { reader, spec in
            node.podCIDRs = reader.podCIDRs(spec)
            node.taintKeys = reader.objects(spec, "taints") { reader, taint, _ in reader.repeated(taint, "key") }
        }
        return node
    }

    private mutating func podCIDRs(_ spec: DocumentValue) -> [IPPrefix] {
        let all = strings(spec, "podCIDRs") { reader, text, _ in reader.prefix(text) }
        guard all.isEmpty, let single = string(spec, "podCIDR") else { return all }
        return prefix(single, "podCIDR").map { [$0] } ?? []
    }

    private mutating func nodeAddress(_ value: DocumentValue) -> (type: String, address: IPAddress)? {
        guard let type = string(value, "type"), type == "InternalIP" || type == "ExternalIP",
            let text = string(value, "address")
        else { return nil }
        guard let address = IPAddress(text) else {
            note("address", .invalidAddress(text))
            return nil
        }
        return (type, address)
    }

    /// A quantity, such as `2`, `1500m` or `0.5`, in thousandths, rounded up.
    private mutating func milliQuantity(_ parent: DocumentValue, _ key: String) -> Int? {
        guard let value = parent[key], value.kind == .string || value.kind == .number else { return nil }
        let text = value.string ?? value.text
        let milli = QuantityText.milli(text)
        if milli == nil { note(key, .invalid(.text(text), "must be a quantity, (e.g. 500m or 1.5)")) }
        return milli
    }
}

/// The text of a `resource.Quantity`.
enum QuantityText {
    private static let units: [String: Double] = [
        "n": 1e-9, "u": 1e-6, "m": 1e-3, "": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
        "Ki": 0x1p10, "Mi": 0x1p20, "Gi": 0x1p30, "Ti": 0x1p40, "Pi": 0x1p50, "Ei": 0x1p60,
    ]

    /// The quantity in thousandths, rounded up; nil if it is none, is negative, or is more than any machine has.
    static func milli(_ text: String) -> Int? {
        // An exponent has digits behind it; an E with none is a unit.
        let end = text.lastIndex { $0.isASCII && $0.isNumber || $0 == "." }
        guard let end, let unit = units[String(text[text.index(after: end)...])],
            text.utf8.allSatisfy({ $0 != UInt8(ascii: "x") && $0 != UInt8(ascii: "X") }),
            let number = Double(text[...end]), number.isFinite, number >= 0
        else { return nil }
        // What is finer than a billionth is not kept by the API either.
        let billionths = (number * unit * 1e9).rounded()
        return Int(exactly: (billionths / 1e6).rounded(.up))
    }
}
