import ClusterModel
import NetworkValues
import ProxyConfiguration
import ProxyPlanning
import RuleCompilers

/// Ends the flows that go on anywhere but to an endpoint that serves.
///
/// The kernel's connection tracking goes on sending a flow where its first packet went, whatever the rules say later. For
/// UDP, which has no end, that can be for ever. As kube-proxy's reconciler does, this looks at all flows of the protocols
/// concerned whenever an endpoint or frontend of any of them has changed, and at the start. Unlike it, this ends those to
/// frontends that have no endpoint left, or are gone.
struct FlowReconciler {
    private let mode: ProxyMode
    private let rules: RuleSettings
    private var protocols: Set<TransportProtocol> = []
    private var ofServices: [NamespacedName: [FlowPlace: Set<SocketAddress>]] = [:]
    private var flows = FlowTargets()
    /// Frontends that are gone, and whose flows are not ended yet; among ``flows`` they have no targets.
    private var gone: Set<FlowPlace> = []
    /// Whether the kernel's flows have to be looked at; carried over from syncs that failed.
    private var isDue = true

    /// - Parameters:
    ///   - mode: The kind of rules, of which one serves node ports at loopback addresses.
    ///   - rules: How rules are written.
    init(_ mode: ProxyMode, _ rules: RuleSettings) {
        self.mode = mode
        self.rules = rules
    }

    /// Takes note of the plan that is to come into force.
    ///
    /// - Parameters:
    ///   - changed: The Services whose plans are not what they were the last time.
    ///   - machineAddresses: Where node ports may be served.
    mutating func update(to plan: ProxyPlan, changed: Set<NamespacedName>, machineAddresses: [IPAddress]) {
        protocols = plan.view.endedFlows
        var added: [FlowPlace: Set<SocketAddress>] = [:]
        for name in changed {
            let new = plan.services[name]?.flowTargets(of: protocols) ?? [:]
            let old = ofServices[name] ?? [:]
            if old == new { continue }
            ofServices[name] = new.isEmpty ? nil : new
            added.merge(new) { $0.union($1) }
            end(old.keys)
        }
        // Only after all that went: a frontend may have changed hands.
        for (place, targets) in added {
            flows.targets[place] = targets
            gone.remove(place)
        }
        let loopback = mode == .iptables && rules.servesLocalhostNodePorts(plan.view)
        let local = plan.view.nodePortAddresses(among: machineAddresses, loopback: loopback)
        if !added.isEmpty || local != flows.localAddresses { isDue = true }
        flows.localAddresses = local
    }

    /// Takes note of frontends that rules in the kernel had; those that the plan does not have are gone.
    mutating func noteFound(_ places: Set<FlowPlace>) {
        end(places.filter { flows.targets[$0] == nil && protocols.contains($0.transportProtocol) })
    }

    private mutating func end(_ places: some Collection<FlowPlace>) {
        for place in places {
            flows.targets[place] = []
            gone.insert(place)
        }
        if !places.isEmpty { isDue = true }
    }

    /// Ends the flows, if there may be any that have to end. Only when the rules are in force, or a packet in between would
    /// make the flow anew.
    ///
    /// - Returns: how many there were.
    mutating func endFlows(of kernel: any FlowTable) throws -> Int {
        guard isDue else { return 0 }
        let count = flows.targets.isEmpty ? 0 : try kernel.endFlows(forbiddenBy: flows)
        isDue = false
        for place in gone { flows.targets[place] = nil }
        gone = []
        return count
    }
}
