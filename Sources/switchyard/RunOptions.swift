import ArgumentParser
import ClusterModel
import Logging
package import ProxyConfiguration

/// When `run` syncs. kube-proxy's names are for both modes there too.
struct SyncPeriods: ParsableArguments {
    @Option(
        name: [.customLong("iptables-min-sync-period"), .customLong("min-sync-period")], parsing: .unconditional,
        help: help(
            "How long run waits for further changes before a sync, in either mode, such as 500ms or 1s; 0 is at once.",
            \.minSyncPeriod, "duration"))
    var minSyncPeriod: GoDuration?

    @Option(
        name: [.customLong("iptables-sync-period"), .customLong("sync-period")], parsing: .unconditional,
        help: help(
            "How long after a failed sync run tries again, in either mode, if nothing changes before, such as 30s.",
            \.syncPeriod, "duration"))
    var syncPeriod: GoDuration?
}

extension GoDuration: ExpressibleByArgument {
    /// As ``init(_:)``.
    package init?(argument: String) { self.init(argument) }
}

extension LogFormat: ExpressibleByArgument {}

/// What `run` logs.
struct LogOptions: ParsableArguments {
    @Option(
        name: [.customShort("v"), .customLong("v")],
        help: help("How much run logs: 4 and 5 say more than 0 to 3.", \.verbosity, "level"))
    var verbosity: UInt32?

    @Option(help: help("How run logs: text, or one JSON object a line.", \.logFormat, "format"))
    var loggingFormat: LogFormat?
}

extension DaemonSettings {
    /// klog's verbosity has no names; what Kubernetes logs for debugging is at 4, and what is finer at 5 and above.
    var logLevel: Logger.Level {
        switch verbosity {
        case ...3: .info
        case 4: .debug
        default: .trace
        }
    }
}

/// Flags of kube-proxy that were given and have no effect; ``NormalizedArguments`` puts them here.
struct IgnoredFlags: ParsableArguments {
    @Option(name: .customLong("ignored-flag"), help: .hidden)
    var names: [String] = []

    /// One warning for all of them.
    var diagnostics: [Diagnostic] {
        if names.isEmpty { return [] }
        let flags = names.map { "--\($0)" }.joined(separator: ", ")
        return [Diagnostic(.warning, "these flags of kube-proxy have no effect here: \(flags)")]
    }
}
