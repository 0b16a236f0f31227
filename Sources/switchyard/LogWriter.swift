import Dispatch
import Foundation
import Glibc
import Synchronization
import SystemPackage

/// Writes the log on a thread of its own, so that nobody waits for whoever reads it, or does not.
///
/// What does not fit into the memory set aside for it is counted, and so is what could not be written; a line of the log
/// gives the number as soon as one can be written.
final class LogWriter: Sendable {
    private struct State {
        var lines: [[UInt8]] = []
        /// Of all lines that are not yet written, in bytes.
        var size = 0
        var lostCount = 0
        var isWriting = false
        /// Whether somebody waits for the last line.
        var isEnding = false
    }

    private let descriptor: FileDescriptor
    private let sizeMax: Int
    private let lossLine: @Sendable (Int) -> String
    private let state = Mutex(State())
    private let hasLines = DispatchSemaphore(value: 0)
    private let hasEnded = DispatchSemaphore(value: 0)

    /// Starts the thread, which lives as long as the process.
    ///
    /// - Parameters:
    ///   - descriptor: Where the log goes; it stays open.
    ///   - sizeMax: How many bytes may wait to be written.
    ///   - lossLine: The line that says how many lines were not written.
    init(to descriptor: FileDescriptor, sizeMax: Int = 1 << 20, lossLine: @escaping @Sendable (Int) -> String) {
        self.descriptor = descriptor
        self.sizeMax = sizeMax
        self.lossLine = lossLine
        Thread.detachNewThread { [self] in
            while true {
                hasLines.wait()
                writeLines()
            }
        }
    }

    // MARK: For everybody

    /// Takes a line, without its end, and returns at once.
    func write(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        let isFirst = state.withLock { state in
            if state.size + bytes.count > sizeMax {
                state.lostCount += 1
                return false
            }
            state.lines.append(bytes)
            state.size += bytes.count
            return state.lines.count == 1
        }
        if isFirst { hasLines.signal() }
    }

    /// Waits until all is written, or for so long.
    func end(within limit: DispatchTimeInterval) {
        let isBusy = state.withLock { state in
            state.isEnding = state.isWriting || !state.lines.isEmpty
            return state.isEnding
        }
        if isBusy { _ = hasEnded.wait(timeout: .now() + limit) }
    }

    // MARK: The thread

    private func writeLines() {
        while true {
            let (lines, lostCount) = state.withLock { state in
                defer { state.lines = [] }
                state.isWriting = true
                return (state.lines, state.lostCount)
            }
            for line in lines {
                let isWritten = put(line)
                state.withLock { state in
                    state.size -= line.count
                    if !isWritten { state.lostCount += 1 }
                }
            }
            if !lines.isEmpty { continue }
            guard lostCount > 0, put(Array((lossLine(lostCount) + "\n").utf8)) else { break }
            state.withLock { $0.lostCount -= lostCount }
        }
        state.withLock { state in
            // Lines that came at the last moment have woken the thread anew.
            state.isWriting = !state.lines.isEmpty
            if state.isEnding, !state.isWriting { hasEnded.signal() }
        }
    }

    /// - Returns: whether all of it is written.
    private func put(_ line: [UInt8]) -> Bool {
        var rest = line[...]
        while !rest.isEmpty {
            do {
                rest = rest.dropFirst(try rest.withUnsafeBytes { try descriptor.write($0) })
            } catch Errno.wouldBlock {
                var polled = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&polled, 1, -1)
            } catch {
                return false
            }
        }
        return true
    }
}
