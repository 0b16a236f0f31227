import ArgumentParser

/// A command line with kube-proxy's spelling of flags (that of the Go package pflag), in the spelling that the argument
/// parser takes.
///
/// Underscores in names are hyphens. A boolean takes its value after `=` alone, and none is true. Flags of kube-proxy that
/// have no effect here become `--ignored-flag NAME`, so that the command can say so.
struct NormalizedArguments: Equatable {
    private(set) var arguments: [String] = []

    /// - Throws: a `ValidationError` for a flag that cannot be ignored, and for one that lacks its value.
    init(_ commandLine: [String]) throws {
        var rest = commandLine[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                arguments += [argument] + rest
                return
            }
            guard let flag = FlagArgument(argument) else {
                arguments.append(argument)
                continue
            }
            try append(flag, &rest)
        }
    }

    private mutating func append(_ flag: FlagArgument, _ rest: inout ArraySlice<String>) throws {
        switch KubeProxyFlag.all[flag.name] {
        case .boolean: arguments += FlagArgument(name: flag.name, value: flag.value ?? "true").spelling
        case .ignoredBoolean: ignore(flag.name)
        case .ignoredValue:
            guard flag.value != nil || rest.popFirst() != nil else {
                throw ValidationError("Missing value for '--\(flag.name)'")
            }
            ignore(flag.name)
        case .refused(let reason): throw ValidationError("--\(flag.name): \(reason)")
        case .refusedIfTrue(let reason):
            if try flag.boolean { throw ValidationError("--\(flag.name): \(reason)") }
        case nil where flag.name == "version":
            if try flag.value == "raw" || flag.boolean { arguments.append("--version") }
        case nil: arguments += flag.spelling
        }
    }

    private mutating func ignore(_ name: String) {
        arguments += ["--ignored-flag", name]
    }
}

/// `--name`, `--name=value`, or one of the spellings of `-v`.
private struct FlagArgument {
    let name: String
    let value: String?

    init?(_ argument: String) {
        let text: Substring
        if argument.hasPrefix("-v") {
            // pflag takes -v 2, -v=2 and -v2.
            let level = argument.dropFirst(2)
            text = level.isEmpty || level.first == "=" ? argument.dropFirst() : "v=\(level)"
        } else if argument.hasPrefix("--"), argument.count > 2 {
            text = argument.dropFirst(2)
        } else {
            return nil
        }
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0].replacing("_", with: "-"))
        value = parts.count == 2 ? String(parts[1]) : nil
    }

    init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// The parser takes an empty value as a word of its own only.
    var spelling: [String] {
        switch value {
        case nil: ["--\(name)"]
        case "": ["--\(name)", ""]
        case let value?: ["--\(name)=\(value)"]
        }
    }

    /// As a boolean, which is true without a value.
    var boolean: Bool {
        get throws {
            guard let boolean = GoBoolean(argument: value ?? "true") else {
                throw ValidationError("--\(name): must be true or false, not \"\(value ?? "")\"")
            }
            return boolean.value
        }
    }
}
