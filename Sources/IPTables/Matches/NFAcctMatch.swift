/// `-m nfacct`: matches everything, and counts it in an accounting object of the kernel, which must be there before.
package struct NFAcctMatch: Hashable, Sendable {
    /// The object, at most 31 bytes (`NFACCT_NAME_MAX` with its final zero).
    package var name: String

    /// Counts in the named object.
    package init(_ name: String) {
        self.name = name
    }

    /// With two spaces, as `iptables-save` prints it.
    var text: String { "-m nfacct --nfacct-name  \(name)" }

    var problems: [String] {
        let isGood = (1...31).contains(name.utf8.count) && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
        return isGood ? [] : ["accounting object of \(name.utf8.count) bytes"]
    }
}
