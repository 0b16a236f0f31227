import ArgumentParser
import ObjectPrinting

/// How objects are printed, as kubectl's `--output` says.
enum ObjectOutput: String, ExpressibleByArgument, CaseIterable {
    case columns
    case wide
    case json
    case yaml

    /// For the help, where the default has no name, as it has none to kubectl.
    static var allValueStrings: [String] { [wide, json, yaml].map(\.rawValue) }

    /// The objects, as a v1 `List` or as a table.
    ///
    /// - Parameter isEmpty: What stands in the place of a table without rows.
    func text<Object>(
        of objects: [Object], isEmpty: String, tree: (Object) -> ObjectTree, table: @autoclosure () -> TextTable
    ) throws -> String {
        let format: ObjectFormat
        switch self {
        case .columns, .wide: return objects.isEmpty ? isEmpty : table().text
        case .json: format = .json
        case .yaml: format = .yaml
        }
        return try format.text(of: .list(of: objects.map(tree)))
    }
}

/// In which form objects are printed.
struct ObjectOutputOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "json or yaml, a v1 List; wide, columns with more in them. (default: kubectl's columns)",
            valueName: "format"))
    var format: ObjectOutput = .columns
}
