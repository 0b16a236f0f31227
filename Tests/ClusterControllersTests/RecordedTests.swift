import ClusterModel
import ClusterState
import Foundation
import Testing

@testable import ClusterControllers

/// Goal: make the slices that a real kube-controller-manager 1.36.2 made.
/// Method: what it was given, and what it made, decoded in the same way; in sequences, step by step, also which slices keep
/// their names. What it chose at random (names, the order of endpoints, which endpoint of a zone helps out) is not compared.
@Suite struct RecordedTests {
    @Test(arguments: try RecordedState.all()) func aStateHasTheSlicesOfTheControllers(_ state: RecordedState) {
        var cluster = ControlledCluster(.strict)
        cluster.edit(state.input)
        #expect(counted(cluster.slices.map(\.unnamed)) == counted(state.slices.map(\.unnamed)))
    }

    @Test(arguments: try RecordedSequence.all())
    func aSequenceChangesSlicesAsTheControllersDo(_ sequence: RecordedSequence) {
        var cluster = ControlledCluster(.strict)
        var names: [NamespacedName: NamespacedName] = [:]
        for step in sequence.steps {
            cluster.edit(step.edits)
            let ours = cluster.slices
            names = names.filter { _, own in ours.contains { $0.metadata.name == own } }
            for slice in step.slices {
                let equal = ours.filter { $0.unnamed == slice.unnamed }.map(\.metadata.name)
                if let known = names[slice.metadata.name] {
                    #expect(equal.contains(known), "\(step.about): \(slice.metadata.name) is not what it was")
                } else {
                    names[slice.metadata.name] = equal.first { !names.values.contains($0) }
                    #expect(names[slice.metadata.name] != nil, "\(step.about): there is no \(slice.metadata.name)")
                }
            }
            #expect(ours.count == step.slices.count, "\(step.about)")
        }
    }
}

/// One input, and what was made of it.
struct RecordedState: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let input: [ObjectEdit]
    let slices: [EndpointSlice]

    static func all() throws -> [RecordedState] {
        try recorded("states").map { value in
            RecordedState(
                testDescription: value["about"] as? String ?? "", input: try edits(value["input"]),
                slices: try edits(value["slices"]).slices)
        }
    }
}

/// Changes one after another, and what was made of each.
struct RecordedSequence: CustomTestStringConvertible, Sendable {
    struct Step: Sendable {
        let about: String
        let edits: [ObjectEdit]
        let slices: [EndpointSlice]
    }

    let testDescription: String
    let steps: [Step]

    static func all() throws -> [RecordedSequence] {
        try recorded("sequences").map { value in
            let steps = try (value["steps"] as? [[String: Any]] ?? []).map { step in
                let gone = (step["gone"] as? [[String: String]] ?? []).compactMap { object in
                    ObjectKind(rawValue: object["kind"] ?? "").map {
                        ObjectEdit.delete(
                            ObjectReference($0, NamespacedName(object["namespace"] ?? "", object["name"] ?? "")))
                    }
                }
                return Step(
                    about: step["about"] as? String ?? "", edits: try edits(step["put"]) + gone,
                    slices: try edits(step["slices"]).slices)
            }
            return RecordedSequence(testDescription: value["about"] as? String ?? "", steps: steps)
        }
    }
}

private func recorded(_ name: String) throws -> [[String: Any]] {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Recorded"))
    return try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [[String: Any]])
}

private func edits(_ list: Any?) throws -> [ObjectEdit] {
    let bytes = try JSONSerialization.data(withJSONObject: #require(list))
    let document = try DecodedDocument(Array(bytes), file: "recorded")
    try #require(document.diagnostics.isEmpty, "\(document.diagnostics)")
    return document.edits.compactMap { edit in
        guard case .put(let object) = edit else { return nil }
        return .put(object)
    }
}

extension [ObjectEdit] {
    fileprivate var slices: [EndpointSlice] {
        compactMap { edit in
            guard case .put(.endpointSlice(let slice)) = edit else { return nil }
            return slice
        }
    }
}

/// How often each is there.
private func counted(_ slices: [EndpointSlice]) -> [EndpointSlice: Int] {
    Dictionary(slices.map { ($0, 1) }, uniquingKeysWith: +)
}

extension EndpointSlice {
    /// Without what is another one each time.
    fileprivate var unnamed: EndpointSlice {
        var slice = self
        slice.metadata.name.name = ""
        slice.owner = nil
        let annotation = "endpoints.kubernetes.io/last-change-trigger-time"
        let ofTheInput = "2026-01-01T00:00:00Z"
        if slice.metadata.annotations[annotation] != ofTheInput { slice.metadata.annotations[annotation] = nil }
        slice.endpoints.sort { ($0.address, $0.podName) < ($1.address, $1.podName) }
        for zone in Set(endpoints.map(\.details?.zone)) {
            let places = slice.endpoints.indices.filter { slice.endpoints[$0].details?.zone == zone }
            let hints = places.map { slice.endpoints[$0].zoneHints }.sorted { $0.lexicographicallyPrecedes($1) }
            for (place, hint) in zip(places, hints) { slice.endpoints[place].details?.zoneHints = hint }
        }
        return slice
    }
}
