import ClusterModel
import Foundation
import Testing

@testable import StateFiles

/// What kube-apiserver 1.36.2 and kubectl 1.36.4 made of texts of YAML.
struct YAMLRecordedTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var about: String
        var yaml: String
        /// The status of a POST with strict validation.
        var server: Int
        var serverSays: String?
        /// What `kubectl apply` sent to the server, and was taken.
        var applied: [Object]

        var testDescription: String { about }
    }

    /// A Service, and what of it YAML alone decides.
    struct Object: Decodable, Sendable {
        struct Metadata: Decodable, Sendable {
            var name: String
            var labels: [String: String]?
            var annotations: [String: String]?
        }

        struct Spec: Decodable, Sendable {
            struct Port: Decodable, Sendable {
                var name: String?
                var port: UInt16
                var targetPort: Target
            }

            var ports: [Port]
            var selector: [String: String]?
            var publishNotReadyAddresses: Bool?
        }

        var metadata: Metadata
        var spec: Spec

        var service: Service {
            Service(
                metadata: ObjectMetadata(
                    name: NamespacedName("shop", metadata.name), labels: metadata.labels ?? [:],
                    annotations: metadata.annotations ?? [:]),
                clusterIPs: .headless,
                ports: spec.ports.map {
                    .init(name: $0.name ?? "", port: $0.port, targetPort: $0.targetPort.value)
                },
                selector: spec.selector ?? [:], publishesNotReadyAddresses: spec.publishNotReadyAddresses ?? false)
        }
    }

    struct Target: Decodable, Sendable {
        var value: Service.TargetPort

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            do {
                value = .number(try container.decode(UInt16.self))
            } catch DecodingError.typeMismatch {
                value = .name(try container.decode(String.self))
            }
        }
    }

    static func cases() throws -> [Case] {
        let url = try #require(Bundle.module.url(forResource: "yaml", withExtension: "json", subdirectory: "Recorded"))
        return try JSONDecoder().decode([Case].self, from: Data(contentsOf: url))
    }

    @Test(arguments: try cases())
    func readsAsKubernetesDoes(recorded: Case) throws {
        let services = services(in: DecodedFile(Array(recorded.yaml.utf8), file: "f.yaml"))
        if recorded.serverSays?.contains("already set in map") == true {
            #expect(services == nil, "kubectl takes the last of two keys; the server with strict validation does not")
        } else {
            #expect(services ?? [] == recorded.applied.map(\.service))
            #expect((services == nil) == recorded.applied.isEmpty || recorded.yaml.hasPrefix("#"))
        }
    }

    /// - Returns: nil if something is wrong, or if there is nothing.
    private func services(in file: DecodedFile) -> [Service]? {
        guard case .success(let documents) = file.documents, !documents.isEmpty,
            documents.allSatisfy({ $0.diagnostics.isEmpty })
        else { return nil }
        return documents.flatMap(\.edits).compactMap { edit in
            guard case .put(.service(let service)) = edit else { return nil }
            return service
        }
    }
}
