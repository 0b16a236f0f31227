import ClusterModel
import NetworkValues
import Testing

@Suite struct EndpointsDecodingTests {
    private static func slice(_ body: String) -> String {
        #"{"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "metadata": {"name": "web-1", "#
            + #""labels": {"kubernetes.io/service-name": "web"}}, \#(body)}"#
    }

    @Test func readsASlice() throws {
        let decoded = try ClusterModelTests.slice(
            Self.slice(
                """
                "addressType": "IPv4", "ports": [{"name": null, "port": 80}, {"name": "dns", "protocol": "UDP",
                  "port": 53}, {"name": "none"}, {"name": "zero", "port": 0}],
                "endpoints": [{"addresses": ["10.1.0.1", "10.1.0.2"], "nodeName": "n1",
                    "conditions": {"ready": false, "serving": true, "terminating": true},
                    "hints": {"forZones": [{"name": "z1"}, {"name": "z2"}]}},
                  {"addresses": ["10.1.0.3"], "conditions": {"ready": null}},
                  {"addresses": ["10.1.0.4"], "topology": {"kubernetes.io/hostname": "n2"}}]
                """))
        let metadata = ObjectMetadata(
            name: NamespacedName("default", "web-1"), labels: ["kubernetes.io/service-name": "web"])
        #expect(
            decoded
                == EndpointSlice(
                    metadata: metadata, service: NamespacedName("default", "web"), family: .ipv4,
                    ports: [
                        .init(port: 80), .init(name: "dns", transportProtocol: .udp, port: 53),
                        .init(name: "none", port: nil), .init(name: "zero", port: nil),
                    ],
                    endpoints: [
                        .init(
                            address: try ip("10.1.0.1"), isReady: false, isServing: true, isTerminating: true,
                            nodeName: "n1",
                            details: .init(zoneHints: ["z1", "z2"], furtherAddresses: [try ip("10.1.0.2")])),
                        .init(address: try ip("10.1.0.3")),
                        .init(address: try ip("10.1.0.4"), nodeName: "n2"),
                    ]))
    }

    @Test func keepsWhatFewEndpointsSay() throws {
        let decoded = try ClusterModelTests.slice(
            Self.slice(
                #"""
                "addressType": "IPv6", "ports": [{"name": "a", "port": 1, "appProtocol": "kubernetes.io/h2c"}],
                "endpoints": [{"addresses": ["fd00::1"], "hostname": "db-0", "zone": "z1", "targetRef": {"kind": "Pod",
                  "namespace": "shop", "name": "db-0", "uid": "u"}, "hints": {"forNodes": [{"name": "n1"}]}},
                  {"addresses": ["fd00::2"]}]
                """#))
        #expect(decoded.ports == [.init(name: "a", port: 1, appProtocol: "kubernetes.io/h2c")])
        let target = ObjectTarget(kind: "Pod", name: NamespacedName("shop", "db-0"), uid: "u")
        #expect(
            decoded.endpoints.map(\.details) == [
                .init(nodeHints: ["n1"], hostname: "db-0", zone: "z1", target: target), nil,
            ])
        #expect(MemoryLayout<EndpointSlice.Endpoint>.stride <= 48, "there are very many of them")
    }

    @Test func tellsWhatIsSaidFromWhatIsNot() throws {
        let decoded = try ClusterModelTests.slice(
            Self.slice(
                """
                "addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["10.0.0.2"],
                  "conditions": {"ready": true}}]
                """))
        #expect(decoded.endpoints.map(\.ready) == [nil, true] && decoded.endpoints.map(\.serving) == [nil, nil])
        #expect(decoded.endpoints.allSatisfy { $0.isReady && $0.isServing && !$0.isTerminating })
    }

    @Test func readsASliceWithNullLists() throws {
        let decoded = try ClusterModelTests.slice(
            Self.slice(#""addressType": "IPv6", "ports": null, "endpoints": null"#))
        #expect(decoded.family == .ipv6 && decoded.ports.isEmpty && decoded.endpoints.isEmpty)
    }

    @Test func passesOverAddressesThatAreNames() throws {
        let document = try decode(Self.slice(#""addressType": "FQDN", "endpoints": [{"addresses": ["a.example"]}]"#))
        #expect(document.diagnostics == [])
        #expect(document.edits == [.delete(ObjectReference(.endpointSlice, NamespacedName("default", "web-1")))])
    }

    @Test(arguments: [
        ("10.1.0.256", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        ("fd00::1", "must be an IPv4 address, as the slice's `addressType` says"),
        ("0.0.0.0", "may not be unspecified (0.0.0.0 or ::)"),
        ("127.0.0.1", "may not be in the loopback range (127.0.0.0/8, ::1/128)"),
        ("169.254.0.1", "may not be in the link-local range (169.254.0.0/16, fe80::/10)"),
        ("224.0.0.1", "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"),
        ("239.0.0.1", "may not be in the multicast range (224.0.0.0/4, ff00::/8)"),
        ("255.255.255.255", "may not be the broadcast address (255.255.255.255)"),
    ])
    func leavesOutAnEndpointThatCannotBe(address: String, reason: String) throws {
        let text = Self.slice(
            """
            "addressType": "IPv4", "endpoints": [{"addresses": ["10.1.0.1"]}, {"addresses": ["\(address)"]},
              {"addresses": ["10.1.0.3"]}]
            """)
        #expect(try problems(text) == [#"endpoints[1].addresses[0]: Invalid value: "\#(address)": \#(reason)"#])
        guard case .put(.endpointSlice(let decoded))? = try decode(text).edits.first else {
            throw UnexpectedObject(text: text)
        }
        #expect(decoded.endpoints.map(\.address.description) == ["10.1.0.1", "10.1.0.3"])
    }

    @Test(arguments: [
        (#""endpoints": []"#, ["addressType: Required value"]),
        (#""addressType": 4"#, ["addressType: expected a string, found 4"]),
        (
            #""addressType": "ipv4", "endpoints": [{"addresses": ["10.0.0.1"]}]"#,
            [#"addressType: Unsupported value: "ipv4": supported values: "FQDN", "IPv4", "IPv6""#]
        ),
        (
            #""addressType": "IPv4", "ports": [{"port": 1, "protocol": "QUIC"}]"#,
            [#"ports[0].protocol: Unsupported value: "QUIC": supported values: "SCTP", "TCP", "UDP""#]
        ),
        (
            #""addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": "yes"}}]"#,
            [#"endpoints[0].conditions.ready: expected true or false, found "yes""#]
        ),
    ])
    func refusesWhatTheAPIRefuses(body: String, expected: [String]) throws {
        let document = try decode(Self.slice(body))
        #expect(document.diagnostics.map { "\($0.path ?? ""): \($0.message)" } == expected)
        let (slice, service) = (NamespacedName("default", "web-1"), NamespacedName("default", "web"))
        #expect(document.edits == [.refused(ObjectReference(.endpointSlice, slice), of: service)])
    }

    @Test func leavesOutAPortThatCannotBeServed() throws {
        let text = Self.slice(
            """
            "addressType": "IPv4", "ports": [{"name": "a", "port": 65536}, {"name": "b", "port": -1},
              {"name": "c", "port": 80}, {"name": "c", "port": 81}], "endpoints": [{"addresses": ["010.064.001.011"]}]
            """)
        #expect(
            try problems(text) == [
                "ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive",
                "ports[1].port: Invalid value: -1: must be between 1 and 65535, inclusive",
                #"ports[3].name: Duplicate value: "c""#,
            ])
        guard case .put(.endpointSlice(let decoded))? = try decode(text).edits.first else {
            throw UnexpectedObject(text: text)
        }
        #expect(decoded.ports == [.init(name: "c", port: 80)])
        #expect(decoded.endpoints.map(\.address) == [try ip("10.64.1.11")])
    }

    @Test(arguments: ["", #","labels": {"kubernetes.io/service-name": ""}"#, #","labels": {"other": "web"}"#])
    func passesOverASliceOfNoService(labels: String) throws {
        let text = #"{"kind": "EndpointSlice", "metadata": {"name": "web-1"\#(labels)}, "addressType": "IPv4"}"#
        let document = try decode(text)
        #expect(document.diagnostics == [])
        #expect(document.edits == [.delete(ObjectReference(.endpointSlice, NamespacedName("default", "web-1")))])
    }

    @Test func readsLegacyEndpointsAsSlices() throws {
        let decoded = try objects(
            """
            {"kind": "Endpoints", "apiVersion": "v1", "metadata": {"name": "web", "namespace": "shop"}, "subsets": [
              {"addresses": [{"ip": "10.1.0.1", "nodeName": "n1", "hostname": "h", "targetRef": {"kind": "Pod",
                 "name": "p", "namespace": "shop"}}, {"ip": "fd00::1"}],
               "notReadyAddresses": [{"ip": "10.1.0.2"}], "ports": [{"port": 80}]},
              {"notReadyAddresses": [{"ip": "10.1.0.3"}], "ports": null}]}
            """)
        let name = NamespacedName("shop", "web")
        let slice = { (suffix: String, family: IPFamily, ports: [EndpointSlice.Port], endpoints) in
            EndpointSlice(
                metadata: ObjectMetadata(name: NamespacedName("shop", "web" + suffix)), service: name, family: family,
                ports: ports, endpoints: endpoints)
        }
        #expect(
            decoded == [
                .endpoints(
                    name,
                    [
                        slice(
                            "-0-ipv4", .ipv4, [.init(port: 80)],
                            [
                                .init(
                                    address: try ip("10.1.0.1"), isReady: true, isServing: true, nodeName: "n1",
                                    details: .init(
                                        hostname: "h",
                                        target: ObjectTarget(kind: "Pod", name: NamespacedName("shop", "p")))),
                                .init(address: try ip("10.1.0.2"), isReady: false, isServing: false),
                            ]),
                        slice(
                            "-0-ipv6", .ipv6, [.init(port: 80)],
                            [.init(address: try ip("fd00::1"), isReady: true, isServing: true)]),
                        slice(
                            "-1-ipv4", .ipv4, [], [.init(address: try ip("10.1.0.3"), isReady: false, isServing: false)]
                        ),
                    ])
            ])
    }

    @Test func checksLegacyEndpoints() throws {
        let text = #"{"kind": "Endpoints", "metadata": {"name": "web"}, "subsets": [\#("%")]}"#
        let with = { (subset: String) in text.replacing("%", with: subset) }
        #expect(
            try problems(with(#"{"addresses": []}"#))
                == ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"])
        #expect(
            try problems(with(#"{"addresses": [{"ip": "10.0.0.1"}, {"ip": "::1"}, {}]}"#)) == [
                #"subsets[0].addresses[1].ip: Invalid value: "::1": "#
                    + "may not be in the loopback range (127.0.0.0/8, ::1/128)",
                "subsets[0].addresses[2].ip: Required value",
            ])
    }
}
