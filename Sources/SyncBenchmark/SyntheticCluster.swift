import ClusterModel
import NetworkValues

/// A cluster of equal Services, as values.
struct SyntheticCluster {
    private var slices: [EndpointSlice] = []
    private var services: [Service] = []
    private var nextAddress: UInt32 = 0x0a40_0001  // 10.64.0.1

    init(_ serviceCount: Int, _ endpointsPerService: Int) {
        for index in 0..<serviceCount {
            let name = NamespacedName("bench", "service-\(index)")
            services.append(
                Service(
                    metadata: ObjectMetadata(name: name),
                    clusterIPs: [IPAddress(ipv4: 0x0a60_0001 + UInt32(index))],  // 10.96.0.1
                    ports: [Service.Port(name: "http", port: 80)]))
            let endpoints = (0..<endpointsPerService).map { _ in EndpointSlice.Endpoint(address: newAddress()) }
            slices.append(
                EndpointSlice(
                    metadata: ObjectMetadata(name: NamespacedName("bench", "service-\(index)-1")), service: name,
                    family: .ipv4, ports: [EndpointSlice.Port(name: "http", port: 8080)], endpoints: endpoints))
        }
    }

    /// One Service with ports from 1 on, and one endpoint.
    init(portsOfOneService count: Int) {
        let name = NamespacedName("bench", "ports")
        let numbers = (0..<count).map { UInt16($0 + 1) }
        services = [
            Service(
                metadata: ObjectMetadata(name: name), clusterIPs: [IPAddress(ipv4: 0x0a60_0001)],
                ports: numbers.map { Service.Port(name: "p\($0)", port: $0) })
        ]
        slices = [
            EndpointSlice(
                metadata: ObjectMetadata(name: NamespacedName("bench", "ports-1")), service: name, family: .ipv4,
                ports: numbers.map { EndpointSlice.Port(name: "p\($0)", port: $0) },
                endpoints: [EndpointSlice.Endpoint(address: newAddress())])
        ]
    }

    var edits: [ObjectEdit] {
        services.map { .put(.service($0)) } + slices.map { .put(.endpointSlice($0)) }
    }

    var snapshot: ClusterSnapshot {
        var snapshot = ClusterSnapshot()
        snapshot.apply(edits)
        return snapshot
    }

    /// Another endpoint in the place of one of the Service's.
    mutating func replaceEndpoint(ofService index: Int) -> ObjectEdit {
        let place = Int(nextAddress) % slices[index].endpoints.count
        slices[index].endpoints[place].address = newAddress()
        return .put(.endpointSlice(slices[index]))
    }

    private mutating func newAddress() -> IPAddress {
        defer { nextAddress += 1 }
        return IPAddress(ipv4: nextAddress)
    }
}
