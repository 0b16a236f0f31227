import ClusterModel
import NetworkValues
import StateFiles

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
