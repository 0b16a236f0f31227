import ClusterModel
import NetworkValues

extension Findings {
    /// The rules for the contents of an EndpointSlice (`ValidateEndpointSlice`). Slices are most of a cluster's
    /// state: a document is looked at as it is, without copies.
    ///
    /// - Parameter endpointsBefore: The endpoints of the slice before, in canonical text: what has not changed is not
    ///   looked at
    ///   again.
    mutating func checkEndpointSlice(_ slice: DocumentValue, endpointsBefore: String? = nil) {
        let addressType = slice.text("addressType")
        if addressType.isEmpty {
            required(FieldPath().key("addressType"))
        } else {
            supported(FieldPath().key("addressType"), addressType, ["FQDN", "IPv4", "IPv6"])
        }
        checkSlicePorts(slice["ports"])
        var endpoints = Findings()
        endpoints.checkEndpoints(slice["endpoints"], SliceAddressRule(addressType))
        if endpoints.isEmpty || endpointsBefore == slice["endpoints"].canonicalText { return }
        append(endpoints)
    }

    private mutating func checkSlicePorts(_ ports: DocumentValue?) {
        guard let ports else { return }
        let path = FieldPath().key("ports")
        let portsMax = 20000
        let count = ports.elements.count
        if count > portsMax { return tooMany(path, count, max: portsMax) }
        var names: Set<String> = []
        for (index, port) in ports.elements.enumerated() {
            let name = port.text("name")
            if !name.isEmpty { invalid(path.index(index).key("name"), name, NameForm.label(name)) }
            if !names.insert(name).inserted { duplicate(path.index(index).key("name"), .text(name)) }
            let transport = port["protocol"]?.string ?? "TCP"
            transportProtocol(path.index(index).key("protocol"), transport)
            if let name = port["appProtocol"]?.string {
                invalid(path.index(index).key("appProtocol"), name, NameForm.labelKey(name))
            }
        }
    }

    private mutating func checkEndpoints(_ endpoints: DocumentValue?, _ rule: SliceAddressRule) {
        guard let endpoints else { return }
        let path = FieldPath().key("endpoints")
        let endpointsMax = 1000
        let count = endpoints.elements.count
        if count > endpointsMax { return tooMany(path, count, max: endpointsMax) }
        for (index, endpoint) in endpoints.elements.enumerated() {
            checkSliceAddresses(endpoint["addresses"], rule, path.index(index).key("addresses"))
            if let name = endpoint["nodeName"] {
                checkText(name, NameForm.subdomain, path.index(index).key("nodeName"))
            }
            if let name = endpoint["hostname"] { checkText(name, NameForm.label, path.index(index).key("hostname")) }
            if let hints = endpoint["hints"] { checkHints(hints, path.index(index).key("hints")) }
        }
    }

    private mutating func checkText(
        _ value: DocumentValue, _ form: (String) -> [String], _ path: @autoclosure () -> FieldPath
    ) {
        let text = value.string ?? ""
        invalid(path(), text, form(text))
    }

    private mutating func checkSliceAddresses(
        _ addresses: DocumentValue?, _ rule: SliceAddressRule, _ path: @autoclosure () -> FieldPath
    ) {
        let addressesMax = 100
        let count = addresses?.elements.count ?? 0
        if count == 0 { required(path(), "must contain at least 1 address") }
        if count > addressesMax { tooMany(path(), count, max: addressesMax) }
        guard let addresses else { return }
        for (index, value) in addresses.elements.enumerated() {
            let text = value.string ?? ""
            if rule.isPlain(text) { continue }
            switch rule.problems(text) {
            case .spelling(let details): invalid(path().index(index), text, details)
            case .part(let part, let detail): invalid(path().index(index), .text(part), detail)
            case .missing: required(path().index(index))
            case .use(let family, let details):
                if let family { invalid(path(), .text(text), "must be an \(family) address") }
                invalid(path().index(index), text, details)
            }
        }
    }

    private mutating func checkHints(_ hints: DocumentValue, _ path: @autoclosure () -> FieldPath) {
        let namesMax = 8
        for (key, form) in [("forZones", NameForm.labelValue), ("forNodes", NameForm.subdomain)] {
            guard let values = hints[key] else { continue }
            let count = values.elements.count
            if count > namesMax { return tooMany(path().key(key), count, max: namesMax) }
            var names: [String] = []
            for (index, value) in values.elements.enumerated() {
                let name = value.text("name")
                if names.contains(name) {
                    duplicate(path().key(key).index(index).key("name"), .text(name))
                } else {
                    names.append(name)
                }
                invalid(path().key(key).index(index).key("name"), name, form(name))
            }
        }
    }
}

/// What the addresses of a slice are like.
enum SliceAddressRule {
    /// What is wrong with an address.
    enum Problems {
        case spelling([String])
        /// A part of it, such as a label of a name.
        case part(String, String)
        case missing
        /// It is an address, but perhaps not of the family that is named, or one at which no endpoint can be.
        case use(family: String?, [String])
    }

    case family(IPFamily)
    case domainName
    /// The type of the addresses is wrong, so that nothing can be said of them.
    case unknown

    init(_ addressType: String) {
        self = IPFamily(rawValue: addressType).map { .family($0) } ?? (addressType == "FQDN" ? .domainName : .unknown)
    }

    /// Whether there is nothing to be said of an address, as is so of nearly all.
    func isPlain(_ text: String) -> Bool {
        guard case .family(let family) = self, let address = IPAddress(text), address.family == family else {
            return false
        }
        return !address.isSpecial && address.description == text
    }

    func problems(_ text: String) -> Problems {
        switch self {
        case .unknown: return .spelling([])
        case .domainName: return Self.nameProblems(text)
        case .family(let family):
            let spelling = family == .ipv4 ? AddressForm.problems(text) : AddressForm.canonicalProblems(text)
            guard spelling.isEmpty, let address = IPAddress(text) else { return .spelling(spelling) }
            return .use(
                family: address.family == family ? nil : family.rawValue, AddressForm.specialProblems(text))
        }
    }

    private static func nameProblems(_ text: String) -> Problems {
        if text.isEmpty { return .missing }
        let name = text.hasSuffix(".") ? String(text.dropLast()) : text
        let problems = NameForm.subdomain(name)
        if !problems.isEmpty { return .part(name, problems.joined(separator: ",")) }
        let labels = name.split(separator: ".").map(String.init)
        if labels.count < 2 {
            return .part(name, "should be a domain with at least two segments separated by dots")
        }
        for label in labels {
            let problems = NameForm.label(label)
            if !problems.isEmpty { return .part(label, problems.joined(separator: ",")) }
        }
        return .spelling([])
    }
}
