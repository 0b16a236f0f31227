import ClusterModel
import NetworkValues

@testable import Discovery

/// A Service of the namespace `shop`.
func service(
    _ name: String, _ clusterIPs: Service.ClusterIPs = .unset, namespace: String = "shop",
    type: Service.ServiceType = .clusterIP, ports: [Service.Port] = [Service.Port(name: "http", port: 80)],
    externalName: String? = nil
) -> Service {
    Service(
        metadata: ObjectMetadata(name: NamespacedName(namespace, name)), type: type, clusterIPs: clusterIPs,
        ports: ports, externalName: externalName)
}

/// A slice of a Service, of the family of its endpoints.
func slice(
    _ name: String, of service: String, namespace: String = "shop", _ endpoints: [EndpointSlice.Endpoint],
    ports: [EndpointSlice.Port] = [EndpointSlice.Port(name: "http", port: 8080)]
) -> EndpointSlice {
    EndpointSlice(
        metadata: ObjectMetadata(
            name: NamespacedName(namespace, name), labels: [EndpointSlice.serviceNameLabel: service]),
        service: NamespacedName(namespace, service), family: endpoints.first?.address.family ?? .ipv4, ports: ports,
        endpoints: endpoints)
}

func endpoint(
    _ address: String, _ hostname: String? = nil, isReady: Bool? = nil, further: [String] = []
) -> EndpointSlice.Endpoint {
    EndpointSlice.Endpoint(
        address: ip(address), isReady: isReady,
        details: EndpointSlice.Details(hostname: hostname, furtherAddresses: further.map(ip)))
}

func ip(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
    return address
}

func block(_ text: String) -> IPPrefix {
    guard let block = IPPrefix(text) else { preconditionFailure("\(text) is no block") }
    return block
}

func name(_ text: String) -> DNSName {
    guard let name = DNSName(text) else { preconditionFailure("\(text) is no name") }
    return name
}

func snapshot(_ services: [Service], _ slices: [EndpointSlice] = [], pods: [Pod] = []) -> ClusterSnapshot {
    var snapshot = ClusterSnapshot()
    snapshot.apply(
        services.map { .put(.service($0)) } + slices.map { .put(.endpointSlice($0)) } + pods.map { .put(.pod($0)) })
    return snapshot
}

/// The zones of a cluster, and what is left out of them.
func zones(
    _ services: [Service], _ slices: [EndpointSlice] = [], _ settings: DiscoverySettings = DiscoverySettings()
) -> (book: ZoneBook, diagnostics: [String]) {
    var book = ZoneBook(settings)
    let all = ServiceRecords.all(in: snapshot(services, slices), settings)
    _ = book.replace(all)
    return (book, all.flatMap(\.diagnostics).map(\.description))
}

extension ZoneBook {
    /// The records of all zones, a line each, but for those at their tops.
    var lines: [String] {
        zones.flatMap { zone in records(zone, serial: 1) }
            .filter { set in ![.authority, .nameServer].contains(set.type) && !set.name.text.hasPrefix("ns.") }
            .flatMap { set in set.data.map { "\(set.name) \(set.ttl) \(set.type.rawValue) \($0)" } }
            .filter { !$0.hasPrefix("dns-version.") }
    }
}
