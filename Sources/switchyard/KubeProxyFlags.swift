import ArgumentParser

/// What becomes of a flag of kube-proxy whose spelling the argument parser does not take as it is.
enum KubeProxyFlag: Equatable {
    /// It is an option here too, and its value may be left out: `--flag` is `--flag=true`.
    case boolean
    /// It has no effect here. A value follows it, or is joined to it.
    case ignoredValue
    /// It has no effect here, and its value may be left out.
    case ignoredBoolean
    /// Without it, something else would be done than was asked for.
    case refused(String)
    /// The same for a boolean, which does no harm if it is false.
    case refusedIfTrue(String)

    /// kube-proxy 1.36's flags, but for those with a value that are options here and for those of Windows.
    static let all: [String: KubeProxyFlag] = {
        var flags: [String: KubeProxyFlag] = [
            "config": .refused("a configuration file is not read; give what it says as flags"),
            "write-config-to": .refused("there is no configuration file to write"),
            "cleanup": .refusedIfTrue("use the command switchyard cleanup"),
            "init-only": .refusedIfTrue("rules and switches of the kernel are set together"),
        ]
        for name in booleans { flags[name] = .boolean }
        for name in ignoredBooleans { flags[name] = .ignoredBoolean }
        for name in ignoredValues { flags[name] = .ignoredValue }
        return flags
    }()

    private static let booleans = [
        "masquerade-all", "iptables-localhost-nodeports", "conntrack-tcp-be-liberal", "dry-run",
    ]

    private static let ignoredBooleans = [
        "bind-address-hard-fail", "ipvs-strict-arp", "log-json-split-stream", "log-text-split-stream", "profiling",
    ]

    private static let ignoredValues = [
        "bind-address", "config-sync-period", "conntrack-max-per-core", "conntrack-min",
        "conntrack-tcp-timeout-close-wait", "conntrack-tcp-timeout-established", "conntrack-udp-timeout",
        "conntrack-udp-timeout-stream", "feature-gates", "healthz-bind-address", "healthz-port", "ipvs-exclude-cidrs",
        "ipvs-min-sync-period", "ipvs-scheduler", "ipvs-sync-period", "ipvs-tcp-timeout", "ipvs-tcpfin-timeout",
        "ipvs-udp-timeout", "kube-api-burst", "kube-api-content-type", "kube-api-qps", "kubeconfig",
        "log-flush-frequency", "log-json-info-buffer-size", "log-text-info-buffer-size", "master",
        "metrics-bind-address", "metrics-port", "oom-score-adj", "show-hidden-metrics-for-version", "vmodule",
    ]
}

/// A boolean as Go's `strconv.ParseBool` reads it.
struct GoBoolean: ExpressibleByArgument, CustomStringConvertible {
    let value: Bool

    init(_ value: Bool) {
        self.value = value
    }

    /// `1`, `t`, `T`, `true`, `True`, `TRUE`, and the same for false; nothing else.
    init?(argument: String) {
        switch argument {
        case "1", "t", "T", "true", "True", "TRUE": value = true
        case "0", "f", "F", "false", "False", "FALSE": value = false
        default: return nil
        }
    }

    var description: String { value ? "true" : "false" }
}
