import ClusterModel
import NetworkValues
import Testing

@testable import ObjectPrinting

struct ServicePrintingTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func addresses(_ texts: String...) -> [IPAddress] { texts.compactMap { IPAddress($0) } }

    private func service(
        _ name: String, _ type: Service.ServiceType = .clusterIP, _ change: (inout Service) -> Void = { _ in }
    ) -> Service {
        var service = Service(
            metadata: ObjectMetadata(
                name: NamespacedName("shop", name), creationTimestamp: Timestamp(seconds: 1_000_000 - 90)),
            type: type, clusterIPs: .init(addresses("10.96.0.10")), ports: [.init(port: 80)],
            selector: ["tier": "web", "app": "a"])
        change(&service)
        return service
    }

    @Test func servicesAreInTheColumnsOfKubectl() {
        let services = [
            service("balanced", .loadBalancer) {
                $0.loadBalancerIPs = addresses("203.0.113.100", "203.0.113.99")
                $0.ports[0].nodePort = 30080
            },
            service("dns") { $0.ports.append(.init(name: "u", transportProtocol: .udp, port: 53)) },
            service("elsewhere", .externalName) {
                $0.clusterIPs = .unset
                $0.externalName = "example.org"
                $0.ports = []
            },
            service("headless") {
                $0.clusterIPs = .headless
                $0.metadata.creationTimestamp = nil
            },
            service("outside", .nodePort) { $0.externalIPs = addresses("192.0.2.1", "192.0.2.2") },
            service("pending", .loadBalancer) { $0.clusterIPs = .unset },
        ]
        #expect(
            Service.table(services, isWide: false, hasNamespaces: false, now: now).text == """
                NAME        TYPE           CLUSTER-IP   EXTERNAL-IP           PORT(S)         AGE
                balanced    LoadBalancer   10.96.0.10   203.0.113.100...      80:30080/TCP    90s
                dns         ClusterIP      10.96.0.10   <none>                80/TCP,53/UDP   90s
                elsewhere   ExternalName   <none>       example.org           <none>          90s
                headless    ClusterIP      None         <none>                80/TCP          <unknown>
                outside     NodePort       10.96.0.10   192.0.2.1,192.0.2.2   80/TCP          90s
                pending     LoadBalancer   <none>       <pending>             80/TCP          90s

                """)
        #expect(
            Service.table([services[0]], isWide: true, hasNamespaces: true, now: now).text == """
                NAMESPACE   NAME       TYPE           CLUSTER-IP   EXTERNAL-IP                  PORT(S)        AGE   SELECTOR
                shop        balanced   LoadBalancer   10.96.0.10   203.0.113.100,203.0.113.99   80:30080/TCP   90s   app=a,tier=web

                """)
    }

    @Test(arguments: [
        (-5, "<invalid>"), (-1, "0s"), (119, "119s"), (120, "2m"), (121, "2m1s"), (600, "10m"), (10_799, "179m"),
        (10_800, "3h"), (10_860, "3h1m"), (28_800, "8h"), (172_799, "47h"), (172_800, "2d"), (176_400, "2d1h"),
        (691_200, "8d"), (63_071_999, "729d"), (63_072_000, "2y"), (63_158_400, "2y1d"), (252_288_000, "8y"),
    ])
    func agesAreAsKubectlWritesThem(seconds: Int64, text: String) {
        #expect(ObjectMetadata.ageText(seconds: seconds) == text)
    }

    @Test func aServiceHasTheFieldsThatTheServerGivesIt() {
        let balanced = service("web", .loadBalancer) {
            $0.metadata.creationTimestamp = nil
            $0.ipFamilies = [.ipv4]
            $0.ipFamilyPolicy = .singleStack
            $0.ports = [.init(name: "http", port: 80, targetPort: .name("web"), nodePort: 30080)]
            $0.sessionAffinity = .clientIP(timeoutSeconds: 60)
            $0.externalTrafficPolicy = .local
            $0.healthCheckNodePort = 30081
            $0.loadBalancerIPs = addresses("203.0.113.1")
        }
        let spec: ObjectTree = .object([
            "type": "LoadBalancer", "clusterIP": "10.96.0.10", "clusterIPs": .array(["10.96.0.10"]),
            "ipFamilies": .array(["IPv4"]), "ipFamilyPolicy": "SingleStack",
            "ports": .array([
                .object(["name": "http", "protocol": "TCP", "port": 80, "targetPort": "web", "nodePort": 30080])
            ]),
            "selector": .object(["app": "a", "tier": "web"]), "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": .object(["clientIP": .object(["timeoutSeconds": 60])]),
            "internalTrafficPolicy": "Cluster", "externalTrafficPolicy": "Local",
            "allocateLoadBalancerNodePorts": true, "healthCheckNodePort": 30081,
        ])
        #expect(
            balanced.tree
                == .object([
                    "apiVersion": "v1", "kind": "Service",
                    "metadata": .object(["name": "web", "namespace": "shop"]), "spec": spec,
                    "status": .object([
                        "loadBalancer": .object([
                            "ingress": .array([.object(["ip": "203.0.113.1", "ipMode": "VIP"])])
                        ])
                    ]),
                ]))
        let name = service("x", .externalName) {
            $0.metadata.creationTimestamp = nil
            $0.clusterIPs = .unset
            $0.ports = []
            $0.selector = [:]
            $0.externalName = "example.org"
        }
        #expect(
            name.tree
                == .object([
                    "apiVersion": "v1", "kind": "Service", "metadata": .object(["name": "x", "namespace": "shop"]),
                    "spec": .object(["type": "ExternalName", "externalName": "example.org", "sessionAffinity": "None"]),
                    "status": .object(["loadBalancer": .object([:])]),
                ]))
    }

    private func slice(_ name: String, _ texts: [(String, Bool)], ports: [EndpointSlice.Port]) -> EndpointSlice {
        EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("shop", name)), service: NamespacedName("shop", "web"),
            family: .ipv4, ports: ports,
            endpoints: texts.compactMap { text, isReady in
                IPAddress(text).map { EndpointSlice.Endpoint(address: $0, isReady: isReady) }
            })
    }

    @Test func endpointsOfAllSlicesAreTogether() {
        let http = EndpointSlice.Port(name: "http", port: 8080)
        let view = EndpointsView(
            service("web").metadata,
            slices: [
                slice("b", [("10.64.0.4", true), ("10.64.0.2", true)], ports: [http]),
                slice("a", [("10.64.0.3", true), ("10.64.0.1", false), ("10.64.0.5", true)], ports: [http]),
                slice("c", [], ports: []),
            ])
        let none = EndpointsView(service("other").metadata, slices: [])
        #expect(
            EndpointsView.table([none, view], hasNamespaces: false, now: now).text == """
                NAME    ENDPOINTS                                                  AGE
                other   <none>                                                     90s
                web     10.64.0.2:8080,10.64.0.3:8080,10.64.0.4:8080 + 1 more...   90s

                """)
        guard case .object(let object) = view.tree, case .array(let subsets)? = object["subsets"],
            case .object(let subset)? = subsets.first
        else {
            Issue.record("no subset")
            return
        }
        #expect(subsets.count == 1 && subset["notReadyAddresses"] == .array([.object(["ip": "10.64.0.1"])]))
        #expect(subset["ports"] == .array([.object(["name": "http", "protocol": "TCP", "port": 8080])]))
    }
}
