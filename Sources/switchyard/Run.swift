import ArgumentParser
import ClusterModel
import ClusterState
import Discovery
import Dispatch
import Logging
import NetfilterKernel
import ProxyConfiguration
import ProxyDaemon
import ServiceLifecycle
import StateFiles
import SystemPackage
import UnixSignals
import ZoneFiles

/// `switchyard run`: the daemon.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow the state, and keep the kernel's rules in step with it.",
        discussion: """
            On SIGTERM or SIGINT it ends and leaves the rules in place, as kube-proxy does.

            A boolean is --flag, --flag=true or --flag=false. Flags of kube-proxy that are not below, such as --kubeconfig, \
            are taken with a warning and have no effect; README.md names them.
            """)

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    @OptionGroup var dns: DNSOptions

    @Option(
        name: .customLong("dns-zones"),
        help: ArgumentHelp(
            "Keeps zone files for a DNS server in this directory in step with the rules: docs/discovery.md.",
            valueName: "directory"))
    var zones: String?

    @Option(help: ArgumentHelp("Print the rules once and touch nothing: the same as render.", valueName: "bool"))
    var dryRun = GoBoolean(false)

    func run() async throws {
        if dryRun.value { return try renderOnce(state, proxy) }
        let configuration = try proxy.configuration()
        let format = configuration.daemon.logFormat
        let level = configuration.daemon.logLevel
        let writer = LogWriter(to: .standardError) { LineLogHandler.lossLine("switchyard", format, $0) }
        defer { writer.end(within: .seconds(1)) }
        let logger = Logger(label: "switchyard") {
            LineLogHandler(label: $0, format: format, writer: writer, logLevel: level)
        }
        do {
            try await follow(configuration, logger)
        } catch {
            // Not by whoever prints errors of commands, since that waits for a reader.
            logger.error("\(error)")
            throw ExitCode.failure
        }
    }

    private func follow(_ configuration: Configuration, _ logger: Logger) async throws {
        var configuration = configuration
        let warnings = try proxy.foreign.diagnostics + configuration.warnings + prepareNode(&configuration)
        for warning in warnings { logger.warning("\(warning)") }
        let lock = try await InstanceLock.take(waitingUpTo: .seconds(5), logger)
        defer { lock?.release() }
        let watcher = try StateWatcher(paths: state.paths, settle: .zero) { logger.warning("\($0)") }
        let cluster = try makeCluster(state, proxy.ranges, changesFiles: true)
        let keeper = try zones.map { try keepZones(in: $0, dns.settings, logger) }
        defer { keeper?.finish() }
        let daemon = Daemon(
            configuration, cluster: cluster, feed: watcher, follower: keeper, logger: logger,
            openKernel: { try NetfilterSocket() })
        let group = ServiceGroup(
            services: [daemon], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }
}

/// Starts to write zones.
private func keepZones(in path: String, _ settings: DiscoverySettings, _ logger: Logger) throws -> ZoneKeeper {
    ZoneKeeper(try ZoneWriter(ZoneDirectory(path), settings)) { event in
        switch event {
        case .said(let diagnostic):
            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        case .wrote(let report, let microseconds): logger.info("\(report), in \(microseconds) us")
        case .failed(let error): logger.error("\(error)")
        }
    }
}
