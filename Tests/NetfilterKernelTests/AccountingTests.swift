import NetfilterKernel
import NetfilterWire
import Testing
import TestSupport

struct AccountingTests {
    /// Objects are made once; what they have counted stays.
    @Test func objectsThatAreThereKeepTheirCounts() throws {
        let namespace = try NetworkNamespace("acct")
        let socket = try namespace.perform { try NetfilterSocket() }
        #expect(try socket.accountingObjects() == [])
        try namespace.check(["nfacct", "restore"], input: "{ pkts = 7, bytes = 1234 } = first;\n")
        try socket.ensureAccountingObjects(["first", "second"])
        try socket.ensureAccountingObjects(["first", "second"])
        let objects = try socket.accountingObjects().sorted { $0.name < $1.name }
        #expect(
            objects == [
                AccountingObject(name: "first", packets: 7, bytes: 1234),
                AccountingObject(name: "second", packets: 0, bytes: 0),
            ])
        #expect(try namespace.check(["nfacct", "get", "second"]).contains("pkts = 00000000000000000000"))
    }

    @Test func theKernelIsAskedWithoutChangingAnything() throws {
        let namespace = try NetworkNamespace("acct")
        let socket = try namespace.perform { try NetfilterSocket() }
        #expect(try socket.offersAccounting())
        #expect(try namespace.check(["nfacct", "list"]) == "")
    }
}
