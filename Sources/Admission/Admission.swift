package import ClusterModel

/// An object that the API server has taken, as far as that matters for what comes after it.
package enum AdmittedObject: Hashable, Sendable {
    /// The Service after defaults, with the addresses and ports that it asked for. Where it asked for none there is
    /// one that it could be given.
    case service(ServiceFields)
    case endpoints(MetadataFields)
    /// A slice with its address type, which never changes, and its endpoints in canonical text.
    case endpointSlice(MetadataFields, addressType: String, endpoints: String)

    var metadata: MetadataFields {
        switch self {
        case .service(let service): service.metadata
        case .endpoints(let metadata), .endpointSlice(let metadata, _, _): metadata
        }
    }
}

/// What the API server does about fields that it does not know, and about those that come twice: the query parameter
/// `fieldValidation`.
package enum FieldValidation: String, Hashable, Sendable {
    case ignore = "Ignore"
    case warn = "Warn"
    case strict = "Strict"
}

/// What the API server answers.
package struct Review: Sendable {
    package var result: Result<AdmittedObject, Status>
    /// In the server's order.
    package var warnings: [String]
}

/// The API server's admission of Services and their endpoints (Kubernetes 1.36): defaults, then the rules, in its
/// order and with its answers. It knows the objects that it has taken, so that a later one of the same name is a
/// change of it, and so that no two Services have one cluster IP or node port.
package struct Admission: Sendable {
    /// The kinds that are looked at.
    package static let kinds: Set<ObjectKind> = [.service, .endpoints, .endpointSlice]

    private static let anyPools = ServicePools()

    private var pools: ServicePools
    private var objects: [ObjectReference: AdmittedObject] = [:]

    package init(_ pools: ServicePools = ServicePools()) {
        self.pools = pools
    }

    /// Sends an object.
    ///
    /// - Parameters:
    ///   - value: The object in the form of the API's v1.
    ///   - kind: One of ``kinds``.
    package mutating func review(
        _ value: DocumentValue, _ kind: ObjectKind, _ validation: FieldValidation = .warn
    ) -> Review {
        var warnings: [String] = []
        let deprecation = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
        if kind == .endpoints { warnings.append(deprecation) }
        do throws(Status) {
            warnings += try decode(value, kind, validation)
            let admitted = try admit(value, kind)
            warnings += admitted.warnings
            objects[ObjectReference(kind, admitted.object.metadata.identity)] = admitted.object
            return Review(result: .success(admitted.object), warnings: warnings)
        } catch {
            return Review(result: .failure(error), warnings: warnings)
        }
    }

    /// Finds what the decoder has to say.
    ///
    /// - Returns: the warnings.
    private func decode(
        _ value: DocumentValue, _ kind: ObjectKind, _ validation: FieldValidation
    ) throws(Status) -> [String] {
        try checkType(value, kind)
        let check = ShapeCheck(value, kind.shape)
        let sentence = "\(kind.rawValue) in version \"v1\" cannot be handled as a \(kind.rawValue): "
        if let mismatch = check.mismatch {
            throw .badRequest(sentence + mismatch.message, [mismatch.problem])
        }
        if validation == .strict, !check.strays.isEmpty {
            throw .badRequest(sentence + "strict decoding error: " + check.strays.joined(separator: ", "))
        }
        return validation == .ignore ? [] : check.strays
    }

    /// An object that does not say what it is, is taken for what belongs there.
    private func checkType(_ value: DocumentValue, _ kind: ObjectKind) throws(Status) {
        let unrecognized =
            "the object provided is unrecognized (must be of type \(kind.rawValue)): couldn't get version/kind"
        guard value.kind == .object else { throw .badRequest("\(unrecognized); \(value.text) is no object") }
        for key in ["kind", "apiVersion"] {
            if let member = value[key], member.kind != .string {
                throw .badRequest("\(unrecognized); \(key) is no string: \(member.text)")
            }
        }
        let (name, version) = (value["kind"]?.string ?? kind.rawValue, value["apiVersion"]?.string ?? kind.apiVersion)
        if name == kind.rawValue, version == kind.apiVersion { return }
        if name == kind.rawValue, version == "discovery.k8s.io/v1beta1" {
            let words = "does not match the expected API version (\(kind.apiVersion))"
            throw .badRequest("the API version in the data (\(version)) \(words)")
        }
        let reason =
            name == "List"
            ? "converting (v1.List) to (core.\(kind.rawValue)): unknown conversion"
            : "no kind \(quoted(name)) is registered for version \(quoted(version)) in scheme "
                + #""pkg/api/legacyscheme/scheme.go:30""#
        let number = version.split(separator: "/").last ?? ""
        throw .badRequest(
            "\(name.shortened(to: 253)) in version \(quoted(number)) cannot be handled as a \(kind.rawValue): \(reason)"
        )
    }

    private mutating func admit(
        _ value: DocumentValue, _ kind: ObjectKind
    ) throws(Status) -> (object: AdmittedObject, warnings: [String]) {
        var metadata = MetadataFields(value["metadata"])
        let isUnnamed = metadata.name.isEmpty
        metadata.prepareForCreate()
        let old = isUnnamed ? nil : objects[ObjectReference(kind, metadata.identity)]
        if kind == .service {
            var before: ServiceFields?
            if case .service(let fields) = old { before = fields }
            var known = pools
            if before == nil, metadata.identity == .kubernetesService { known.giveAddressOfKubernetes() }
            var review = ServiceReview(ServiceFields(value), from: before, known)
            try review.run()
            pools = review.pools
            return (.service(review.service), review.service.warnings)
        }
        let findings = EndpointsReview.findings(value, kind, metadata, from: old)
        if !findings.isEmpty { throw .invalid(kind, metadata.name, findings.problems) }
        if kind == .endpoints { return (.endpoints(metadata), EndpointWarnings.ofSubsets(value)) }
        let slice = AdmittedObject.endpointSlice(
            metadata, addressType: value.text("addressType"), endpoints: value["endpoints"].canonicalText)
        return (slice, EndpointWarnings.ofSlice(value, isNew: old == nil))
    }

    /// What the API server has against an object by itself, whatever others there are: it need not have been told of
    /// any.
    ///
    /// - Returns: nothing for objects of other kinds than ``kinds``; for a value of a wrong type, nothing but that.
    @Sendable
    package static func problems(with value: DocumentValue, _ kind: ObjectKind) -> [FieldProblem] {
        guard kinds.contains(kind) else { return [] }
        if let mismatch = ShapeCheck(value, kind.shape).mismatch { return [mismatch.problem] }
        if kind == .service {
            var review = ServiceReview(ServiceFields(value), from: nil, anyPools)
            do throws(Status) { try review.run() } catch { return error.problems }
            return []
        }
        var metadata = MetadataFields(value["metadata"])
        metadata.prepareForCreate()
        return EndpointsReview.findings(value, kind, metadata, from: nil).problems.elements
    }

    /// Sends a Service's status, which balancers write, for the Service that there is.
    ///
    /// - Returns: what is wrong with it; nil if nothing is.
    package static func status(of value: DocumentValue) -> Status? {
        var service = ServiceFields(value)
        service.setDefaults()
        service.metadata.prepareForCreate()
        var findings = Findings()
        findings.checkLoadBalancerStatus(service, existing: [])
        return findings.isEmpty ? nil : .invalid(.service, service.metadata.name, findings.problems)
    }
}

extension MetadataFields {
    package var identity: NamespacedName { NamespacedName(namespace, name) }
}

extension ObjectKind {
    /// The version in which objects of the kind are sent.
    fileprivate var apiVersion: String { self == .endpointSlice ? "discovery.k8s.io/v1" : "v1" }

    /// What objects of the kind are made of; nothing if the kind is not looked at.
    var shape: Shape {
        switch self {
        case .service: .service
        case .endpoints: .endpoints
        case .endpointSlice: .endpointSlice
        case .node, .pod, .serviceCIDR: .any
        }
    }
}
