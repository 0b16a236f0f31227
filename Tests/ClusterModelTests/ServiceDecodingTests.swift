import ClusterModel
import NetworkValues
import Testing

@Suite struct ServiceDecodingTests {
    private static func text(_ spec: String) -> String {
        #"{"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"}, "spec": {\#(spec)}}"#
    }

    @Test func hasTheDefaultsOfTheAPI() throws {
        let decoded = try service(Self.text(#""clusterIP": "10.0.0.1", "ports": [{"port": 80}]"#))
        #expect(
            decoded
                == Service(
                    metadata: ObjectMetadata(name: NamespacedName("default", "web")), type: .clusterIP,
                    clusterIPs: [try ip("10.0.0.1")],
                    ports: [.init(name: "", transportProtocol: .tcp, port: 80, nodePort: 0)], sessionAffinity: .none,
                    internalTrafficPolicy: .cluster, externalTrafficPolicy: .cluster))
    }

    @Test func readsEveryFieldThatIsKept() throws {
        let decoded = try service(
            """
            {"kind": "Service", "apiVersion": "v1",
             "metadata": {"name": "web", "namespace": "shop", "uid": "x",
               "deletionTimestamp": "2026-01-01T00:00:00Z", "labels": {"a": "b", "c": null},
               "annotations": {"d": "e", "kubectl.kubernetes.io/last-applied-configuration": "{}"}},
             "spec": {"type": "LoadBalancer", "clusterIP": "010.0.0.1", "clusterIPs": ["010.0.0.1", "fd00::1"],
               "ipFamilies": ["IPv4", "IPv6"], "ipFamilyPolicy": "PreferDualStack", "selector": {"app": "web"},
               "publishNotReadyAddresses": true, "externalName": "a.example", "allocateLoadBalancerNodePorts": false,
               "ports": [{"name": "http", "port": 80, "targetPort": "http", "nodePort": 30080},
                         {"name": "dns", "port": 80, "protocol": "UDP", "targetPort": 53, "appProtocol": "dns"}],
               "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}},
               "internalTrafficPolicy": "Local", "externalTrafficPolicy": "Local", "healthCheckNodePort": 31000,
               "externalIPs": ["192.0.2.1"], "loadBalancerSourceRanges": [" 10.1.2.3/8 "]},
             "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.2"}, {"ip": "192.0.2.3", "ipMode": "VIP"},
               {"ip": "192.0.2.4", "ipMode": "Proxy"}, {"hostname": "lb.example"}]}}}
            """)
        let metadata = ObjectMetadata(
            name: NamespacedName("shop", "web"), labels: ["a": "b", "c": ""], annotations: ["d": "e"], uid: "x",
            deletionTimestamp: Timestamp("2026-01-01T00:00:00Z"))
        #expect(
            decoded
                == Service(
                    metadata: metadata, type: .loadBalancer, clusterIPs: [try ip("10.0.0.1"), try ip("fd00::1")],
                    ipFamilies: [.ipv4, .ipv6], ipFamilyPolicy: .preferDualStack,
                    ports: [
                        .init(name: "http", port: 80, targetPort: .name("http"), nodePort: 30080),
                        .init(
                            name: "dns", transportProtocol: .udp, port: 80, targetPort: .number(53), appProtocol: "dns"),
                    ], selector: ["app": "web"], publishesNotReadyAddresses: true, externalName: "a.example",
                    sessionAffinity: .clientIP(timeoutSeconds: 60), internalTrafficPolicy: .local,
                    externalTrafficPolicy: .local, externalIPs: [try ip("192.0.2.1")],
                    loadBalancerIPs: [try ip("192.0.2.2"), try ip("192.0.2.3")],
                    loadBalancerSourceRanges: [try prefix("10.0.0.0/8")], healthCheckNodePort: 31000,
                    allocatesLoadBalancerNodePorts: false))
    }

