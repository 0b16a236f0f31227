import ClusterModel
import NetworkValues
import Testing

@Suite struct DocumentDecodingTests {
    private func references(_ text: String) throws -> [String] {
        try decode(text).edits.map { edit in
            switch edit {
            case .put(let object): "put \(object.reference)"
            case .delete(let reference): "delete \(reference)"
            case .refused(let reference, _): "refused \(reference.map(\.description) ?? "?")"
            }
        }
    }

    @Test func keepsTheGoodItemsOfAList() throws {
        let text = #"""
            {"kind": "List", "apiVersion": "v1", "items": [
              {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "p1"}},
              {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "bad"}, "spec": {"ports": [{"port": -1}]}},
              {"kind": "Service", "apiVersion": "v1", "metadata": {"namespace": "x"}, "spec": {"ports": [{"port": 1}]}},
              {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "s"}},
              7,
              {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1", "namespace": "ignored"}}]}
            """#
        #expect(
            try references(text) == [
                "put Pod default/p1", "refused Service default/bad", "refused ?", "refused ?", "put Node n1",
            ])
        #expect(
            try decode(text).diagnostics.map(\.description) == [
                "f.json: Service default/bad: spec.ports[0].port: Invalid value: -1: "
                    + "must be between 1 and 65535, inclusive",
                "f.json: Service at items[2]: metadata.name: Required value: name or generateName is required",
                "f.json: items[4]: expected an object, found 7",
            ])
    }

    @Test(arguments: [
        ("ServiceList", "v1", #"{"metadata": {"name": "a"}, "spec": {"ports": [{"port": 1}]}}"#, "Service default/a"),
        (
            "EndpointSliceList", "discovery.k8s.io/v1",
            #"{"metadata": {"name": "a", "labels": {"kubernetes.io/service-name": "b"}}, "addressType": "IPv4"}"#,
            "EndpointSlice default/a"
        ),
        ("EndpointsList", "v1", #"{"metadata": {"name": "a"}}"#, "Endpoints default/a"),
        ("NodeList", "v1", #"{"metadata": {"name": "a"}}"#, "Node a"),
        ("PodList", "v1", #"{"metadata": {"name": "a", "namespace": "b"}}"#, "Pod b/a"),
        (
            "ServiceCIDRList", "networking.k8s.io/v1",
            #"{"metadata": {"name": "a"}, "spec": {"cidrs": ["10.96.0.0/12"]}}"#, "ServiceCIDR a"
        ),
    ])
    func readsTypedLists(kind: String, version: String, item: String, reference: String) throws {
        let text = #"{"kind": "\#(kind)", "apiVersion": "\#(version)", "items": [\#(item)]}"#
        #expect(try references(text) == ["put \(reference)"])
    }

    @Test(arguments: [
        #"{"kind": "ConfigMapList", "items": [{"metadata": {"name": "a"}}]}"#, #"{"kind": "List", "items": null}"#,
        #"{"kind": "Service", "apiVersion": "serving.knative.dev/v1", "metadata": {"name": "a"}}"#,
        #"{"kind": "ServiceList", "apiVersion": "serving.knative.dev/v1", "items": [{"metadata": {"name": "a"}}]}"#,
        #"{"kind": "Node", "apiVersion": "longhorn.io/v1beta2", "metadata": {"name": "a"}}"#,
        #"{"kind": "Endpoints", "apiVersion": "my-k8s.io/v1", "metadata": {"name": "a"}}"#,
    ])
    func passesOverOtherKinds(text: String) throws {
        let document = try decode(text)
        #expect(document.edits.isEmpty && document.diagnostics.isEmpty)
    }

    @Test(arguments: [
        ("[]", "f.json: expected an object, found an array", Diagnostic.Severity.error),
        ("5", "f.json: expected an object, found 5", .error),
        ("{}", "f.json: is no Kubernetes object: it has no `kind`", .warning),
        (#"{"kind": "List", "items": {}}"#, "f.json: `items`: expected an array, found an object", .error),
    ])
    func saysWhatIsNoObject(text: String, description: String, severity: Diagnostic.Severity) throws {
        let document = try decode(text)
        #expect(document.diagnostics.map(\.description) == [description])
        #expect(document.diagnostics.map(\.severity) == [severity])
        #expect(document.edits == [.refused(nil)])
    }

    @Test(arguments: [
        ("Web", "a lowercase RFC 1123 label must"), ("a.b", "must not contain dots"),
        ("-a", "a lowercase RFC 1123 label must"),
        (String(repeating: "a", count: 64), "must be no more than 63 characters"),
    ])
    func checksNames(name: String, reason: String) throws {
        let text = #"{"kind": "Service", "metadata": {"name": "\#(name)"}, "spec": {"ports": [{"port": 1}]}}"#
        let problem = try #require(try problems(text).first)
        #expect(problem.hasPrefix("metadata.name: Invalid value: \"\(name)\": \(reason)"))
    }

    @Test func checksNamespacesAndSubdomains() throws {
        #expect(
            try references(#"{"kind": "Node", "metadata": {"name": "n1.example.com"}}"#) == ["put Node n1.example.com"])
        #expect(
            try problems(#"{"kind": "Pod", "metadata": {"name": "a", "namespace": "b.c"}}"#).first?
                .hasPrefix(#"metadata.namespace: Invalid value: "b.c": must not contain dots"#) == true)
        #expect(try references(#"{"kind": "Node", "metadata": {"name": "a..b"}}"#) == ["refused Node a..b"])
    }

    @Test func readsWatchEvents() throws {
        let event = { (type: String, object: String) in #"{"type": "\#(type)", "object": \#(object)}"# }
        let pod = #"{"kind": "Pod", "metadata": {"name": "a"}}"#
        #expect(try references(event("ADDED", pod)) == ["put Pod default/a"])
        #expect(try references(event("MODIFIED", pod)) == ["put Pod default/a"])
        #expect(try references(event("DELETED", pod)) == ["delete Pod default/a"])
        #expect(
            try references(event("DELETED", #"{"kind": "Service", "metadata": {"name": "a"}, "spec": 5}"#))
                == ["delete Service default/a"], "what is gone need not be right")
        #expect(try decode(event("ADDED", pod)).isWatchEvent)
        #expect(try !decode(pod).isWatchEvent)
        let problem = try decode(event("ERROR", #"{"kind": "Status", "code": 410, "message": "too old"}"#))
        #expect(
            problem.diagnostics.map(\.description)
                == ["f.json: the watch was ended by the server: too old (code 410)"])
        #expect(problem.edits.isEmpty)
        #expect(
            try problems(event("CHANGED", pod)) == [
                #"type: Unsupported value: "CHANGED": supported values: "ADDED", "BOOKMARK", "DELETED", "ERROR", "#
                    + #""MODIFIED""#
            ])
    }

    @Test func readsBookmarks() throws {
        let end = #"{"metadata": {"annotations": {"k8s.io/initial-events-end": "true"}}, "kind": "Service"}"#
        let document = try decode(#"{"type": "BOOKMARK", "object": \#(end)}"#)
        #expect(document.listing == .end(.service))
        #expect(document.edits.isEmpty && document.diagnostics.isEmpty)
        let other = try decode(#"{"type": "BOOKMARK", "object": {"kind": "Service", "metadata": {}}}"#)
        #expect(other.listing == nil)
        #expect(other.edits.isEmpty && other.diagnostics.isEmpty)
    }

    @Test func readsNodes() throws {
        let decoded = try objects(
            """
            {"kind": "Node", "metadata": {"name": "n1", "labels": {"z": "1"}},
             "spec": {"podCIDR": "10.1.0.0/24", "podCIDRs": ["10.1.0.0/24", "fd00:1::/64"],
               "taints": [{"key": "ToBeDeletedByClusterAutoscaler", "value": "1", "effect": "NoSchedule"}]},
             "status": {"addresses": [{"type": "ExternalIP", "address": "192.0.2.1"},
               {"type": "Hostname", "address": "n1"}, {"type": "InternalIP", "address": "10.0.0.1"}]}}
            """)
        #expect(
            decoded == [
                .node(
                    Node(
                        metadata: ObjectMetadata(name: NamespacedName("", "n1"), labels: ["z": "1"]),
                        addresses: [try ip("10.0.0.1"), try ip("192.0.2.1")],
                        podCIDRs: [try prefix("10.1.0.0/24"), try prefix("fd00:1::/64")],
                        taintKeys: ["ToBeDeletedByClusterAutoscaler"]))
            ])
        let single = try objects(#"{"kind": "Node", "metadata": {"name": "n"}, "spec": {"podCIDR": "10.1.0.0/24"}}"#)
        guard case .node(let node)? = single.first else { throw UnexpectedObject(text: "\(single)") }
        #expect(node.podCIDRs == [try prefix("10.1.0.0/24")])
    }

    @Test func leavesOutANodeAddressThatIsNone() throws {
        let text = #"""
            {"kind": "Node", "metadata": {"name": "n"}, "status": {"addresses": [
              {"type": "InternalIP", "address": "x"}, {"type": "InternalIP", "address": "10.0.0.1"}]}}
            """#
        #expect(
            try problems(text) == [
                #"status.addresses[0].address: Invalid value: "x": must be a valid IP address, "#
                    + "(e.g. 10.9.8.7 or 2001:db8::ffff)"
            ])
        #expect(try references(text) == ["put Node n"])
    }

    @Test func throwsOnlyForWhatIsNoJSON() {
        #expect(
            throws: MalformedDocument(
                position: TextPosition(line: 1, column: 9), message: "it ends where a colon was expected")
        ) {
            try decode(#" {"kind""#)
        }
    }
}
