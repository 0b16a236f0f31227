import ClusterModel

extension Findings {
    /// The rules for the metadata of objects (`ValidateObjectMeta`).
    ///
    /// - Parameter form: What names of the kind are like.
    mutating func checkMetadata(_ metadata: MetadataFields, _ form: (String) -> [String]) {
        let path = FieldPath.metadata
        checkNames(metadata, name: form, prefix: { form(NameForm.masked(prefix: $0)) })
        for (index, finalizer) in metadata.finalizers.enumerated() {
            kubernetesFinalizer(finalizer, path.key("finalizers").index(index))
        }
    }

    /// What all kinds have in common (`ValidateObjectMetaAccessor`).
    mutating func checkNames(
        _ metadata: MetadataFields, name: (String) -> [String], prefix: (String) -> [String]
    ) {
        let path = FieldPath.metadata
        if !metadata.generateName.isEmpty {
            invalid(path.key("generateName"), metadata.generateName, prefix(metadata.generateName))
        }
        if metadata.name.isEmpty {
            required(path.key("name"), "name or generateName is required")
        } else {
            invalid(path.key("name"), metadata.name, name(metadata.name))
        }
        invalid(path.key("namespace"), metadata.namespace, NameForm.label(metadata.namespace))
        if metadata.generation < 0 {
            invalid(path.key("generation"), .number(metadata.generation), "must be greater than or equal to 0")
        }
        checkMaps(metadata)
        if !metadata.finalizers.isEmpty { checkFinalizers(metadata.finalizers, path.key("finalizers")) }
    }

    /// The rules for a change of metadata (`ValidateObjectMetaAccessorUpdate`).
    mutating func checkMetadataChange(_ metadata: MetadataFields, from old: MetadataFields) {
        let path = FieldPath.metadata
        if metadata.deletionTimestamp != old.deletionTimestamp {
            invalid(path.key("deletionTimestamp"), .optional(metadata.deletionTimestamp), "field is immutable")
        }
        if metadata.deletionGracePeriodSeconds != old.deletionGracePeriodSeconds {
            let value = metadata.deletionGracePeriodSeconds.map { FieldProblem.Value.number($0) } ?? .written("null")
            invalid(path.key("deletionGracePeriodSeconds"), value, "field is immutable")
        }
        checkMaps(metadata)
    }

    /// The same, with what each kind adds (`ValidateObjectMetaUpdate`).
    mutating func checkMetadataUpdate(_ metadata: MetadataFields, from old: MetadataFields) {
        checkMetadataChange(metadata, from: old)
        for (index, finalizer) in metadata.finalizers.enumerated() {
            kubernetesFinalizer(finalizer, FieldPath.metadata.key("finalizers").index(index))
        }
    }

    private mutating func checkMaps(_ metadata: MetadataFields) {
        let path = FieldPath.metadata
        checkLabels(metadata.labels, path.key("labels"))
        if !metadata.annotations.isEmpty { checkAnnotations(metadata.annotations, path.key("annotations")) }
        if !metadata.owners.isEmpty { checkOwners(metadata.owners, path.key("ownerReferences")) }
    }

    /// Labels, or what selects them.
    mutating func checkLabels(_ labels: [String: String], _ path: @autoclosure () -> FieldPath) {
        if labels.allSatisfy({ NameForm.labelKey($0.key).isEmpty && NameForm.labelValue($0.value).isEmpty }) { return }
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            invalid(path(), key, NameForm.labelKey(key))
            invalid(path(), value, NameForm.labelValue(value))
        }
    }

    private mutating func checkAnnotations(_ annotations: [String: String], _ path: FieldPath) {
        for key in annotations.keys.sorted() { invalid(path, key, NameForm.labelKey(key.lowercased())) }
        let bytesMax = 256 << 10
        if annotations.reduce(0, { $0 + $1.key.utf8.count + $1.value.utf8.count }) > bytesMax {
            add(FieldProblem(reason: .tooLong, detail: "may not be more than \(bytesMax) bytes"), path)
        }
    }

    private mutating func checkOwners(_ owners: [MetadataFields.Owner], _ path: FieldPath) {
        var controller: String?
        for owner in owners {
            // `group/version`; the version alone in the core group.
            if owner.apiVersion.isEmpty || owner.apiVersion.hasSuffix("/") || owner.apiVersion.count(of: "/") > 1 {
                invalid(path.key("apiVersion"), .text(owner.apiVersion), "version must not be empty")
            }
            for (key, text) in [("kind", owner.kind), ("name", owner.name), ("uid", owner.uid)] where text.isEmpty {
                invalid(path.key(key), .text(text), "must not be empty")
            }
            if owner.apiVersion == "v1", owner.kind == "Event" {
                invalid(path, .written("{}"), "/v1, Kind=Event is disallowed from being an owner")
            }
            guard owner.isController else { continue }
            let name = "\(owner.kind)/\(owner.name)"
            if let first = controller {
                let words = "Only one reference can have Controller set to true. Found \"true\" in references for"
                invalid(path, .count(owners.count), "\(words) \(first) and \(name)")
            } else {
                controller = name
            }
        }
    }

    private mutating func checkFinalizers(_ finalizers: [String], _ path: FieldPath) {
        for finalizer in finalizers { invalid(path, finalizer, NameForm.labelKey(finalizer)) }
        if finalizers.contains("orphan"), finalizers.contains("foregroundDeletion") {
            invalid(
                path, .texts(finalizers), "finalizer orphan and foregroundDeletion cannot be both set")
        }
    }

    private mutating func kubernetesFinalizer(_ finalizer: String, _ path: FieldPath) {
        if finalizer.contains("/") || ["kubernetes", "orphan", "foregroundDeletion"].contains(finalizer) { return }
        invalid(path, .text(finalizer), "name is neither a standard finalizer name nor is it fully qualified")
    }
}

extension String {
    fileprivate func count(of character: Character) -> Int { count { $0 == character } }
}
