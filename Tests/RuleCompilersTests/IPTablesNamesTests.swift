import ClusterModel
import NetworkValues
import ProxyPlanning
import Testing

@testable import RuleCompilers

/// Names that kube-proxy has given, some of them seen in its own tests and issues (kubernetes/kubernetes#106497).
@Suite struct IPTablesNamesTests {
    private static let services: [(ServicePortName, String)] = [
        (ServicePortName(NamespacedName("ns1", "svc1"), "", .tcp), "AQI2S6QIMU7PVVRP"),
        (ServicePortName(NamespacedName("ns1", "svc1"), "p80", .tcp), "XPGD46QRK7WJZT7O"),
        (ServicePortName(NamespacedName("kube-system", "kube-dns"), "dns", .udp), "TCOU7JCQXEZGVUNU"),
        (ServicePortName(NamespacedName("kube-system", "kube-dns"), "dns-tcp", .tcp), "ERIFXISQEP7F7OF4"),
        (ServicePortName(NamespacedName("default", "kubernetes"), "https", .tcp), "NPX46M4PTMTKRN6Y"),
    ]

    @Test(arguments: services)
    func serviceChainsHaveKubeProxysHash(_ port: ServicePortName, _ hash: String) {
        let chains = IPTablesNames.ServiceChains(port)
        #expect(chains.cluster == "KUBE-SVC-\(hash)")
        #expect(chains.local == "KUBE-SVL-\(hash)")
        #expect(chains.external == "KUBE-EXT-\(hash)")
        #expect(chains.firewall == "KUBE-FW-\(hash)")
    }

    @Test(arguments: [("10.180.0.1", "SXIVWICOYRO3J4NJ"), ("fd00::1", "T5UNFIPVCZXM3U7X")])
    func endpointChainsHaveKubeProxysHash(_ address: String, _ hash: String) throws {
        let port = ServicePortName(NamespacedName("ns1", "svc1"), "p80", .tcp)
        let endpoint = SocketAddress(try #require(IPAddress(address)), 80)
        #expect(IPTablesNames.ServiceChains(port).endpoint(endpoint) == "KUBE-SEP-\(hash)")
    }
}
