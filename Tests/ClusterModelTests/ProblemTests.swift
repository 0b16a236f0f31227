import ClusterModel
import NetworkValues
import Testing

/// What is said of wrong input: what is the matter, nothing that merely follows from it, and never without end.
@Suite struct ProblemTests {
    private static func service(_ spec: String, metadata: String = #""name": "web""#) -> String {
        #"{"kind": "Service", "apiVersion": "v1", "metadata": {\#(metadata)}, "spec": {\#(spec)}}"#
    }

    /// Everything that depends on another field, with that field wrong.
    @Test(arguments: [
        (
            #"""
            "type": "Loadbalancer", "externalTrafficPolicy": "Local", "loadBalancerSourceRanges": ["10.0.0.0/8"],
            "healthCheckNodePort": 32000, "ports": [{"port": 80, "nodePort": 30080}]
            """#, "spec.type"
        ),
        (#""type": 5, "ports": [{"port": 80, "nodePort": 30080}]"#, "spec.type"),
        (#""type": "externalname""#, "spec.type"), (#""type": "Headless", "clusterIP": "None""#, "spec.type"),
        (#""type": "nodeport", "clusterIPs": ["None"]"#, "spec.type"),
        (
            #""type": "LoadBalancer", "externalTrafficPolicy": "local", "healthCheckNodePort": 1, "ports": [{"port": 1}]"#,
            "spec.externalTrafficPolicy"
        ),
        (
            #""type": "LoadBalancer", "externalTrafficPolicy": 1, "healthCheckNodePort": 1, "ports": [{"port": 1}]"#,
            "spec.externalTrafficPolicy"
        ),
        (#""externalTrafficPolicy": "local", "ports": [{"port": 1}]"#, "spec.externalTrafficPolicy"),
        (#""externalTrafficPolicy": "Local", "externalIPs": ["x"], "ports": [{"port": 1}]"#, "spec.externalIPs[0]"),
        (#""externalTrafficPolicy": "Local", "externalIPs": "x", "ports": [{"port": 1}]"#, "spec.externalIPs"),
        (#""clusterIP": 5"#, "spec.clusterIP"), (#""clusterIPs": "None""#, "spec.clusterIPs"),
        (#""clusterIP": "10.0.0.1", "clusterIPs": [5, "fd00::1"], "ports": [{"port": 1}]"#, "spec.clusterIPs[0]"),
        (#""ports": [{"name": 5, "port": 1}, {"name": "b", "port": 2}]"#, "spec.ports[0].name"),
        (#""ports": [{"name": "a", "port": 1}, {"name": 5, "port": 1, "protocol": "UDP"}]"#, "spec.ports[1].name"),
        (
            #""ports": [{"name": "a", "port": 53, "protocol": "udp"}, {"name": "b", "port": 53}]"#,
            "spec.ports[0].protocol"
        ),
        (
            #""type": "NodePort", "ports": [{"name": "a", "port": 1, "protocol": "udp", "nodePort": 30000}, "#
                + #"{"name": "b", "port": 2, "nodePort": 30000}]"#, "spec.ports[0].protocol"
        ),
        (
            #""ports": [{"name": "a", "port": "1"}, {"name": "b", "port": "1"}]"#,
            "spec.ports[0].port spec.ports[1].port"
        ),
        (#""sessionAffinity": 1, "sessionAffinityConfig": {}, "ports": [{"port": 1}]"#, "spec.sessionAffinity"),
        (#""sessionAffinity": "client", "sessionAffinityConfig": {}, "ports": [{"port": 1}]"#, "spec.sessionAffinity"),
        (#""ports": "80""#, "spec.ports"),
    ])
    func saysNothingThatFollowsFromAWrongField(spec: String, paths: String) throws {
        let document = try decode(Self.service(spec))
        #expect(document.diagnostics.compactMap(\.path).joined(separator: " ") == paths, "\(document.diagnostics)")
        #expect(
            document.edits == [
                .refused(
                    ObjectReference(.service, NamespacedName("default", "web")), of: NamespacedName("default", "web"))
            ])
    }

    @Test(arguments: [
        #"{"name": 5}"#, #"{"name": "a", "namespace": 5}"#, #"{"name": {}, "namespace": "b"}"#,
    ])
    func doesNotGuessANameThatIsWrong(metadata: String) throws {
        let document = try decode(#"{"kind": "Pod", "metadata": \#(metadata)}"#)
        #expect(document.diagnostics.count == 1, "\(document.diagnostics)")
        #expect(document.edits == [.refused(nil)])
    }

    @Test(arguments: [
        (#""addresses": "10.0.0.1""#, "endpoints[0].addresses"), (#""addresses": [5]"#, "endpoints[0].addresses[0]"),
    ])
    func saysOnceWhatIsWrongWithAnEndpoint(field: String, path: String) throws {
        let slice =
            #"{"kind": "EndpointSlice", "metadata": {"name": "a", "labels": {"kubernetes.io/service-name": "b"}}, "#
            + #""addressType": "IPv4", "endpoints": [{\#(field)}]}"#
        #expect(try decode(slice).diagnostics.map(\.path) == [path])
        let subset = #"{"kind": "Endpoints", "metadata": {"name": "a"}, "subsets": [{\#(field)}]}"#
        let expected = path.replacing("endpoints", with: "subsets")
        #expect(try decode(subset).diagnostics.map(\.path) == [expected])
        let address = #"{"kind": "Endpoints", "metadata": {"name": "a"}, "subsets": [{"addresses": [{"ip": 5}]}]}"#
        #expect(try decode(address).diagnostics.map(\.path) == ["subsets[0].addresses[0].ip"])
    }

    @Test(arguments: [
        ("Service", "apps/v1", #"apiVersion: Unsupported value: "apps/v1": supported values: "v1""#),
        ("Service", "v1beta1", #"apiVersion: Unsupported value: "v1beta1": supported values: "v1""#),
        ("Node", "node.k8s.io/v1", #"apiVersion: Unsupported value: "node.k8s.io/v1": supported values: "v1""#),
        ("Endpoints", "core/v1", #"apiVersion: Unsupported value: "core/v1": supported values: "v1""#),
        (
            "EndpointSlice", "v1",
            #"apiVersion: Unsupported value: "v1": supported values: "discovery.k8s.io/v1", "discovery.k8s.io/v1beta1""#
        ),
        (
            "EndpointSlice", "discovery.k8s.io/v2",
            #"apiVersion: Unsupported value: "discovery.k8s.io/v2": supported values: "discovery.k8s.io/v1", "#
                + #""discovery.k8s.io/v1beta1""#
        ),
        ("service", "v1", #"kind: Unsupported value: "service": supported values: "Service""#),
        (
            "Endpointslice", "discovery.k8s.io/v1",
            #"kind: Unsupported value: "Endpointslice": supported values: "EndpointSlice""#
        ),
    ])
    func saysWhenATypeIsMistaken(kind: String, version: String, problem: String) throws {
        let text = #"{"kind": "\#(kind)", "apiVersion": "\#(version)", "metadata": {"name": "a"}, "spec": {"type": 1}}"#
        #expect(try problems(text) == [problem])
        #expect(try decode(text).edits.count == 1)
        guard case .refused(.some, _)? = try decode(text).edits.first else { throw UnexpectedObject(text: text) }
    }

    @Test func aWrongTypeOfTypeIsSaid() throws {
        let pod = { (type: String) in #"{\#(type), "metadata": {"name": "a"}}"# }
        #expect(
            try problems(pod(#""kind": "Pod", "apiVersion": 1"#))
                == [#"apiVersion: Unsupported value: "1": supported values: "v1""#])
        #expect(try problems(pod(#""kind": 1"#)) == [": `kind`: expected a string, found 1"])
    }

    @Test(arguments: [#""generateName": "web-""#, #""generateName": "web-", "name": """#])
    func anObjectWithoutANameHidesNothing(metadata: String) throws {
        let document = try decode(Self.service(#""ports": [{"port": 80}]"#, metadata: metadata))
        #expect(
            document.diagnostics.map(\.message) == [
                #"Required value: only the API server makes a name out of generateName "web-""#
            ])
        #expect(document.edits.isEmpty)
    }

    // MARK: Limits

    @Test func saysAtMostTenThingsOfAnObject() throws {
        let ports = (1...30).map { #"{"name": "p", "port": \#($0)}"# }.joined(separator: ",")
        let lines = try decode(Self.service(#""ports": [\#(ports)]"#)).diagnostics.map(\.description)
        #expect(lines.count == 11)
        #expect(lines.last == "f.json: Service default/web: and 19 more problems")
    }

    @Test func saysAtMostTwentyThingsOfADocument() throws {
        let items = (0..<50).map { #"{"kind": "Pod", "metadata": {"name": "p\#($0)", "labels": 5}}"# }
        let document = try decode(#"{"kind": "List", "items": [\#(items.joined(separator: ","))]}"#)
        #expect(document.edits.count == 50)
        #expect(document.diagnostics.count == 21)
        #expect(document.diagnostics.last?.description == "f.json: and 30 more problems")
        #expect(document.diagnostics.last?.severity == .error)
    }

    @Test(arguments: [
        #"{"kind": "Pod", "metadata": {"name": "%"}}"#,
        #"{"kind": "Pod", "metadata": {"name": "a", "namespace": "%"}}"#,
        #"{"kind": "Pod", "metadata": {"name": "a", "labels": {"%": 5}}}"#,
        #"{"kind": "Pod", "metadata": "%"}"#, #"{"kind": "Pod", "apiVersion": "%", "metadata": {"name": "a"}}"#,
        #"{"kind": "Pod", "metadata": {"name": "a", "creationTimestamp": "%"}}"#,
        #"{"kind": "Pod", "metadata": {"generateName": "%"}}"#, #"{"type": "%", "object": {}}"#,
        #"{"kind": "Service", "metadata": {"name": "a"}, "spec": {"type": "%"}}"#,
        #"{"kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}], "clusterIP": "%"}}"#,
        #"{"kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}], "sessionAffinity": "%"}}"#,
        #"{"type": "ERROR", "object": {"message": "%"}}"#, #"{"kind": "List", "items": "%"}"#,
    ])
    func cutsLongValues(text: String) throws {
        let long = String(repeating: "\\u001b[31m", count: 1000)
        let lines = try decode(text.replacing("%", with: long)).diagnostics.map(\.description)
        #expect(lines.count == 1)
        for line in lines {
            #expect(line.utf8.count < 1500, "\(line.utf8.count) bytes")
            #expect(line.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(line)")
        }
    }

    @Test func cutsLongNumbers() throws {
        let digits = String(repeating: "9", count: 1000)
        let lines = try problems(Self.service(#""ports": [{"port": \#(digits)}]"#))
        #expect(lines == ["spec.ports[0].port: expected a whole number, found \(digits.prefix(100))..."])
    }

    @Test(arguments: [
        ("a\nb", #"a\nb"#), ("a\u{0}", #"a\x00"#), ("\u{1b}[2J", #"\x1b[2J"#), ("\u{7f}\u{9b}1m", #"\x7f\u009b1m"#),
        ("a\u{2028}b", #"a\u2028b"#), ("\u{202e}abc", #"\u202eabc"#), ("\u{e0001}", #"\U000e0001"#),
        ("é\u{a0}", #"é\u00a0"#),
        ("bücher 市场", "bücher 市场"), (#"C:\n"#, #"C:\n"#),
    ])
    func printsOnOneLine(text: String, printed: String) {
        let reference = ObjectReference(.service, NamespacedName(text, text))
        #expect(reference.description == "Service \(printed)/\(printed)")
        let diagnostic = Diagnostic(.error, file: text, object: text, path: text, text)
        #expect(diagnostic.description == Array(repeating: printed, count: 4).joined(separator: ": "))
    }

    @Test func forgesNoLine() throws {
        let text = Self.service(
            #""ports": [{"port": 80}]"#, metadata: #""name": "a\nerror: forged", "namespace": "b\u0000\u001b[2J""#)
        let lines = try decode(text).diagnostics.map(\.description)
        #expect(lines.count == 2)
        #expect(
            lines.first?.hasPrefix(
                #"f.json: Service b\x00\x1b[2J/a\nerror: forged: metadata.name: Invalid value: "a\nerror: forged": a lower"#
            )
                == true, "\(lines)")
    }
}
