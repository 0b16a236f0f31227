extension DNSAnswer {
    /// The answer as `dig` prints it.
    ///
    /// - Parameter type: What was asked for; nil for any.
    package func digText(_ question: DNSName, _ type: RecordType?) -> String {
        let sections = [("ANSWER", answers), ("AUTHORITY", authority), ("ADDITIONAL", additional)]
        let counts = sections.map { ", \($0.0): \($0.1.reduce(0) { $0 + $1.data.count })" }.joined()
        var text = """
            ;; ->>HEADER<<- opcode: QUERY, status: \(status.rawValue), id: 0
            ;; flags: qr\(status == .refused ? "" : " aa"); QUERY: 1\(counts)

            ;; QUESTION SECTION:
            ;\(question)\tIN\t\(type?.rawValue ?? "ANY")

            """
        for (title, sets) in sections where !sets.isEmpty {
            text += "\n;; \(title) SECTION:\n" + sets.map(\.text).joined()
        }
        return text
    }
}

extension RecordSet {
    /// A line for each record, as `dig` and zone files have it.
    package var text: String {
        data.map { "\(name)\t\(ttl)\tIN\t\(type.rawValue)\t\($0)\n" }.joined()
    }
}
