import ClusterModel
import NetworkValues
import Testing

@testable import Allocation

struct PoolTests {
    private let web = NamespacedName("shop", "web")

    private func block(_ text: String) throws -> IPPrefix { try #require(IPPrefix(text)) }

    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test(
        arguments: [
            ("10.96.0.0/12", 1_048_574, 256), ("10.96.0.0/16", 65_534, 256), ("10.99.4.0/24", 254, 16),
            ("10.99.0.0/27", 30, 16),
            ("10.99.0.0/28", 14, 0), ("10.99.0.0/31", 0, 0), ("10.99.0.0/32", 0, 0), ("fd00::/112", 65_535, 256),
            ("fd00::/64", 1 << 62 - 1, 256), ("fd00::/8", 1 << 62 - 1, 256),
        ] as [(String, UInt64, UInt64)])
    func knowsWhatABlockHas(text: String, count: UInt64, lowerBand: UInt64) throws {
        let pool = AddressPool(try block(text))
        #expect(pool.numbers.count == count && pool.numbers.lowerBand == min(lowerBand, count))
    }

    @Test(arguments: [
        (30000...32767, 2768, 86), (31000...31063, 64, 16), (30000...30015, 16, 0), (1...65535, 65535, 128),
    ])
    func knowsWhatARangeHas(range: ClosedRange<UInt16>, count: UInt64, lowerBand: UInt64) {
        let pool = PortPool(range)
        #expect(pool.numbers.count == count && pool.numbers.lowerBand == lowerBand)
    }

    @Test func firstAndLastAddressesAreNobodys() throws {
        var pool = AddressPool(try block("10.96.0.0/16"))
        let outside = "the provided network does not match the current range"
        #expect(pool.take(try address("10.96.0.0"), for: web) == outside)
        #expect(pool.take(try address("10.96.255.255"), for: web) == outside)
        #expect(pool.take(try address("10.97.0.1"), for: web) == outside)
        #expect(pool.take(try address("10.96.255.254"), for: web) == nil)
        var six = AddressPool(try block("fd00:96::/112"))
        #expect(six.take(try address("fd00:96::"), for: web) == outside)
        #expect(six.take(try address("fd00:96::ffff"), for: web) == nil)
        #expect(
            six.take(try address("fd00:96::ffff"), for: NamespacedName("a", "b")) == "provided IP is already allocated")
    }

    @Test func givesTheLowerBandLast() throws {
        var pool = AddressPool(try block("10.99.4.0/24"))
        var given: [IPAddress] = []
        while let next = pool.next(for: NamespacedName("shop", "s\(given.count)"), avoiding: []) { given.append(next) }
        #expect(given.count == 254 && Set(given).count == 254)
        let lower = try address("10.99.4.17")
        #expect(given.prefix(238).allSatisfy { $0 >= lower } && given.dropFirst(238).allSatisfy { $0 < lower })
    }

    @Test func theFirstAddressIsTheKubernetesServices() throws {
        var pool = AddressPool(try block("10.99.0.0/28"))
        pool.keepFirstForKubernetes()
        let kubernetes = NamespacedName("default", "kubernetes")
        #expect(pool.take(try address("10.99.0.1"), for: web) != nil)
        #expect(pool.next(for: kubernetes, avoiding: []) == (try address("10.99.0.1")))
    }

    @Test func givesWhatWasFreedLast() throws {
        var numbers = NumberPool(count: 3, lowerBand: 0)
        func next() -> UInt64? { numbers.next(for: web, "x", avoiding: { _ in false }, 0) }
        let given = next()
        let first = try #require(given)
        numbers.release(first, of: NamespacedName("a", "b"))
        #expect(numbers.owner(of: first) == web, "only who has it can free it")
        numbers.release(first, of: web)
        let others = [next(), next()]
        let last = next()
        #expect(!others.contains(first) && last == first)
        #expect(next() == nil)
    }

    @Test func passesOverWhatSomebodyIsAboutToChoose() {
        var numbers = NumberPool(count: 3, lowerBand: 0)
        #expect(numbers.next(for: web, "x", avoiding: { $0 < 2 }, 2) == 2)
        #expect(numbers.next(for: web, "x", avoiding: { $0 < 2 }, 2) == nil)
    }

    /// What was given once without a file of allocations is given again by a later version.
    @Test func choicesStayTheSameForEver() throws {
        var pool = AddressPool(try block("10.96.0.0/16"))
        #expect(pool.next(for: web, avoiding: [])?.description == "10.96.148.216")
        var ports = PortPool(30000...32767)
        #expect(ports.next(for: web, "port http", avoiding: []) == 31051)
    }
}
