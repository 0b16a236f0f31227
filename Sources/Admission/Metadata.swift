import ClusterModel

/// `metadata` as it was sent (`metav1.ObjectMeta`), as far as the API server looks at it.
package struct MetadataFields: Hashable, Sendable {
    /// `ownerReferences`: what owns the object.
    package struct Owner: Hashable, Sendable {
        package var apiVersion: String
        package var kind: String
        package var name: String
        package var uid: String
        package var isController: Bool
    }

    package var name: String
    package var generateName: String
    package var namespace: String
    package var labels: [String: String]
    package var annotations: [String: String]
    package var generation: Int
    package var owners: [Owner]
    package var finalizers: [String]
    /// Both of these are the server's; an update may not make them up.
    package var deletionTimestamp: String?
    package var deletionGracePeriodSeconds: Int?

    /// Reads a `metadata` that has the right types; one that is absent has nothing in it.
    init(_ metadata: DocumentValue?) {
        name = metadata.text("name")
        generateName = metadata.text("generateName")
        namespace = metadata.text("namespace")
        labels = metadata?["labels"].stringMap ?? [:]
        annotations = metadata?["annotations"].stringMap ?? [:]
        generation = metadata?["generation"]?.writtenInteger ?? 0
        owners = (metadata?["ownerReferences"].values ?? []).map { owner in
            Owner(
                apiVersion: owner.text("apiVersion"), kind: owner.text("kind"), name: owner.text("name"),
                uid: owner.text("uid"), isController: owner["controller"]?.boolean ?? false)
        }
        finalizers = metadata?["finalizers"].texts ?? []
        deletionTimestamp = metadata?["deletionTimestamp"]?.string
        deletionGracePeriodSeconds = metadata?["deletionGracePeriodSeconds"]?.writtenInteger
    }

    /// What the server does to the metadata of a new object before it looks at it.
    mutating func prepareForCreate() {
        if namespace.isEmpty { namespace = "default" }
        deletionTimestamp = nil
        deletionGracePeriodSeconds = nil
        if name.isEmpty, !generateName.isEmpty { name = Self.generatedName(generateName) }
    }

    /// A name that the server could make; it adds five letters by chance.
    private static func generatedName(_ prefix: String) -> String {
        let prefixBytesMax = 58
        return String(decoding: prefix.utf8.prefix(prefixBytesMax), as: UTF8.self) + "xxxxx"
    }
}

extension DocumentValue? {
    /// The text of a field, empty if it is absent.
    func text(_ key: String) -> String { self?[key]?.string ?? "" }

    /// The values of a list, none if it is absent.
    var values: [DocumentValue] { self.map { Array($0.elements) } ?? [] }

    /// The texts of a list, in which `null` is empty; nil if it is absent, or empty: both are nothing to the API.
    var texts: [String]? {
        let texts = values.map { $0.string ?? "" }
        return texts.isEmpty ? nil : texts
    }

    /// The entries of a map, in which `null` is an empty text.
    var stringMap: [String: String] {
        var result: [String: String] = [:]
        guard let self else { return result }
        for (key, value) in self.members { result[key.string ?? ""] = value.string ?? "" }
        return result
    }
}

extension DocumentValue {
    /// The text of a field, empty if it is absent.
    func text(_ key: String) -> String { self[key]?.string ?? "" }
}
