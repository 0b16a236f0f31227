package import ClusterModel
package import NetworkValues
package import ProxyPlanning
package import RuleCompilers

/// The configuration as it holds, every value of it valid: what each part of the proxy needs to know, in the terms of that part.
package struct Configuration: Hashable, Sendable {
    /// The kind of rules.
    package var mode: ProxyMode
    /// What is to be done.
    package var proxy: ProxySettings
    /// How rules do it.
    package var rules: RuleSettings
    /// Whether the kernel is to be told to let TCP packets outside the window pass connection tracking.
    package var setsTCPLiberal: Bool
    /// When the daemon does it.
    package var daemon: DaemonSettings
    /// What may not be meant.
    package var warnings: [Diagnostic]
}

/// What only the daemon needs to know.
package struct DaemonSettings: Hashable, Sendable {
    /// How long after a failed sync it is tried again at the latest; more than 0.
    package var retryPeriod: Duration
    /// How long after a sync the next change of the state is held back; at least 0, and at most ``retryPeriod``.
    package var minSyncPeriod: Duration
    /// How much is logged, in klog's levels.
    package var verbosity: UInt32
    /// What a line of the log looks like.
    package var logFormat: LogFormat

    package init(
        retryPeriod: Duration = .seconds(30), minSyncPeriod: Duration = .zero, verbosity: UInt32 = 0,
        logFormat: LogFormat = .text
    ) {
        self.retryPeriod = retryPeriod
        self.minSyncPeriod = minSyncPeriod
        self.verbosity = verbosity
        self.logFormat = logFormat
    }
}

/// What a line of the log looks like.
package enum LogFormat: String, Hashable, Sendable, CaseIterable {
    /// Words.
    case text
    /// An object with the keys of the components of Kubernetes.
    case json
}

/// The value of `--conntrack-cleanup`: whose flows to endpoints that are gone are ended.
package enum ConntrackCleanup: String, Hashable, Sendable, CaseIterable {
    /// Those of UDP, which has no end.
    case udp
    /// Those of all protocols.
    case all

    var protocols: Set<TransportProtocol> { self == .udp ? [.udp] : Set(TransportProtocol.allCases) }
}

/// What the configuration depends on and nobody decides: how the machine is.
package struct MachineFacts: Hashable, Sendable {
    /// The host name.
    package var hostName: String
    /// The address families that are not switched off.
    package var families: Set<IPFamily>
    /// Whether connection tracking lets TCP packets outside the window pass, whoever said so.
    package var isTCPLiberal: Bool
    /// Whether rules of iptables mode can count packets in accounting objects.
    package var offersAccounting: Bool

    package init(
        hostName: String, families: Set<IPFamily> = Set(IPFamily.allCases), isTCPLiberal: Bool = false,
        offersAccounting: Bool = false
    ) {
        self.hostName = hostName
        self.families = families
        self.isTCPLiberal = isTCPLiberal
        self.offersAccounting = offersAccounting
    }
}
