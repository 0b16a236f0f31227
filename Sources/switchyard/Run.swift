import ArgumentParser
import ClusterModel
import Logging
import NetfilterKernel
import ProxyDaemon
import ServiceLifecycle
import StateFiles
import UnixSignals

/// `switchyard run`: the daemon.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow the state, and keep the kernel's rules in step with it.",
        discussion: "On SIGTERM or SIGINT it ends and leaves the rules in place, as kube-proxy does.")

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    @Option(help: "How long to wait for further changes before a sync, such as 500ms or 1s; 0 is at once.")
    var minSyncPeriod = GoDuration(.zero)

    @Option(help: "How long after a failed sync it is tried again, if nothing changes before, such as 30s.")
    var syncPeriod = GoDuration(.seconds(30))

    @Flag(help: "Print the rules once and touch nothing: the same as render.")
    var dryRun = false

    func validate() throws {
        guard syncPeriod.duration > .zero else { throw ValidationError("--sync-period: must be greater than 0") }
        guard minSyncPeriod.duration <= syncPeriod.duration else {
            throw ValidationError("--min-sync-period: must not be greater than --sync-period")
        }
    }

    func run() async throws {
        var settings = proxy.settings
        if dryRun {
            if try renderOnce(state.path, settings, formats: proxy.proxyMode.formats) { throw ExitCode.failure }
            return
        }
        let logger = Logger(label: "switchyard") { StreamLogHandler.standardError(label: $0) }
        for warning in try prepareNode(proxy.proxyMode, &settings) { logger.warning("\(warning)") }
        let watcher = try StateWatcher(path: state.path, settle: minSyncPeriod.duration)
        let service = ProxyService(
            settings, mode: proxy.proxyMode, watcher: watcher, logger: logger, retryPeriod: syncPeriod.duration,
            openKernel: { try NetfilterSocket() })
        let group = ServiceGroup(
            services: [service], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }
}