    @Test(arguments: [
        (#""sessionAffinity": "ClientIP""#, Service.SessionAffinity.clientIP(timeoutSeconds: 10800)),
        (
            #""sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": null}}"#,
            .clientIP(timeoutSeconds: 10800)
        ),
        (#""sessionAffinity": "ClientIP", "sessionAffinityConfig": null"#, .clientIP(timeoutSeconds: 10800)),
        (#""sessionAffinity": "", "sessionAffinityConfig": null"#, .none),
    ])
    func defaultsAffinity(field: String, affinity: Service.SessionAffinity) throws {
        #expect(try service(Self.text(#"\#(field), "ports": [{"port": 1}]"#)).sessionAffinity == affinity)
    }

    @Test(arguments: [
        (#""clusterIP": "10.0.0.1""#, ["10.0.0.1"]), (#""clusterIPs": ["fd00::1"]"#, ["fd00::1"]),
        (#""clusterIP": """#, []), (#""type": "ClusterIP""#, []), (#""clusterIP": "None""#, []),
        (#""clusterIPs": ["None"], "clusterIP": "None""#, []),
        (#""type": "ExternalName", "externalName": "a.example", "clusterIP": "10.0.0.1""#, []),
    ])
    func fillsInClusterIPs(field: String, addresses: [String]) throws {
        let decoded = try service(Self.text(#"\#(field), "ports": [{"port": 80}]"#))
        #expect(decoded.clusterIPs.addresses.map(\.description) == addresses)
    }

    @Test(arguments: [
        (#""clusterIP": "None""#, Service.ClusterIPs.headless), (#""clusterIPs": ["None"]"#, .headless),
        (#""clusterIP": """#, .unset), (#""clusterIPs": []"#, .unset), (#""type": "ClusterIP""#, .unset),
        (#""type": "ExternalName", "clusterIP": "10.0.0.1""#, .unset),
    ])
    func tellsHeadlessFromNotYetAllocated(field: String, clusterIPs: Service.ClusterIPs) throws {
        let decoded = try service(Self.text(#"\#(field), "ports": [{"port": 80}]"#))
        #expect(decoded.clusterIPs == clusterIPs && !decoded.isProxied)
    }

    @Test(arguments: [
        ("", Service.TargetPort.number(80)), (#", "targetPort": null"#, .number(80)),
        (#", "targetPort": 0"#, .number(80)), (#", "targetPort": """#, .number(80)),
        (#", "targetPort": 8080"#, .number(8080)), (#", "targetPort": "http""#, .name("http")),
        (#", "targetPort": "8080""#, .name("8080")),
    ])
    func readsTheTargetPort(field: String, target: Service.TargetPort) throws {
        #expect(try service(Self.text(#""ports": [{"port": 80\#(field)}]"#)).ports.map(\.targetPort) == [target])
    }

    @Test(arguments: [#""clusterIP": "None""#, #""type": "ExternalName""#])
    func mayHaveNoPorts(field: String) throws {
        #expect(try service(Self.text(field)).ports.isEmpty)
    }

    static let refusals: [(String, [String])] = [
        (#""ports": []"#, ["spec.ports: Required value"]),
        (#""ports": [{}]"#, ["spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
        (
            #""ports": [{"port": 70000}]"#,
            ["spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive"]
        ),
        (#""ports": [{"port": "80"}]"#, [#"spec.ports[0].port: expected a whole number, found "80""#]),
        (#""ports": [{"port": 80.5}]"#, ["spec.ports[0].port: expected a whole number, found 80.5"]),
        (#""ports": {"port": 80}"#, ["spec.ports: expected an array, found an object"]),
        (#""ports": [80]"#, ["spec.ports[0]: expected an object, found 80"]),
        (
            #""ports": [{"port": 80, "protocol": "tcp"}]"#,
            [#"spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP""#]
        ),
        (
            #""ports": [{"port": 80}, {"name": "b", "port": 81}]"#, ["spec.ports[0].name: Required value"]
        ),
        (
            #""ports": [{"name": "b", "port": 80}, {"name": "b", "port": 81}]"#,
            [#"spec.ports[1].name: Duplicate value: "b""#]
        ),
        (
            #""ports": [{"name": "a", "port": 80}, {"name": "b", "port": 80}]"#,
            [#"spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}"#]
        ),
        (
            #""type": "NodePort", "ports": [{"name": "a", "port": 80, "nodePort": 30001}, "#
                + #"{"name": "b", "port": 81, "nodePort": 30001}]"#,
            ["spec.ports[1].nodePort: Duplicate value: 30001"]
        ),
        (
            #""ports": [{"port": 80, "nodePort": 30000}]"#,
            ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"]
        ),
        (
            #""ports": [{"port": 80, "name": "A_b"}]"#,
            [
                #"spec.ports[0].name: Invalid value: "A_b": a lowercase RFC 1123 label must consist of lower case "#
                    + "alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. "
                    + "'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            ]
        ),
        (
            #""ports": [{"port": 80, "targetPort": -2}]"#,
            ["spec.ports[0].targetPort: Invalid value: -2: must be between 1 and 65535, inclusive"]
        ),
        (
            #""ports": [{"port": 80, "targetPort": true}]"#,
            ["spec.ports[0].targetPort: expected a whole number, found true"]
        ),
        (
            #""ports": [{"port": 80}], "ipFamilies": ["IPv4", "ipv6"]"#,
            [#"spec.ipFamilies[1]: Unsupported value: "ipv6": supported values: "IPv4", "IPv6""#]
        ),
        (
            #""ports": [{"port": 80}], "ipFamilyPolicy": "Dual", "selector": {"a": 1}"#,
            [
                #"spec.ipFamilyPolicy: Unsupported value: "Dual": supported values: "PreferDualStack", "#
                    + #""RequireDualStack", "SingleStack""#, "spec.selector[a]: expected a string, found 1",
            ]
        ),
        (
            #""type": "Headless", "ports": [{"port": 80}]"#,
            [
                #"spec.type: Unsupported value: "Headless": supported values: "ClusterIP", "ExternalName", "#
                    + #""LoadBalancer", "NodePort""#
            ]
        ),
        (
            #""ports": [{"port": 80}], "clusterIP": "10.0.0""#,
            [
                #"spec.clusterIP: Invalid value: "10.0.0": must be a valid IP address, "#
                    + "(e.g. 10.9.8.7 or 2001:db8::ffff)"
            ]
        ),
        (
            #""ports": [{"port": 80}], "clusterIPs": ["10.0.0.1", "10.0.0.2"]"#,
            [
                #"spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: "#
                    + "may specify no more than one IP for each IP family"
            ]
        ),
        (
            #""ports": [{"port": 80}], "sessionAffinity": "ClientIP", "#
                + #""sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}"#,
            [
                "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: "
                    + "must be greater than 0 and less than 86400"
            ]
        ),
        (
            #""ports": [{"port": 80}], "sessionAffinity": "clientip""#,
            [#"spec.sessionAffinity: Unsupported value: "clientip": supported values: "ClientIP", "None""#]
        ),
        (
            #""ports": [{"port": 80}], "internalTrafficPolicy": "Near""#,
            [#"spec.internalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local""#]
        ),
        (
            #""ports": [{"port": 80}], "externalIPs": ["127.0.0.1", "a", "192.0.2.1"]"#,
            [
                #"spec.externalIPs[0]: Invalid value: "127.0.0.1": "#
                    + "may not be in the loopback range (127.0.0.0/8, ::1/128)",
                #"spec.externalIPs[1]: Invalid value: "a": must be a valid IP address, "#
                    + "(e.g. 10.9.8.7 or 2001:db8::ffff)",
            ]
        ),
        (
            #""ports": [{"port": 80}], "type": "LoadBalancer", "loadBalancerSourceRanges": ["10.0.0.0/33"]"#,
            [
                #"spec.loadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": "#
                    + "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            ]
        ),
        (
            #""ports": [{"port": 0, "protocol": 5}], "sessionAffinity": true"#,
            [
                "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                "spec.ports[0].protocol: expected a string, found 5",
                "spec.sessionAffinity: expected a string, found true",
            ]
        ),
    ]

    @Test(arguments: refusals)
    func refusesWhatCannotBeServed(spec: String, expected: [String]) throws {
        let text = Self.text(spec)
        #expect(try problems(text) == expected)
        let document = try decode(text)
        let name = NamespacedName("default", "web")
        #expect(document.edits == [.refused(ObjectReference(.service, name), of: name)])
        #expect(document.diagnostics.allSatisfy { $0.object == "Service default/web" && $0.file == "f.json" })
        #expect(document.diagnostics.allSatisfy { $0.severity == .error })
    }

    /// Objects of files are checked against all rules elsewhere; what a server has taken is served.
    @Test(arguments: [
        #""ports": [{"port": 80}], "clusterIP": "10.0.0.1", "clusterIPs": ["10.0.0.2"]"#,
        #""clusterIPs": ["None", "10.0.0.2"]"#, #""clusterIP": "None", "type": "NodePort""#,
        #""ports": [{"port": 80}], "sessionAffinityConfig": {}"#,
        #""ports": [{"port": 80}], "externalTrafficPolicy": "Local""#,
        #""ports": [{"port": 80}], "loadBalancerSourceRanges": ["10.0.0.0/8"]"#,
        #""ports": [{"port": 80}], "healthCheckNodePort": 31000"#,
    ])
    func takesWhatCanBeServedThoughNoServerWouldHaveGivenIt(spec: String) throws {
        let document = try decode(Self.text(spec))
        #expect(document.diagnostics == [] && document.edits.count == 1)
    }

    @Test func asksWhoeverHasFurtherRules() throws {
        let problem = FieldProblem.required("because").at(.key("spec"), .key("ports"))
        func edits(_ found: [FieldProblem], _ text: String) throws -> (refused: Bool, paths: [String?]) {
            let document = DecodedDocument(try Document(json: Array(text.utf8)), file: "f", check: { _, _ in found })
            let isRefused = document.edits.contains { if case .refused = $0 { true } else { false } }
            return (isRefused, document.diagnostics.map(\.path))
        }
        let text = Self.text(#""ports": [{"port": 80}]"#)
        #expect(try edits([], text) == (false, []))
        #expect(try edits([problem], text) == (true, ["spec.ports"]))
        let event = #"{"type": "ADDED", "object": \#(text)}"#
        #expect(try edits([problem], event) == (false, []), "a server has taken it")
        let wrong = Self.text(#""ports": [{"port": "80"}]"#)
        let mismatch = FieldProblem.typeInvalid("5", expected: "a string").at(.key("spec"), .key("loadBalancerIP"))
        #expect(try edits([mismatch], text) == (true, ["spec.loadBalancerIP"]))
        #expect(try edits([mismatch], wrong) == (true, ["spec.ports[0].port"]), "said once, in our words")
    }

    @Test func refusesAWrongStatus() throws {
        let text = #"""
            {"kind": "Service", "metadata": {"name": "web"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 1}]},
             "status": {"loadBalancer": {"ingress": [{"ip": "x"}, {"ip": "192.0.2.1", "ipMode": "Nat"}]}}}
            """#
        #expect(
            try problems(text) == [
                #"status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, "#
                    + "(e.g. 10.9.8.7 or 2001:db8::ffff)",
                #"status.loadBalancer.ingress[1].ipMode: Unsupported value: "Nat": supported values: "Proxy", "VIP""#,
            ])
    }

    @Test func refusesAServiceWithoutSpec() throws {
        #expect(
            try problems(#"{"kind": "Service", "metadata": {"name": "web"}}"#) == ["spec.ports: Required value"])
        #expect(
            try problems(#"{"kind": "Service", "metadata": {"name": "web"}, "spec": 5}"#)
                == ["spec: expected an object, found 5"])
    }
}
