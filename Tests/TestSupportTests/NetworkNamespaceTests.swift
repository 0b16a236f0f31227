import Foundation
import Glibc
import Testing
import TestSupport

struct NetworkNamespaceTests {
    @Test func commandsRunInTheNamespaceAndItGoesWithTheValue() throws {
        var name = ""
        do {
            let namespace = try NetworkNamespace("self")
            name = namespace.name
            let links = try namespace.check(["ip", "-o", "link"])
            #expect(links.split(separator: "\n").allSatisfy { $0.contains("lo:") })
            #expect(try namespace.check(["cat"], input: "in\n") == "in\n")
            #expect(try namespace.run(["false"]).status == 1)
        }
        #expect(try !Shell.check(["ip", "netns", "list"]).contains(name))
    }

    @Test func closuresRunInTheNamespaceOnAThreadOfTheirOwn() throws {
        let namespace = try NetworkNamespace("self")
        let link = { try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self/ns/net") }
        let outside = try link()
        let inside = try namespace.perform { try link() }
        #expect(inside != outside)
        let shown = try namespace.check(["readlink", "/proc/self/ns/net"]).trimmingCharacters(in: .newlines)
        #expect(inside == shown)
        #expect(try link() == outside)
    }
}
