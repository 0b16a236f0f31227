import Foundation

/// A directory of JSON files that stands for a cluster, deleted when the value goes.
final class ClusterFiles {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "sy-cluster-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            FileHandle.standardError.write(Data("leaving \(folder.path()) behind: \(error)\n".utf8))
        }
    }

    /// Writes a file at once, as an editor or `kubectl` with a rename does.
    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: folder.appending(path: name), options: .atomic)
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(at: folder.appending(path: name)) }

    /// A Service with port 80 over TCP and UDP, whose endpoints have port 8080; in `service-NAME.json`.
    ///
    /// - Parameter spec: further fields of the spec, as JSON with a comma at the end.
    func addService(_ name: String, _ clusterIPs: [String], spec: String = "") throws {
        let addresses = clusterIPs.map { "\"\($0)\"" }.joined(separator: ", ")
        try write(
            "service-\(name).json",
            """
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "\(name)", "namespace": "default"},
             "spec": {\(spec) "clusterIP": "\(clusterIPs[0])", "clusterIPs": [\(addresses)],
              "ipFamilyPolicy": "PreferDualStack",
              "ports": [{"name": "tcp", "protocol": "TCP", "port": 80, "targetPort": 8080},
                        {"name": "udp", "protocol": "UDP", "port": 80, "targetPort": 8080}]}}
            """)
    }

    /// A slice with one endpoint, in `slice-NAME.json`.
    func addEndpoint(_ name: String, of service: String, _ address: String, node: String = "node-b") throws {
        let family = address.contains(":") ? "IPv6" : "IPv4"
        try write(
            "slice-\(name).json",
            """
            {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "\(family)",
             "metadata": {"name": "\(name)", "namespace": "default",
                          "labels": {"kubernetes.io/service-name": "\(service)"}},
             "ports": [{"name": "tcp", "protocol": "TCP", "port": 8080},
                       {"name": "udp", "protocol": "UDP", "port": 8080}],
             "endpoints": [{"addresses": ["\(address)"], "nodeName": "\(node)"}]}
            """)
    }

    /// A Service with port 80 over TCP and UDP and a node port for both, whose endpoints have port 8080; in `service-NAME.json`.
    ///
    /// - Parameters:
    ///   - type: `NodePort` or `LoadBalancer`.
    ///   - spec: further fields of the spec, as JSON with a comma at the end.
    ///   - balancers: the addresses of its load balancer.
    func addExternalService(
        _ name: String, _ clusterIPs: [String], nodePort: Int, type: String = "NodePort", spec: String = "",
        balancers: [String] = []
    ) throws {
        let quoted = { (addresses: [String]) in addresses.map { "\"\($0)\"" }.joined(separator: ", ") }
        let ingress = balancers.map { "{\"ip\": \"\($0)\"}" }.joined(separator: ", ")
        try write(
            "service-\(name).json",
            """
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "\(name)", "namespace": "default"},
             "spec": {\(spec) "type": "\(type)", "clusterIP": "\(clusterIPs[0])", "clusterIPs": [\(quoted(clusterIPs))],
              "ipFamilyPolicy": "PreferDualStack",
              "ports": [{"name": "tcp", "protocol": "TCP", "port": 80, "targetPort": 8080, "nodePort": \(nodePort)},
                        {"name": "udp", "protocol": "UDP", "port": 80, "targetPort": 8080, "nodePort": \(nodePort)}]},
             "status": {"loadBalancer": {"ingress": [\(ingress)]}}}
            """)
    }

    /// The Service `web` at 10.96.0.10 and fd96::10, whose endpoints are the three backends.
    func addWeb() throws {
        try addService("web", ["10.96.0.10", "fd96::10"])
        for number in 1...3 {
            try addEndpoint("web-\(number)", of: "web", "10.64.\(number).1")
            try addEndpoint("web-\(number)-v6", of: "web", "fd64:0:0:\(number)::1")
        }
    }
}
