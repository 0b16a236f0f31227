import ClusterModel
import Discovery
import NetworkValues
import Testing

/// Goal: a container started now would get the same variables from the kubelet.
@Suite struct EnvironmentTests {
    private func variables(
        _ services: [Service], namespace: String = "shop", hasServiceLinks: Bool = true
    ) -> [String] {
        let services = ServiceEnvironment.services(
            for: namespace, hasServiceLinks: hasServiceLinks, in: snapshot(services))
        return ServiceEnvironment.variables(for: services).map { "\($0.name)=\($0.value)" }
    }

    @Test func aServiceOfTwoPorts() {
        let dns = service(
            "kube-dns", ["10.96.0.10"].addresses,
            ports: [
                Service.Port(name: "dns-udp", transportProtocol: .udp, port: 53), Service.Port(name: "web", port: 80),
            ])
        #expect(
            variables([dns]) == [
                "KUBE_DNS_SERVICE_HOST=10.96.0.10", "KUBE_DNS_SERVICE_PORT=53", "KUBE_DNS_SERVICE_PORT_DNS_UDP=53",
                "KUBE_DNS_SERVICE_PORT_WEB=80", "KUBE_DNS_PORT=udp://10.96.0.10:53",
                "KUBE_DNS_PORT_53_UDP=udp://10.96.0.10:53", "KUBE_DNS_PORT_53_UDP_PROTO=udp",
                "KUBE_DNS_PORT_53_UDP_PORT=53", "KUBE_DNS_PORT_53_UDP_ADDR=10.96.0.10",
                "KUBE_DNS_PORT_80_TCP=tcp://10.96.0.10:80", "KUBE_DNS_PORT_80_TCP_PROTO=tcp",
                "KUBE_DNS_PORT_80_TCP_PORT=80", "KUBE_DNS_PORT_80_TCP_ADDR=10.96.0.10",
            ])
    }

    /// The primary address alone counts, and is in brackets where a port follows.
    @Test func addressesOfIPv6() {
        let web = service("1web", ["fd96::1", "10.96.0.1"].addresses, ports: [Service.Port(port: 80)])
        #expect(
            variables([web]) == [
                "1WEB_SERVICE_HOST=fd96::1", "1WEB_SERVICE_PORT=80", "1WEB_PORT=tcp://[fd96::1]:80",
                "1WEB_PORT_80_TCP=tcp://[fd96::1]:80", "1WEB_PORT_80_TCP_PROTO=tcp", "1WEB_PORT_80_TCP_PORT=80",
                "1WEB_PORT_80_TCP_ADDR=fd96::1",
            ])
    }

    @Test func theServicesThatAreToldOf() {
        let services = [
            service("b", ["10.96.0.2"].addresses), service("a", ["10.96.0.1"].addresses),
            service("headless", .headless),
            service("pending"), service("alias", type: .externalName, externalName: "example.com"),
            service("elsewhere", ["10.96.0.3"].addresses, namespace: "default"),
            service("kubernetes", ["10.96.0.4"].addresses, namespace: "default"),
        ]
        let hosts = { (lines: [String]) in lines.filter { $0.contains("_SERVICE_HOST=") } }
        #expect(
            hosts(variables(services)) == [
                "A_SERVICE_HOST=10.96.0.1", "B_SERVICE_HOST=10.96.0.2", "KUBERNETES_SERVICE_HOST=10.96.0.4",
            ])
        #expect(hosts(variables(services, hasServiceLinks: false)) == ["KUBERNETES_SERVICE_HOST=10.96.0.4"])
        #expect(
            hosts(variables(services, namespace: "default", hasServiceLinks: false)) == [
                "KUBERNETES_SERVICE_HOST=10.96.0.4"
            ])
    }

    @Test func aNamespacesOwnKubernetesTakesThePlace() {
        let services = [
            service("kubernetes", ["10.96.0.5"].addresses),
            service("kubernetes", ["10.96.0.4"].addresses, namespace: "default"),
        ]
        #expect(variables(services).first == "KUBERNETES_SERVICE_HOST=10.96.0.5")
        #expect(variables(services, hasServiceLinks: false).first == "KUBERNETES_SERVICE_HOST=10.96.0.4")
    }

    /// `web-service` has as its port's URL what `web` has as its port's number.
    @Test func ofTwoVariablesOfOneNameTheLaterCounts() {
        let services = [
            service("web", ["10.96.0.1"].addresses), service("web-service", ["10.96.0.2"].addresses),
        ]
        let lines = variables(services).filter { $0.hasPrefix("WEB_SERVICE_PORT=") }
        #expect(lines == ["WEB_SERVICE_PORT=tcp://10.96.0.2:80"])
    }
}

extension [String] {
    /// As cluster IPs.
    var addresses: Service.ClusterIPs { Service.ClusterIPs(map(ip)) }
}
