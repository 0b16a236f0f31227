import ClusterModel
import Foundation
import Logging
import ProxyConfiguration

/// Makes one line of each message, whatever is in it.
struct LineLogHandler: LogHandler {
    let label: String
    let format: LogFormat
    let writer: LogWriter
    var logLevel = Logger.Level.info
    var metadata = Logger.Metadata()

    /// For ``LogWriter``.
    static func lossLine(_ label: String, _ format: LogFormat, _ count: Int) -> String {
        format.line(.now, .warning, label, "\(count) lines of the log were not written", [:])
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        writer.write(format.line(.now, event.level, label, "\(event.message)", all.mapValues { "\($0)" }))
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}

extension LogFormat {
    /// A longer message is cut, in bytes.
    private static let lengthMax = 16 << 10

    /// One line, without its end.
    func line(
        _ time: Date, _ level: Logger.Level, _ label: String, _ message: String, _ metadata: [String: String]
    ) -> String {
        let message = message.shortened(to: Self.lengthMax).printable
        let metadata = metadata.mapValues(\.printable)
        switch self {
        case .text:
            let stamp = time.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            let details = metadata.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            return "\(stamp) \(level) \(label): \(message)\(details)"
        case .json:
            let keys = JSONLine(
                ts: (time.timeIntervalSince1970 * 1000).rounded(), level: level.rawValue, logger: label, msg: message,
                details: metadata.isEmpty ? nil : metadata)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            do {
                return String(decoding: try encoder.encode(keys), as: UTF8.self)
            } catch {
                return LogFormat.text.line(time, level, label, "\(message) (not JSON: \(error))", metadata)
            }
        }
    }
}

/// A line of the log, with the keys that the components of Kubernetes use: `ts` is in milliseconds since 1970.
private struct JSONLine: Encodable {
    let ts: Double
    let level: String
    let logger: String
    let msg: String
    let details: [String: String]?
}
