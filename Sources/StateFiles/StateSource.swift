import SystemPackage

/// Where state comes from, as the thread of a ``StateWatcher`` sees it: a directory, or a stream.
protocol StateSource: Sendable {
    /// Readable when something has happened; nil if nothing more can.
    var descriptor: FileDescriptor? { get }
    /// When ``settle()`` is to be called; nil if there is nothing to be taken in.
    var due: SettleTimer.Instant? { get }
    /// Something has happened.
    mutating func receive(_ now: SettleTimer.Instant) throws(StateError)
    /// Takes in all that has happened.
    mutating func settle() throws(StateError)
    /// What changed since the last call; nil if nothing did and there is nothing to say.
    mutating func takeUpdate() -> StateUpdate?
}

/// A stream of objects or watch events.
struct StreamSource: StateSource {
    /// The initial list is taken to be there when the stream has been quiet for this long.
    static let initialQuiet = Duration.milliseconds(200)
    /// A cluster in which so much happens that the stream is never quiet has sent its list after this long.
    static let initialLongest = Duration.seconds(30)

    private let name: String
    private let timerWhenRunning: SettleTimer
    private var timer = SettleTimer(quiet: initialQuiet, longest: initialLongest)
    private var state: StreamState
    private var isRunning = false
    private var isFirst = true
    private(set) var descriptor: FileDescriptor?

    /// The stream that this descriptor reads. It is not closed here.
    init(_ descriptor: FileDescriptor, name: String, settle: Duration) {
        self.descriptor = descriptor
        self.name = name
        timerWhenRunning = SettleTimer(settle: settle)
        state = StreamState(name: name)
    }

    var due: SettleTimer.Instant? { timer.due }

    mutating func receive(_ now: SettleTimer.Instant) throws(StateError) {
        guard let stream = descriptor else { return }
        let bytes: [UInt8]
        do {
            bytes = try readSome(stream)
        } catch Errno.wouldBlock {
            return
        } catch {
            throw StateError(path: name, operation: "read", errno: error)
        }
        if bytes.isEmpty {
            descriptor = nil
            state.finish()
            timer.expire(now)
        } else {
            state.append(bytes)
            if state.hasBegun { timer.note(now) }
            if !isRunning && state.hasInitialList { timer.expire(now) }
        }
    }

    mutating func settle() {
        isRunning = true
        timer = timerWhenRunning
    }

    mutating func takeUpdate() -> StateUpdate? {
        // An empty list is a list; a stream that ends before anything came is none.
        guard isRunning && state.hasBegun else { return nil }
        let update = state.takeUpdate()
        defer { isFirst = false }
        return isFirst ? update ?? StateUpdate() : update
    }
}
