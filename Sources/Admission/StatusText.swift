import ClusterModel

extension Status {
    /// As the API server writes it, in one line of JSON.
    package var json: String {
        var members = [
            #""kind":"Status""#, #""apiVersion":"v1""#, #""metadata":{}"#, #""status":"Failure""#,
            "\"message\":\(jsonText(message))",
        ]
        members += Self.members(["reason": reason.rawValue])
        if let details {
            let fields = Self.members(["name": details.name, "group": details.group, "kind": details.kind])
            let causes = details.causes.map { cause in
                let members = Self.members([
                    "reason": cause.reason, "message": cause.message, "field": cause.field,
                ])
                return "{\(members.joined(separator: ","))}"
            }
            members.append(
                "\"details\":{\((fields + ["\"causes\":[\(causes.joined(separator: ","))]"]).joined(separator: ","))}")
        }
        return "{\((members + ["\"code\":\(code)"]).joined(separator: ","))}"
    }

    /// Those that are not empty.
    private static func members(_ members: KeyValuePairs<String, String>) -> [String] {
        members.filter { !$0.value.isEmpty }.map { "\"\($0.key)\":\(jsonText($0.value))" }
    }

    /// A v1 List of these, in JSON, a line each.
    package static func list(_ statuses: [Status]) -> String {
        let items = statuses.map(\.json).joined(separator: ",\n")
        return """
            {"kind":"List","apiVersion":"v1","metadata":{},"items":[
            \(items.isEmpty ? "" : items + "\n")]}

            """
    }
}

/// A string of JSON (RFC 8259).
private func jsonText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\": result += "\\\(scalar)"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7f:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
