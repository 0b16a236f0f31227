import ClusterModel
package import NetworkValues
import ProxyPlanning

/// How large a plan is, kept in step with it in time proportional to what changes.
package struct PlanCounts: Hashable, Sendable {
    /// The part of one family.
    package struct Family: Hashable, Sendable {
        /// Addresses and node ports at which Services are served.
        package var frontends = 0
        /// Endpoints of each Service port, whether they can be used or not.
        package var endpoints = 0
    }

    /// All Services that are proxied here.
    package private(set) var services = 0

    /// By family.
    package private(set) var families: [IPFamily: Family] = [:]

    /// Nothing is planned yet.
    package init() {}

    /// A Service has another plan than before; nil stands for none.
    mutating func replace(_ old: ServicePlan?, by new: ServicePlan?) {
        add(old, -1)
        add(new, 1)
    }

    private mutating func add(_ plan: ServicePlan?, _ sign: Int) {
        guard let plan else { return }
        services += sign
        for port in plan.ports {
            families[port.family, default: Family()].frontends += sign * port.frontends.count
            families[port.family, default: Family()].endpoints += sign * port.listedEndpointCount
        }
    }
}
