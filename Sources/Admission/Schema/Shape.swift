/// What the API wants in the place of a value: enough of its Go types to tell a value of the wrong type, and a field
/// that there is none of, in the API server's own words.
final class Shape: Sendable {
    enum Kind {
        case string
        /// A whole number of 32 bits.
        case int32
        /// A whole number of 64 bits.
        case int64
        case boolean
        /// A time of RFC 3339 in a string.
        case time
        /// A number of 32 bits, or a string.
        case intOrString
        /// Labels and the like.
        case stringMap
        case list
        case object
        /// Anything.
        case any
    }

    let kind: Kind
    /// The Go type, as it is in the server's messages.
    let goType: String
    /// What people call it.
    let words: String
    /// What a list is a list of.
    let element: Shape?
    /// The struct's name in Go; empty if it is none.
    let name: String
    /// The names of the struct's fields, and what is in them.
    let keys: [StaticString]
    let fields: [Shape]

    private init(
        _ kind: Kind, _ goType: String, _ words: String, of element: Shape? = nil, name: String = "",
        fields: KeyValuePairs<StaticString, Shape> = [:]
    ) {
        self.kind = kind
        self.goType = goType
        self.words = words
        self.element = element
        self.name = name
        keys = fields.map(\.key)
        self.fields = fields.map(\.value)
    }

    static let text = string("string")
    static let int32 = Shape(.int32, "int32", "a whole number")
    static let int64 = Shape(.int64, "int64", "a whole number")
    static let boolean = Shape(.boolean, "bool", "true or false")
    static let time = Shape(.time, "string", "an RFC 3339 time")
    static let intOrString = Shape(.intOrString, "int32", "a whole number or a string")
    static let stringMap = Shape(.stringMap, "map[string]string", "an object")
    static let any = Shape(.any, "interface {}", "anything")

    /// A string with a type of its own, such as `v1.Protocol`.
    static func string(_ goType: String) -> Shape { Shape(.string, goType, "a string") }

    static func list(_ element: Shape) -> Shape { Shape(.list, "[]\(element.goType)", "an array", of: element) }

    /// A struct of the API.
    static func object(_ name: String, _ fields: KeyValuePairs<StaticString, Shape>) -> Shape {
        Shape(.object, "v1.\(name)", "an object", name: name, fields: fields)
    }
}
