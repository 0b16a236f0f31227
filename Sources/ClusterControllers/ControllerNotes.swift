import ClusterModel

/// Why a Service has no endpoint.
enum Emptiness: Hashable, Sendable {
    case selectsNone
    case hasNoAddress(podCount: Int)
}

/// What is to be said of what was made, in few lines however many Services there are.
struct ControllerNotes: Sendable {
    /// How many Services are named one by one.
    private static let namedMax = 3

    var mode = ClusterControllers.Mode.on
    private var empty: [(service: NamespacedName, reason: Emptiness)] = []
    private var strays = StrayPods()
    private var saysUnscheduled = true
    private var saysLost = true

    mutating func note(_ reason: Emptiness, _ service: NamespacedName) {
        empty.append((service, reason))
    }

    mutating func note(_ strays: StrayPods) {
        if !strays.isEmpty { self.strays.formUnion(strays) }
    }

    /// All that is new since the last call.
    mutating func take() -> [Diagnostic] {
        defer {
            empty = []
            strays = StrayPods()
        }
        return emptyLines + strayLines()
    }

    private var emptyLines: [Diagnostic] {
        if empty.count <= Self.namedMax {
            return empty.map { service, reason in
                Diagnostic(
                    .warning, object: ObjectReference(.service, service).description, "has no endpoints: \(reason)")
            }
        }
        let names = empty.prefix(Self.namedMax).map { "\($0.service) (\($0.reason))" }.joined(separator: ", ")
        let words = "\(empty.count) Services have no endpoints, such as \(names)"
        return [Diagnostic(.warning, words)]
    }

    /// What is true of some Pods, and said once.
    private mutating func strayLines() -> [Diagnostic] {
        var lines: [Diagnostic] = []
        if saysUnscheduled, let (count, first) = strays.unscheduled {
            saysUnscheduled = false
            lines.append(line(count, first, "an address but no `spec.nodeName`"))
        }
        if saysLost, let (count, first) = strays.lost {
            saysLost = false
            lines.append(line(count, first, "an address, and a `spec.nodeName` of a Node that is not in the state"))
        }
        return lines
    }

    private func line(_ count: Int, _ first: NamespacedName, _ fact: String) -> Diagnostic {
        let others = count > 1 ? " (as other Pods have, \(count) in all)" : ""
        let consequence =
            switch mode {
            case .on: "it is an endpoint all the same, which it is not to a cluster's controller"
            case .strict: "it is no endpoint until that changes"
            }
        return Diagnostic(
            .warning, object: ObjectReference(.pod, first).description,
            "has \(fact)\(others): \(consequence); this is not said again of any Pod")
    }
}

extension Emptiness: CustomStringConvertible {
    var description: String {
        switch self {
        case .selectsNone: "its selector matches no Pod"
        case .hasNoAddress(let count):
            count == 1
                ? "the Pod that it selects has no address" : "none of the \(count) Pods that it selects has an address"
        }
    }
}
