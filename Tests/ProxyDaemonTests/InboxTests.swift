import ClusterModel
import ClusterState
import Testing
@testable import ProxyDaemon

@Suite struct InboxTests {
    private let later = SyncDriver.Instant.now.advanced(by: .seconds(60))

    private func update(_ names: String..., diagnostic: String? = nil) -> StateUpdate {
        StateUpdate(
            edits: names.map { .delete(ObjectReference(.service, NamespacedName("ns", $0))) },
            diagnostics: diagnostic.map { [Diagnostic(.warning, $0)] } ?? [])
    }

    private func take(_ inbox: Inbox) -> StateUpdate? {
        guard case .update(let update) = inbox.next(tickDue: later, updateDue: nil) else { return nil }
        return update
    }

    @Test func whatComesMeanwhileIsOneUpdate() {
        let inbox = Inbox()
        inbox.put(update("a", "c", diagnostic: "one"))
        inbox.put(update("b", "c", diagnostic: "two"))
        #expect(
            take(inbox)
                == StateUpdate(
                    edits: update("a", "b", "c").edits,
                    diagnostics: [Diagnostic(.warning, "one"), Diagnostic(.warning, "two")]))
    }

    @Test func theNewerEditOfAnObjectCounts() {
        let inbox = Inbox()
        let service = Service(metadata: ObjectMetadata(name: NamespacedName("ns", "a")))
        inbox.put(update("a"))
        inbox.put(StateUpdate(edits: [.put(.service(service))]))
        #expect(take(inbox) == StateUpdate(edits: [.put(.service(service))]))
    }

    @Test func anUpdateThatIsHeldBackDoesNotHoldUpTicksOrTheEnd() {
        let inbox = Inbox()
        inbox.put(update("a"))
        guard case .tick = inbox.next(tickDue: .now, updateDue: later) else {
            Issue.record("no tick")
            return
        }
        inbox.stop()
        guard case .stopped = inbox.next(tickDue: later, updateDue: later) else {
            Issue.record("it goes on")
            return
        }
    }

    @Test func whatCameBeforeTheEndIsHandedOut() {
        struct End: Error {}
        let inbox = Inbox()
        inbox.put(update("a"))
        inbox.end(End())
        #expect(take(inbox) == update("a"))
        guard case .ended = inbox.next(tickDue: later, updateDue: nil) else {
            Issue.record("no end")
            return
        }
    }
}
