import NetfilterKernel
import NetworkValues
import NFTables
import Testing
import TestSupport

/// What the kernel refuses is named, and nothing of it is in force.
struct CommitTests {
    private let namespace: NetworkNamespace
    private let socket: NetfilterSocket
    private let id = TableID(.ipv4, "t")

    init() throws {
        let namespace = try NetworkNamespace("commit")
        self.namespace = namespace
        socket = try namespace.perform { try NetfilterSocket() }
        var table = TableContents(id)
        table.sets = [SetDeclaration("m", key: [.destinationPort], contents: .verdicts)]
        table.chains = [Chain("target", rules: []), Chain("other", rules: [])]
        table.elements = [SetElements("m", (1...100).map { element($0, .goto("target")) })]
        try socket.commit([TableChange(creating: table)])
    }

    private func element(_ port: UInt16, _ verdict: Verdict) -> Element {
        Element(Tuple(.port(port)), .verdict(verdict))
    }

    /// The kernel's refusal of a change, after which the ruleset must be as it was.
    private func refusal(_ build: (inout TableChange) -> Void) throws -> CommitError? {
        let before = try namespace.check(["nft", "list", "ruleset"])
        var change = TableChange(id)
        build(&change)
        change.addedChains.append(Chain("never-made", rules: []))
        var refusal: CommitError?
        do {
            try socket.commit([change])
        } catch {
            refusal = error
        }
        #expect(try namespace.check(["nft", "list", "ruleset"]) == before)
        return refusal
    }

    @Test func aMissingChainIsNamed() throws {
        let error = try #require(try refusal { $0.deletedChains = ["nowhere"] })
        #expect(error.first.errno.name == "ENOENT")
        #expect(error.first.operation.hasSuffix("chain ip t nowhere"))
    }

    @Test func theElementAmongManyIsNamed() throws {
        let error = try #require(
            try refusal { $0.addedElements = [SetElements("m", [element(200, .drop), element(50, .drop)])] })
        #expect(error.first.errno.name == "EEXIST")
        #expect(error.first.operation == "add element ip t m 50")
    }

    @Test func aMissingTargetIsNamed() throws {
        let error = try #require(
            try refusal { $0.replacedChains = [Chain("other", rules: [Rule(.verdict(.goto("nowhere")))])] })
        #expect(error.first.errno.name == "ENOENT")
        #expect(error.description.contains("add rule ip t other goto nowhere: No such file or directory (ENOENT)"))
    }

    /// The rest takes effect all the same: a chain too many harms nobody.
    @Test func aChainInUseIsNamedAndStays() throws {
        var change = TableChange(id)
        change.deletedChains = ["target"]
        change.addedElements = [SetElements("m", [element(200, .drop)])]
        let error = try #require(throws: CommitError.self) { try socket.commit([change]) }
        #expect(error.first.errno.name == "EBUSY")
        #expect(error.first.operation == "delete chain ip t target")
        let listing = try namespace.check(["nft", "list", "ruleset"])
        #expect(listing.contains("200 : drop") && listing.contains("chain target"))
    }

    @Test func whatSomebodyElseOvertakesIsRefusedWhole() throws {
        let before = try socket.generation()
        try namespace.check(["nft", "add", "table", "ip", "other"])
        var change = TableChange(id)
        change.addedElements = [SetElements("m", [element(200, .drop)])]
        let error = try #require(throws: CommitError.self) { try socket.commit([change], generation: before) }
        #expect(error.isOvertaken)
        #expect(try !namespace.check(["nft", "list", "ruleset"]).contains("200 : drop"))
        let (now, own) = (try socket.generation(), socket.transactions)
        try socket.commit([change], generation: now)
        #expect(socket.transactions == own + 1)
        #expect(try socket.generation() == Generation.following(now, by: 1))
    }

    @Test func generationZeroIsSkipped() {
        #expect(Generation.following(.max - 1, by: 1) == .max)
        #expect(Generation.following(.max, by: 1) == 1)
        #expect(Generation.following(.max - 1, by: 4) == 3)
    }

    @Test func aTableThatIsGoneIsNamed() throws {
        try namespace.check(["nft", "flush", "ruleset"])
        let error = try #require(try refusal { $0.addedElements = [SetElements("m", [element(1, .drop)])] })
        #expect(error.first.errno.name == "ENOENT")
        #expect(error.first.operation.contains("ip t"))
    }
}
