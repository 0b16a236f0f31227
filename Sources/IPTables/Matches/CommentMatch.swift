/// `-m comment`: matches everything, and says what the rule is for.
package struct CommentMatch: Hashable, Sendable {
    /// At most 255 bytes (`XT_MAX_COMMENT_LEN` with its final zero).
    package var comment: String

    /// A comment.
    package init(_ comment: String) {
        self.comment = comment
    }

    /// Quoted as `xtables_save_string` of iptables does: only if it has other characters than the plainest.
    var text: String { "-m comment --comment \(quoted(comment))" }

    var problems: [String] {
        var problems: [String] = []
        if comment.utf8.count > 255 { problems.append("comment of \(comment.utf8.count) bytes") }
        if comment.contains(where: \.isNewline) { problems.append("comment of several lines") }
        return problems
    }

    private func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        if isPlain && !text.isEmpty { return text }
        var escaped = ""
        for character in text {
            if #""\'"#.contains(character) { escaped.append("\\") }
            escaped.append(character)
        }
        return "\"\(escaped)\""
    }
}
