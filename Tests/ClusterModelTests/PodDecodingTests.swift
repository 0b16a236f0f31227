import ClusterModel
import NetworkValues
import Testing

@Suite struct PodDecodingTests {
    private func pod(_ text: String) throws -> Pod {
        guard case .pod(let pod)? = try objects(text).first else { throw UnexpectedObject(text: text) }
        return pod
    }

    @Test func readsEveryFieldThatIsKept() throws {
        let decoded = try pod(
            #"""
            {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db-0", "namespace": "shop", "uid": "u",
               "labels": {"app": "db"}, "deletionTimestamp": "2026-01-01T00:00:00Z"},
             "spec": {"nodeName": "n1", "hostname": "db-0", "subdomain": "db", "hostNetwork": true,
               "enableServiceLinks": false,
               "initContainers": [{"name": "setup", "ports": [{"name": "sql", "containerPort": 1}]},
                 {"name": "sidecar", "restartPolicy": "Always", "ports": [{"name": "metrics", "containerPort": 9090}]}],
               "containers": [{"name": "a", "ports": [{"name": "sql", "containerPort": 5432}, {"containerPort": 53,
                 "protocol": "UDP"}]}, {"name": "b"}]},
             "status": {"phase": "Running", "podIP": "10.1.0.1", "podIPs": [{"ip": "10.1.0.1"}, {"ip": "fd00::1"}],
               "conditions": [{"type": "Initialized", "status": "True"}, {"type": "Ready", "status": "False",
                 "lastTransitionTime": "2026-01-02T00:00:00Z"}]}}
            """#)
        let metadata = ObjectMetadata(
            name: NamespacedName("shop", "db-0"), labels: ["app": "db"], uid: "u",
            deletionTimestamp: Timestamp("2026-01-01T00:00:00Z"))
        #expect(
            decoded
                == Pod(
                    metadata: metadata, nodeName: "n1", hostname: "db-0", subdomain: "db", usesHostNetwork: true,
                    hasServiceLinks: false,
                    ports: [
                        .init(name: "sql", number: 5432), .init(transportProtocol: .udp, number: 53),
                        .init(name: "metrics", number: 9090),
                    ], phase: .running, podIP: try ip("10.1.0.1"), podIPs: [try ip("10.1.0.1"), try ip("fd00::1")],
                    readiness: .init(isReady: false, lastTransitionTime: Timestamp("2026-01-02T00:00:00Z"))))
    }

    @Test func hasTheDefaultsOfTheAPI() throws {
        let decoded = try pod(#"{"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{}]}}"#)
        #expect(decoded == Pod(metadata: ObjectMetadata(name: NamespacedName("default", "a"))))
        #expect(decoded.hasServiceLinks && !decoded.usesHostNetwork)
    }

    @Test func leavesOutWhatNoConnectionCanGoTo() throws {
        let text = #"""
            {"kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [{"ports": [{"containerPort": 0},
             {"containerPort": 80}]}]}, "status": {"podIP": "x", "podIPs": [{"ip": "10.1.0"}, {"ip": "10.1.0.1"}]}}
            """#
        let address = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
        #expect(
            try problems(text) == [
                "spec.containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535, inclusive",
                #"status.podIP: Invalid value: "x": \#(address)"#,
                #"status.podIPs[0].ip: Invalid value: "10.1.0": \#(address)"#,
            ])
        guard case .put(.pod(let decoded))? = try decode(text).edits.first else { throw UnexpectedObject(text: text) }
        #expect(decoded.ports.map(\.number) == [80])
        #expect(decoded.podIPs == [try ip("10.1.0.1")])
    }

    /// The API refuses such a Pod; nothing else may suffer from it.
    @Test(arguments: [
        (#""spec": {"nodeName": 5}"#, "spec.nodeName: expected a string, found 5"),
        (#""status": {"phase": "Runing"}"#, "status.phase: Unsupported value: \"Runing\""),
    ])
    func refusesAWrongPodAlone(field: String, problem: String) throws {
        let pods = #"{"kind": "Pod", "metadata": {"name": "a"}, \#(field)}, {"kind": "Pod", "metadata": {"name": "b"}}"#
        let document = try decode(#"{"kind": "List", "items": [\#(pods)]}"#)
        #expect(
            document.edits == [
                .refused(ObjectReference(.pod, NamespacedName("default", "a"))),
                .put(.pod(Pod(metadata: ObjectMetadata(name: NamespacedName("default", "b"))))),
            ])
        #expect(document.diagnostics.count == 1)
        #expect(document.diagnostics.first?.description.contains(problem) == true, "\(document.diagnostics)")
    }
}
