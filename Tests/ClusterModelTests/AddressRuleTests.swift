import ClusterModel
import NetworkValues
import Testing

/// Addresses at which nothing can be served, and spellings that the API once took.
@Suite struct AddressRuleTests {
    private static func text(_ spec: String, ingress: String = "") -> String {
        #"{"kind": "Service", "metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}], \#(spec)}, "#
            + #""status": {"loadBalancer": {"ingress": [\#(ingress)]}}}"#
    }

    static let special = [
        "0.0.0.0", "::", "127.0.0.1", "127.8.9.10", "::1", "255.255.255.255", "224.0.0.1", "239.1.1.1", "ff02::1",
        "ff0e::1", "169.254.1.1", "fe80::1", "::ffff:127.0.0.1", "127.000.000.001",
    ]

    @Test(arguments: special) func refusesACluserIPThatCannotBe(address: String) throws {
        for field in [#""clusterIP": "\#(address)""#, #""clusterIPs": ["\#(address)"]"#] {
            let document = try decode(Self.text(field))
            #expect(
                document.edits == [
                    .refused(
                        ObjectReference(.service, NamespacedName("default", "web")),
                        of: NamespacedName("default", "web"))
                ])
            #expect(document.diagnostics.count == 1)
        }
    }

    @Test(arguments: special) func leavesOutABalancerThatCannotBe(address: String) throws {
        let ingress = #"{"ip": "\#(address)"}, {"ip": "192.0.2.1"}"#
        let document = try decode(Self.text(#""type": "LoadBalancer""#, ingress: ingress))
        #expect(document.diagnostics.map(\.path) == ["status.loadBalancer.ingress[0].ip"])
        guard case .put(.service(let service))? = document.edits.first else { throw UnexpectedObject(text: address) }
        #expect(service.loadBalancerIPs == [try ip("192.0.2.1")])
    }

    @Test(arguments: ["239.1.1.1", "255.255.255.255", "ff0e::1"])
    func leavesOutAnExternalIPThatTheAPITakes(address: String) throws {
        let document = try decode(Self.text(#""externalIPs": ["\#(address)", "192.0.2.1"]"#))
        #expect(document.diagnostics.map(\.path) == ["spec.externalIPs[0]"])
        guard case .put(.service(let service))? = document.edits.first else { throw UnexpectedObject(text: address) }
        #expect(service.externalIPs == [try ip("192.0.2.1")])
    }

    @Test(arguments: ["ClusterIP", "NodePort"]) func leavesOutTheBalancerOfAnotherType(type: String) throws {
        let document = try decode(Self.text(#""type": "\#(type)""#, ingress: #"{"ip": "192.0.2.1"}"#))
        #expect(
            document.diagnostics.map(\.description) == [
                "f.json: Service default/web: status.loadBalancer.ingress: "
                    + "Forbidden: may only be used when `spec.type` is 'LoadBalancer'"
            ])
        guard case .put(.service(let service))? = document.edits.first else { throw UnexpectedObject(text: type) }
        #expect(service.loadBalancerIPs.isEmpty)
        #expect(try decode(Self.text(#""type": "\#(type)""#)).diagnostics.isEmpty)
    }

    @Test func takesEverySpellingThatIsStored() throws {
        let decoded = try service(
            Self.text(
                #"""
                "type": "LoadBalancer", "clusterIP": "010.096.000.010", "clusterIPs": ["10.96.0.10", "FD00:0::0a"],
                "externalIPs": ["::ffff:192.0.2.1"],
                "loadBalancerSourceRanges": [" 010.1.2.3/8\t", "\n::ffff:192.0.2.0/120 ", "2001:DB8::1/32"]
                """#, ingress: #"{"ip": "192.000.002.002"}, {"ip": "192.0.2.3", "ipMode": null}"#))
        #expect(decoded.clusterIPs == [try ip("10.96.0.10"), try ip("fd00::a")])
        #expect(decoded.externalIPs == [try ip("192.0.2.1")])
        #expect(decoded.loadBalancerIPs == [try ip("192.0.2.2"), try ip("192.0.2.3")])
        #expect(
            decoded.loadBalancerSourceRanges
                == [try prefix("10.0.0.0/8"), try prefix("192.0.2.0/24"), try prefix("2001:db8::/32")])
    }

    @Test func takesTheKubeletsPortAndNamesThatBeginWithADigit() throws {
        let text = #"""
            {"kind": "Service", "metadata": {"name": "1st", "namespace": "2nd"},
             "spec": {"type": "LoadBalancer", "ports": [{"name": "3rd", "port": 10250}]}}
            """#
        #expect(try service(text).ports.map(\.port) == [10250])
    }
}
