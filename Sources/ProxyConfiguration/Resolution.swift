import ClusterModel
import NetworkValues
import ProxyPlanning
import RuleCompilers

/// A setting has a value that cannot be used.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    /// What the user calls the setting, where the value was given.
    package let name: String
    /// What is wrong with the value.
    package let reason: String

    /// `--cluster-cidr: must be ...`.
    package var description: String { "\(name): \(reason)" }
}

/// All settings that have a value that cannot be used.
package struct InvalidConfiguration: Error, Hashable, CustomStringConvertible {
    /// At least one.
    package let problems: [ConfigurationProblem]

    /// A line each.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension Configuration {
    /// What holds after all layers have had their say.
    ///
    /// - Parameters:
    ///   - layers: Each has the last word over those before it, and the first over the defaults.
    ///   - machine: How the machine is.
    /// - Throws: what is wrong with all of them together.
    package static func resolve(
        _ layers: [ConfigurationLayer], on machine: MachineFacts
    ) throws(InvalidConfiguration) -> Configuration {
        var resolution = Resolution([.defaults] + layers)
        let configuration = resolution.configuration(on: machine)
        if !resolution.problems.isEmpty { throw InvalidConfiguration(problems: resolution.problems) }
        return configuration
    }

    /// The kind of rules that the layers ask for; what is to be known of the machine depends on it.
    package static func mode(of layers: [ConfigurationLayer]) -> ProxyMode {
        Resolution([.defaults] + layers).value(\.proxyMode)
    }
}

/// Layers on their way to a configuration.
private struct Resolution {
    private let layers: [ConfigurationLayer]
    private(set) var problems: [ConfigurationProblem] = []

    /// - Parameter layers: The first has all settings that must have a value.
    init(_ layers: [ConfigurationLayer]) { self.layers = layers }

    /// What the last layer says that says anything.
    func optional<Value>(_ setting: KeyPath<ConfigurationLayer, Value?>) -> Value? {
        layers.last { $0[keyPath: setting] != nil }?[keyPath: setting]
    }

    func value<Value>(_ setting: KeyPath<ConfigurationLayer, Value?>) -> Value {
        guard let value = optional(setting) else { preconditionFailure("\(setting) has no default") }
        return value
    }

    /// What the user calls a setting where it was said.
    private func name<Value>(_ setting: Setting, _ path: KeyPath<ConfigurationLayer, Value?>) -> String {
        (layers.last { $0[keyPath: path] != nil } ?? .defaults).origin.name(of: setting)
    }

    private mutating func refuse<Value>(
        _ setting: Setting, _ path: KeyPath<ConfigurationLayer, Value?>, _ reason: String
    ) {
        problems.append(ConfigurationProblem(name: name(setting, path), reason: reason))
    }

    mutating func configuration(on machine: MachineFacts) -> Configuration {
        let mode = value(\.proxyMode)
        let proxy = proxySettings(mode, machine)
        let rules = ruleSettings(mode, machine)
        return Configuration(
            mode: mode, proxy: proxy, rules: rules, setsTCPLiberal: value(\.tcpBeLiberal), daemon: daemonSettings(),
            warnings: Self.warnings(proxy))
    }

    // MARK: Planning

    private mutating func proxySettings(_ mode: ProxyMode, _ machine: MachineFacts) -> ProxySettings {
        var settings = ProxySettings(nodeName: nodeName(machine), families: machine.families)
        settings.detectLocalMode = value(\.detectLocalMode)
        switch settings.detectLocalMode {
        case .clusterCIDR: settings.clusterCIDRs = clusterCIDRs()
        case .nodeCIDR: break
        case .bridgeInterface:
            settings.bridgeInterface = interfaceName(.podBridgeInterface, \.podBridgeInterface, lengthMax: 15)
        case .interfaceNamePrefix:
            settings.interfaceNamePrefix = interfaceName(
                .podInterfaceNamePrefix, \.podInterfaceNamePrefix, lengthMax: 14)
        }
        settings.masqueradeAll = value(\.masqueradeAll)
        settings.nodePortDefault = mode == .nftables ? .primary : .all
        if let list = NodePortAddressList(value(\.nodePortAddresses)) {
            settings.nodePortAddresses = list.blocks
            if list.isPrimary { settings.nodePortDefault = .primary }
        } else {
            refuse(
                .nodePortAddresses, \.nodePortAddresses, "must be blocks such as 192.0.2.0/24, or primary alone")
        }
        settings.localhostNodePorts = value(\.localhostNodePorts)
        settings.endedFlows = value(\.conntrackCleanup).protocols
        settings.serviceClusterIPRanges = optional(\.serviceClusterIPRange)?.prefixes ?? []
        settings.serviceNodePortRange = optional(\.serviceNodePortRange)?.ports
        return settings
    }

