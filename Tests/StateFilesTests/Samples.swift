import ClusterModel
import NetworkValues

@testable import ClusterState
@testable import StateFiles

/// A Service as JSON.
func serviceText(_ name: String, port: Int = 80) -> String {
    #"{"kind":"Service","apiVersion":"v1","metadata":{"name":"\#(name)"},"spec":{"ports":[{"port":\#(port)}]}}"#
}

/// What ``serviceText(_:port:)`` says.
func serviceEdit(_ name: String, port: UInt16 = 80) -> ObjectEdit {
    .put(
        .service(
            Service(metadata: ObjectMetadata(name: NamespacedName("default", name)), ports: [.init(port: port)])))
}

func serviceReference(_ name: String) -> ObjectReference {
    ObjectReference(.service, NamespacedName("default", name))
}

func serviceDeletion(_ name: String) -> ObjectEdit { .delete(serviceReference(name)) }

/// A watch event as JSON.
func eventText(_ type: String, _ object: String) -> String { #"{"type":"\#(type)","object":\#(object)}"# }

/// The bookmark after the initial list of a kind.
func bookmarkText(_ kind: String) -> String {
    eventText(
        "BOOKMARK", #"{"kind":"\#(kind)","metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}"#)
}

extension StateUpdate {
    /// The diagnostics as they are printed.
    var words: [String] { diagnostics.map(\.description) }
}

/// Puts together what a ``StateWatcher`` would say.
struct UpdateRecorder {
    var ledger = StateLedger()
    private var lastUnknown = UnknownState.nothing

    /// What changed since the last call; nil if nothing did and there is nothing to say.
    mutating func update(_ diagnostics: [Diagnostic], unknown: UnknownState) -> StateUpdate? {
        let (edits, conflicts) = ledger.takeChanges()
        let update = StateUpdate(
            edits: edits, diagnostics: diagnostics + conflicts, unknown: unknown.union(ledger.unknown))
        defer { lastUnknown = update.unknown }
        return update == StateUpdate(unknown: lastUnknown) ? nil : update
    }
}

/// A slice without endpoints as JSON.
func sliceText(_ name: String, of service: String) -> String {
    #"{"kind":"EndpointSlice","apiVersion":"discovery.k8s.io/v1","metadata":{"name":"\#(name)","labels":"#
        + #"{"kubernetes.io/service-name":"\#(service)"}},"addressType":"IPv4","endpoints":[]}"#
}

/// A complete list of Services as JSON, or a page of one.
func serviceList(_ names: String..., next: String = "") -> String {
    let items = names.map { serviceText($0) }.joined(separator: ",")
    return #"{"kind":"ServiceList","apiVersion":"v1","metadata":{"continue":"\#(next)"},"items":[\#(items)]}"#
}
