import ClusterModel
import ClusterState
import Testing

/// What adds to the state on its way in.
struct StateStageTests {
    /// Gives each Service of the update another in namespace `made`, and says so.
    private struct Doubling: StateStage {
        var seenCount = 0
        var isUnfinished: Bool { seenCount == 0 }

        mutating func complete(_ update: inout StateUpdate) {
            seenCount += update.edits.count
            let made = update.edits.map { edit in
                ObjectEdit.put(.service(service(NamespacedName("made", edit.reference.name.name))))
            }
            update.put(made)
            update.diagnostics.append(Diagnostic(.warning, "made \(made.count)"))
        }
    }

    private static let web = NamespacedName("a", "web")

    @Test("a stage adds to the update, and what it says is told apart from what was said before")
    func adds() {
        var cluster = KnownCluster(stages: [Doubling()])
        #expect(cluster.isUnfinished)
        let (change, diagnostics) = cluster.take(
            StateUpdate(
                edits: [.put(.service(service(Self.web)))], diagnostics: [Diagnostic(.error, "said before")],
                unknown: .anything))
        #expect(change.services == [Self.web, NamespacedName("made", "web")])
        #expect(diagnostics == [Diagnostic(.warning, "made 1")])
        #expect(cluster.unknown == .anything)
        #expect(!cluster.isUnfinished)
    }

    @Test("a stage sees what the one before it has added, and remembers")
    func followOneAnother() {
        var cluster = KnownCluster(stages: [Doubling(), Doubling()])
        let update = StateUpdate(edits: [.put(.service(service(Self.web)))])
        #expect(cluster.take(update).diagnostics == [Diagnostic(.warning, "made 1"), Diagnostic(.warning, "made 2")])
        #expect(cluster.take(StateUpdate()).diagnostics.count == 2, "an empty update goes through them too")
    }

    @Test("what is put into an update has the last word on its objects, and all stay sorted")
    func put() {
        let (a, b, c) = (NamespacedName("a", "a"), NamespacedName("a", "b"), NamespacedName("a", "c"))
        var update = StateUpdate(edits: [.put(.service(service(a))), .put(.service(service(c)))])
        update.put([.put(.service(service(b))), .delete(ObjectReference(.service, c))])
        #expect(
            update.edits == [
                .put(.service(service(a))), .put(.service(service(b))), .delete(ObjectReference(.service, c)),
            ])
    }
}

private func service(_ name: NamespacedName) -> ClusterModel.Service {
    Service(metadata: ObjectMetadata(name: name))
}
