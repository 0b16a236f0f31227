import Allocation
import ClusterModel
import ClusterState
import Glibc
import NetworkValues
import SystemPackage
import Testing

@testable import StateFiles

struct AllocationsFileTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.file("allocations.json") }

    init() throws { directory = try TemporaryDirectory() }

    private var sample: [NamespacedName: ServiceAllocation] {
        get throws {
            let addresses = [try #require(IPAddress("10.96.1.2")), try #require(IPAddress("fd00:96::12"))]
            return [
                NamespacedName("shop", "web"): ServiceAllocation(
                    uid: "1", type: .loadBalancer, clusterIPs: .allocated(addresses), ipFamilies: [.ipv4, .ipv6],
                    ipFamilyPolicy: .preferDualStack, allocatesNodePorts: true,
                    nodePorts: [.init(portName: "", number: 30001), .init(portName: "b", number: 0)],
                    healthCheckNodePort: 30002),
                NamespacedName("shop", "a\"b"): ServiceAllocation(
                    type: .nodePort, clusterIPs: .headless, ipFamilies: [], ipFamilyPolicy: nil,
                    allocatesNodePorts: false, nodePorts: [], healthCheckNodePort: 0),
            ]
        }
    }

    @Test func readsWhatItHasWritten() throws {
        #expect(try AllocationsFile.load(path) == [:], "it is not there yet")
        let file = try AllocationsFile(path)
        try file.save(try sample)
        #expect(try AllocationsFile.load(path) == sample)
        try file.save([:])
        #expect(try AllocationsFile.load(path) == [:])
        #expect(exists(path + ".new") == false)
    }

    private func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    @Test func hasOneWriter() throws {
        var file: AllocationsFile? = try AllocationsFile(path)
        #expect(
            throws: StateError(path: path, operation: "lock", reason: "another process of switchyard has it")
        ) { try AllocationsFile(path) }
        try file?.save(try sample)
        #expect(try AllocationsFile.load(path).count == 2, "but any reader")
        file = nil
        _ = try AllocationsFile(path)
    }

    @Test(arguments: [
        ("", "it is not what was written"), ("{", "it is not what was written"),
        (#"{"version":2,"services":[]}"#, "it is of version 2"),
        (#"{"version":1,"services":[{"namespace":"a","name":"b","type":"Other"}]}"#, "Service a/b"),
        (
            #"{"version":1,"services":[{"namespace":"a","name":"b","type":"ClusterIP","clusterIPs":["x"]}]}"#,
            "Service a/b"
        ),
        (
            #"{"version":1,"services":[{"namespace":"a","name":"b","type":"ClusterIP","clusterIPs":["10.0.0.1"]},"#
                + #"{"namespace":"a","name":"c","type":"ClusterIP","clusterIPs":["10.0.0.1"]}]}"#,
            "10.0.0.1 is in it twice"
        ),
        (
            #"{"version":1,"services":[{"namespace":"a","name":"b","type":"NodePort","ports":[{"name":"","nodePort":5}]},"#
                + #"{"namespace":"a","name":"c","type":"ClusterIP","healthCheckNodePort":5}]}"#,
            "node port 5 is in it twice"
        ),
    ])
    func refusesADamagedFile(text: String, words: String) throws {
        try directory.write("allocations.json", text)
        let reason = "it is damaged (\(words)), and is left as it is; to begin anew, move it away"
        #expect(throws: StateError(path: path, operation: "be used", reason: reason)) { try AllocationsFile.load(path) }
    }

    @Test func aFileThatWasMadeReadOnlyStaysAsItIs() throws {
        let file = try AllocationsFile(path)
        try file.save([:])
        chmod(path, 0o444)
        #expect(throws: StateError(path: path, operation: "write", reason: "Permission denied")) {
            try file.save(try sample)
        }
        #expect(try AllocationsFile.load(path) == [:])
        chmod(path, 0o644)
        try file.save(try sample)
        #expect(try AllocationsFile.load(path).count == 2)
    }

    @Test func saysWhatIsNoFile() throws {
        #expect(throws: StateError(path: directory.path, operation: "read", reason: "it is no file")) {
            try AllocationsFile.load(directory.path)
        }
        let nowhere = directory.file("nothing/allocations.json")
        #expect(throws: StateError.self) { try AllocationsFile.load(nowhere) }
        let file = try AllocationsFile(nowhere)
        #expect(throws: StateError.self) { try file.save([:]) }
    }
}
