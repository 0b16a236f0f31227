import NetworkValues
import NFTables
import Testing
import TestSupport
@testable import NetfilterKernel

/// Elements that packets have put into a dynamic map go when they lead to an endpoint that is gone.
struct PruningTests {
    private let id = TableID(.ipv4, "switchyard")

    /// With room for all elements that the tests ever add: those that have expired count until the kernel collects them.
    private var table: TableContents {
        var table = TableContents(id)
        for name in ["affinity-a", "affinity-b"] {
            table.sets.append(
                SetDeclaration(
                    name, key: [.sourceAddress(.ipv4)],
                    contents: .values([.destinationAddress(.ipv4), .destinationPort]), isDynamic: true, size: 10_000))
        }
        return table
    }

    private func endpoint(_ text: String) throws -> Tuple {
        Tuple(.address(try #require(IPAddress(text))), .port(80))
    }

    @Test func elementsThatLeadToAGoneEndpointAreDeleted() throws {
        let namespace = try NetworkNamespace("prune")
        let socket = try namespace.perform { try NetfilterSocket() }
        try socket.commit([TableChange(creating: table)])
        for map in ["affinity-a", "affinity-b"] {
            let elements = (1...100).map { "192.0.2.\($0) timeout 1h : 10.0.0.\($0 % 3) . 80" }.joined(separator: ", ")
            try namespace.check(["nft", "add element ip switchyard \(map) { \(elements) }"])
        }
        let allowed = [try endpoint("10.0.0.0"), try endpoint("10.0.0.2")]
        let deleted = try socket.prune([DynamicMapValues("affinity-a", allowed)], of: id)
        #expect(deleted == 34)
        let pruned = try namespace.check(["nft", "list", "map", "ip", "switchyard", "affinity-a"])
        #expect(!pruned.contains(": 10.0.0.1 "))
        #expect(pruned.contains("192.0.2.2 ") && pruned.contains("192.0.2.3 ") && pruned.contains(": 10.0.0.0 "))
        let untouched = try namespace.check(["nft", "list", "map", "ip", "switchyard", "affinity-b"])
        #expect(untouched.contains(": 10.0.0.1 "))
        #expect(try socket.prune([DynamicMapValues("affinity-a", allowed)], of: id) == 0)
        #expect(try socket.prune([DynamicMapValues("affinity-a", [])], of: id) == 66)
    }

    @Test func whatIsNotThereNeedsNoPruning() throws {
        let namespace = try NetworkNamespace("prune")
        let socket = try namespace.perform { try NetfilterSocket() }
        #expect(try socket.prune([DynamicMapValues("affinity-a", [])], of: id) == 0)
        try socket.commit([TableChange(creating: table)])
        #expect(try socket.prune([DynamicMapValues("no-such-map", [])], of: id) == 0)
    }

    /// An element keeps the time since its last packet, and gets the shorter rest.
    @Test(arguments: [true, false])
    func elementsThatLiveForTooLongAreShortened(destroys: Bool) throws {
        let namespace = try NetworkNamespace("prune")
        let socket = try namespace.perform { try NetfilterSocket() }
        socket.destroysElements = destroys
        var table = table
        table.sets.append(SetDeclaration("clients", key: [.sourceAddress(.ipv4)], isDynamic: true, size: 4))
        try socket.commit([TableChange(creating: table)])
        let lives = [
            "192.0.2.1 timeout 3h expires 2h", "192.0.2.2 timeout 3h expires 179m", "192.0.2.3 timeout 5m expires 2m",
            "192.0.2.4 timeout 3h expires 5m",
        ]
        for (set, data) in [("affinity-a", " : 10.0.0.1 . 80"), ("clients", "")] {
            let elements = lives.map { $0 + data }.joined(separator: ", ")
            try namespace.check(["nft", "add element ip switchyard \(set) { \(elements) }"])
        }
        let values = [try endpoint("10.0.0.1")]
        #expect(try socket.prune([DynamicMapValues("affinity-a", values, timeoutSeconds: 600)], of: id) == 2)
        let map = try namespace.check(["nft", "list", "map", "ip", "switchyard", "affinity-a"])
        #expect(!map.contains("192.0.2.1 "), "it was last used an hour ago")
        #expect(map.contains(#/192.0.2.2 timeout 10m expires [78]m.* : 10.0.0.1 . 80/#))
        #expect(map.contains("192.0.2.3 timeout 5m expires 1m"))
        #expect(map.contains("192.0.2.4 timeout 3h expires 4m"), "it may have been used since the change")
        // A full set has no room for an element beside the one that it replaces.
        #expect(try socket.prune([DynamicMapValues("clients", nil, timeoutSeconds: 600)], of: id) == 2)
        let set = try namespace.check(["nft", "list", "set", "ip", "switchyard", "clients"])
        #expect(!set.contains("192.0.2.1 ") && set.contains("192.0.2.3 timeout 5m"))
        #expect(!set.contains("expires 2h"))
        #expect(try socket.prune([DynamicMapValues("clients", nil, timeoutSeconds: 600)], of: id) == 0)
    }

    @Test func aFullSetForgetsWhatItCannotShorten() throws {
        let namespace = try NetworkNamespace("prune")
        let socket = try namespace.perform { try NetfilterSocket() }
        var table = TableContents(id)
        table.sets = [SetDeclaration("clients", key: [.sourceAddress(.ipv4)], isDynamic: true, size: 2)]
        try socket.commit([TableChange(creating: table)])
        try namespace.check(
            ["nft", "add element ip switchyard clients { 192.0.2.1 timeout 3h, 192.0.2.2 timeout 3h }"])
        try socket.prune([DynamicMapValues("clients", nil, timeoutSeconds: 600)], of: id)
        let set = try namespace.check(["nft", "list", "set", "ip", "switchyard", "clients"])
        #expect(!set.contains("timeout 3h"))
    }

    /// Goal: an element that expires between the dump and the deletion is no error. Elements that live for some
    /// milliseconds are pruned again and again until they are gone.
    ///
    /// - Parameter destroys: false for the way of kernels before 6.3.
    @Test(arguments: [true, false])
    func elementsMayExpireWhileTheyAreDeleted(destroys: Bool) throws {
        let namespace = try NetworkNamespace("prune")
        let socket = try namespace.perform { try NetfilterSocket() }
        socket.destroysElements = destroys
        try socket.commit([TableChange(creating: table)])
        for round in 0..<20 {
            let elements = (1...100).map { "192.0.2.\($0) timeout \(1 + ($0 + round) % 20)ms : 10.0.0.1 . 80" }
            try namespace.check(["nft", "add element ip switchyard affinity-a { \(elements.joined(separator: ", ")) }"])
            try socket.prune([DynamicMapValues("affinity-a", [])], of: id)
            let rest = try namespace.check(["nft", "list", "map", "ip", "switchyard", "affinity-a"])
            #expect(!rest.contains("192.0.2."))
        }
    }
}
