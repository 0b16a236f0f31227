import ClusterModel
import NetworkValues
import Testing

/// Goal: no input ends the program, or makes it say something that has no end or more than one line.
/// Method: random changes of valid objects, the same in every run: of single bytes, and of whole values.
@Suite struct MutationTests {
    private static let documents = [
        #"""
        {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web", "namespace": "shop", "labels": {"a": "b"},
          "creationTimestamp": "2026-01-01T00:00:00.5+01:00"}, "spec": {"type": "LoadBalancer",
          "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1", "fd96::1"], "ports": [{"name": "http", "port": 80,
          "nodePort": 30080, "protocol": "TCP"}, {"name": "dns", "port": 53, "protocol": "UDP"}],
          "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 60}},
          "externalTrafficPolicy": "Local", "internalTrafficPolicy": "Cluster", "healthCheckNodePort": 31000,
          "externalIPs": ["192.0.2.1"], "loadBalancerSourceRanges": ["10.0.0.0/8"],
          "trafficDistribution": "PreferClose"}, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.2",
          "ipMode": "VIP"}]}}}
        """#,
        #"""
        {"kind": "List", "apiVersion": "v1", "items": [{"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
          "metadata": {"name": "web-1", "labels": {"kubernetes.io/service-name": "web"}}, "addressType": "IPv4",
          "ports": [{"name": "http", "protocol": "TCP", "port": 8080}], "endpoints": [{"addresses": ["10.64.0.1"],
          "conditions": {"ready": true, "serving": true, "terminating": false}, "nodeName": "node-a",
          "hints": {"forZones": [{"name": "z"}], "forNodes": [{"name": "n"}]}}]},
          {"kind": "Endpoints", "apiVersion": "v1", "metadata": {"name": "old"}, "subsets": [{"addresses":
          [{"ip": "10.64.0.1", "nodeName": "n"}], "notReadyAddresses": [{"ip": "fd64::1"}], "ports": [{"port": 1}]}]}]}
        """#,
        #"""
        {"type": "ADDED", "object": {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "node-a"}, "spec":
          {"podCIDR": "10.64.0.0/24", "podCIDRs": ["10.64.0.0/24"]}, "status": {"addresses":
          [{"type": "InternalIP", "address": "192.0.2.10"}]}}}
        """#,
        #"""
        {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-0", "uid": "u", "deletionTimestamp":
          "2026-01-01T00:00:00Z"}, "spec": {"nodeName": "node-a", "hostname": "web-0", "hostNetwork": false,
          "containers": [{"ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}], "initContainers":
          [{"restartPolicy": "Always", "ports": [{"containerPort": 1}]}]}, "status": {"phase": "Running", "podIP":
          "10.64.0.1", "podIPs": [{"ip": "10.64.0.1"}], "conditions": [{"type": "Ready", "status": "True"}]}}
        """#,
        #"""
        {"kind": "ServiceCIDRList", "apiVersion": "networking.k8s.io/v1", "items": [{"metadata": {"name": "a"},
          "spec": {"cidrs": ["10.96.0.0/12", "fd96::/112"]}}]}
        """#,
    ]

    private static let values =
        [
            "null", "true", "{}", "[]", "[[]]", "[null]", "[{}]", "0", "-1", "65536", "1e400", "-9223372036854775809",
            "4294967296", "0.5", #""""#, #""None""#, #""\u0000\n""#, #""\ud800""#, #""::""#, #""0.0.0.0/0""#,
            #""999.1.1.1""#, #""9999-12-31T23:59:60.999999999999-23:59""#, #""::ffff:1.2.3.4/95""#, #""../..""#,
        ] + [#""\#(String(repeating: "x", count: 300))""#]

    /// Numbers that are the same in every run (Knuth's MMIX).
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    @Test(arguments: 1...4) func wrongBytesAreOnlyReported(seed: Int) {
        var generator = Generator(state: UInt64(seed))
        for _ in 0..<500 {
            var bytes = Array(Self.documents[Int.random(in: 0..<Self.documents.count, using: &generator)].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: at)
                case 2: bytes.insert("{}[]\",:0\\".utf8.randomElement(using: &generator) ?? 0, at: at)
                default:
                    let end = min(bytes.count, at + Int.random(in: 1...40, using: &generator))
                    bytes.insert(contentsOf: bytes[at..<end], at: Int.random(in: 0...bytes.count, using: &generator))
                }
            }
            check(bytes)
        }
    }

    @Test(arguments: 1...4) func wrongValuesAreOnlyReported(seed: Int) {
        var generator = Generator(state: UInt64(seed) << 32)
        for _ in 0..<500 {
            var text = Self.documents[Int.random(in: 0..<Self.documents.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let all = text.ranges(of: /"[^"]*"|[0-9]+|true|false/)
                guard let range = all.randomElement(using: &generator) else { continue }
                text.replaceSubrange(range, with: Self.values.randomElement(using: &generator) ?? "")
            }
            check(Array(text.utf8))
        }
    }

    /// Whatever comes of it, it has an end and is printed on one line, and what is taken is as it should be.
    private func check(_ bytes: [UInt8]) {
        let document: DecodedDocument
        do {
            document = try DecodedDocument(bytes, file: "f.json")
        } catch {
            #expect(error.description.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(error)")
            return
        }
        #expect(document.diagnostics.count <= 21)
        for diagnostic in document.diagnostics {
            let line = diagnostic.description
            #expect(line.utf8.count < 2000 && !line.utf8.contains { $0 < 0x20 || $0 == 0x7f }, "\(line)")
        }
        for case .put(let object) in document.edits {
            #expect(!object.reference.name.name.isEmpty)
            #expect(object.reference.description.utf8.allSatisfy { (0x20...0x7e).contains($0) && $0 != 0x5c })
            guard case .service(let service) = object else { continue }
            #expect(
                service.ports.allSatisfy { $0.port > 0 } && service.clusterIPs.addresses.allSatisfy { !$0.isLoopback })
        }
        if document.edits.contains(where: { if case .refused = $0 { true } else { false } }) {
            #expect(!document.diagnostics.isEmpty, "refused without a word")
        }
    }
}