    /// As kube-proxy takes it: without white space around it, in lower case.
    private mutating func nodeName(_ machine: MachineFacts) -> String {
        let override = value(\.hostnameOverride)
        let name = override.isEmpty ? machine.hostName : override
        guard let end = name.lastIndex(where: { !$0.isWhitespace }) else {
            refuse(.hostnameOverride, \.hostnameOverride, "must not be blank")
            return ""
        }
        return name[...end].drop(while: \.isWhitespace).lowercased()
    }

    private mutating func clusterCIDRs() -> [IPPrefix] {
        let text = value(\.clusterCIDR)
        if let blocks = FamilyBlocks(text) { return blocks.prefixes }
        refuse(
            .clusterCIDR, \.clusterCIDR,
            "must be a block such as 10.64.0.0/16, or two of different families with a comma between them, not \"\(text)\""
        )
        return []
    }

    private mutating func interfaceName(
        _ setting: Setting, _ path: KeyPath<ConfigurationLayer, String?>, lengthMax: Int
    ) -> String {
        let name = value(path)
        let isValid = name.allSatisfy { !"/\"*+".contains($0) && !$0.isWhitespace }
        if !isValid || !(1...lengthMax).contains(name.utf8.count) {
            refuse(setting, path, "must be an interface name of at most \(lengthMax) bytes, not \"\(name)\"")
        }
        return name
    }

    /// kube-proxy warns of these at its start too.
    private static func warnings(_ settings: ProxySettings) -> [Diagnostic] {
        let families = Set(settings.nodePortAddresses.map(\.family))
        if families.isEmpty, settings.nodePortDefault == .all {
            let message = "--nodeport-addresses is not given, so node ports are served at all addresses of this machine"
            return [Diagnostic(.warning, message)]
        }
        guard families.count == 1, Set(settings.clusterCIDRs.map(\.family)).count == 2 else { return [] }
        let message = "--nodeport-addresses has blocks of one family alone, --cluster-cidr of both"
        return [Diagnostic(.warning, message)]
    }

    // MARK: Rules

    private mutating func ruleSettings(_ mode: ProxyMode, _ machine: MachineFacts) -> RuleSettings {
        var settings = RuleSettings()
        let bit = value(\.masqueradeBit)
        if (0...31).contains(bit) {
            settings.masqueradeMark = 1 << UInt32(bit)
        } else {
            refuse(.masqueradeBit, \.masqueradeBit, "must be between 0 and 31, inclusive")
        }
        settings.dropsInvalid = !(value(\.tcpBeLiberal) || machine.isTCPLiberal)
        settings.localhostNodePorts = value(\.localhostNodePorts)
        settings.usesAccounting = mode == .iptables && machine.offersAccounting
        return settings
    }

    // MARK: The daemon

    private mutating func daemonSettings() -> DaemonSettings {
        let (retry, minimum) = (value(\.syncPeriod), value(\.minSyncPeriod))
        if retry.duration <= .zero {
            refuse(.syncPeriod, \.syncPeriod, "must be greater than 0, not \(retry)")
        } else if minimum.duration < .zero {
            refuse(.minSyncPeriod, \.minSyncPeriod, "must not be less than 0, as \(minimum) is")
        } else if minimum.duration > retry.duration {
            refuse(
                .minSyncPeriod, \.minSyncPeriod, "must not be greater than \(name(.syncPeriod, \.syncPeriod))")
        }
        return DaemonSettings(
            retryPeriod: retry.duration, minSyncPeriod: minimum.duration, verbosity: value(\.verbosity),
            logFormat: value(\.logFormat))
    }
}
