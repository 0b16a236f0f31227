import ArgumentParser
import ClusterModel
import Logging
import ProxyDaemon

/// When `run` syncs. kube-proxy's names are for both modes there too.
struct SyncPeriods: ParsableArguments {
    @Option(
        name: [.customLong("iptables-min-sync-period"), .customLong("min-sync-period")], parsing: .unconditional,
        help: ArgumentHelp(
            "How long run waits for further changes before a sync, in either mode, such as 500ms or 1s; 0 is at once.",
            valueName: "duration"))
    var minSyncPeriod = GoDuration(.zero)

    @Option(
        name: [.customLong("iptables-sync-period"), .customLong("sync-period")], parsing: .unconditional,
        help: ArgumentHelp(
            "How long after a failed sync run tries again, in either mode, if nothing changes before, such as 30s.",
            valueName: "duration"))
    var syncPeriod = GoDuration(.seconds(30))

    func validate() throws {
        guard syncPeriod.duration > .zero else {
            throw ValidationError("--iptables-sync-period: must be greater than 0, not \(syncPeriod)")
        }
        guard minSyncPeriod.duration >= .zero else {
            throw ValidationError("--iptables-min-sync-period: must not be less than 0, as \(minSyncPeriod) is")
        }
        guard minSyncPeriod.duration <= syncPeriod.duration else {
            throw ValidationError("--iptables-min-sync-period: must not be greater than --iptables-sync-period")
        }
    }
}

/// How the log of `run` looks like.
enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
}

/// What `run` logs.
struct LogOptions: ParsableArguments {
    @Option(
        name: [.customShort("v"), .customLong("v")],
        help: ArgumentHelp("How much run logs: 4 and 5 say more than 0 to 3.", valueName: "level"))
    var verbosity: UInt32 = 0

    @Option(help: ArgumentHelp("How run logs: text, or one JSON object a line.", valueName: "format"))
    var loggingFormat = LogFormat.text

    /// klog's verbosity has no names; what Kubernetes logs for debugging is at 4, and what is finer at 5 and above.
    var level: Logger.Level {
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
