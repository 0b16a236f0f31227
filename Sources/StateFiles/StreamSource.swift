import ClusterModel
import ClusterState
import Glibc
import SystemPackage

/// A stream of objects or watch events.
///
/// A named pipe is opened again when its writer has closed it, for the next writer. Anything else ends with its writer.
struct StreamSource: StateSource {
    /// How long after a pipe could not be opened that is tried again.
    static let retryPeriod = Duration.seconds(1)

    let name: String
    private var state: StreamState
    private(set) var descriptor: FileDescriptor?
    private(set) var pollDue: SettleTimer.Instant?
    /// Whether it is closed in the end.
    private let isOwned: Bool
    private let isNamedPipe: Bool
    private var reported = ReportedDiagnostics<String>()
    private var diagnostics: [Diagnostic] = []

    /// The stream that a descriptor reads, which is not closed here.
    init(_ descriptor: FileDescriptor, name: String) {
        self.descriptor = descriptor
        self.name = name
        isOwned = false
        isNamedPipe = false
        state = StreamState(name: name)
    }

    /// A pipe or a device.
    init(path: String) throws(StateError) {
        name = path
        state = StreamState(name: path)
        isOwned = true
        do {
            let opened = try openStream(path)
            descriptor = opened
            isNamedPipe = Self.isNamedPipe(opened)
        } catch {
            throw StateError(path: path, operation: "open", reason: "\(error)")
        }
    }

    /// Whether another writer can open it: a pipe without a name has none once its writers are gone.
    private static func isNamedPipe(_ descriptor: FileDescriptor) -> Bool {
        do {
            guard try FileStatus(of: descriptor).kind == .pipe else { return false }
        } catch {
            return false
        }
        var target = [CChar](repeating: 0, count: 6)
        let count = readlink("/proc/self/fd/\(descriptor.rawValue)", &target, target.count - 1)
        return count > 0 && target.prefix(5).map { UInt8(bitPattern: $0) } != Array("pipe:".utf8)
    }

    var isEnded: Bool { descriptor == nil && pollDue == nil }
    var isIncomplete: Bool { state.isIncomplete }
    var completeKinds: Set<ObjectKind> { state.completeKinds }
    var unknown: UnknownState { state.unknown }

    mutating func receive(
        _ now: SettleTimer.Instant, _ ledger: inout StateLedger
    ) throws(StateError) -> SourceNews {
        guard let stream = descriptor else { return .none }
        let bytes: [UInt8]
        do {
            bytes = try readSome(stream)
        } catch .wouldBlock {
            return .none
        } catch {
            throw StateError(path: name, operation: "read", reason: "\(error)")
        }
        if !bytes.isEmpty {
            state.append(bytes, .now, &ledger)
            return .change
        }
        state.finish(isLast: !isNamedPipe, .now, &ledger)
        if isNamedPipe {
            state.reopen()
            reopen(now)
        } else {
            close()
        }
        return .end
    }

    /// The new descriptor comes before the old one goes, so that the pipe loses nothing in between.
    private mutating func reopen(_ now: SettleTimer.Instant) {
        let old = descriptor
        descriptor = nil
        pollDue = nil
        do {
            let new = try openStream(name)
            if Self.isNamedPipe(new) {
                descriptor = new
            } else {
                Glibc.close(new.rawValue)
            }
        } catch {
            let problem = Diagnostic(.error, file: name, "cannot open: \(error); what came from it stays in force")
            diagnostics += reported.news([problem], of: name)
        }
        if let old { Glibc.close(old.rawValue) }
        if descriptor == nil {
            pollDue = now.advanced(by: Self.retryPeriod)
        } else {
            _ = reported.news([], of: name)
        }
    }

    mutating func poll(_ now: SettleTimer.Instant) -> SourceNews {
        reopen(now)
        return diagnostics.isEmpty ? .none : .change
    }

    mutating func settle(_ now: SettleTimer.Instant, _ ledger: inout StateLedger) {}

    mutating func takeDiagnostics() -> [Diagnostic] {
        defer { diagnostics = [] }
        return diagnostics + state.takeDiagnostics()
    }

    mutating func close() {
        if isOwned, let descriptor { Glibc.close(descriptor.rawValue) }
        descriptor = nil
        pollDue = nil
    }
}

extension ModificationTime {
    /// The time of day.
    static var now: ModificationTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return ModificationTime(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }
}

/// Opens a pipe or a device, without waiting for a writer.
func openStream(_ path: String) throws(Errno) -> FileDescriptor {
    do {
        return try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
    } catch {
        throw errnoOfSystem(error)
    }
}
