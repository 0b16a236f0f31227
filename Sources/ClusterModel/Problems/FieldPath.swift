/// Where in an object something is.
package struct FieldPath: Hashable, Sendable, CustomStringConvertible {
    /// One step from a value to one inside it.
    package enum Step: Hashable, Sendable {
        /// To a member whose name the API knows.
        case key(String)
        /// To an entry of a map, such as a label.
        case entry(String)
        /// To an element of a list.
        case index(Int)
    }

    /// From the object to the value; none for the object itself.
    package var steps: [Step]

    package init(_ steps: [Step] = []) {
        self.steps = steps
    }

    /// `spec.ports[0].port`; a long key of a map is cut short.
    package var description: String { text(bytesMax: printedBytesMax) }

    /// - Parameter bytesMax: How much is printed of the key of a map.
    func text(bytesMax: Int) -> String {
        steps.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .entry(let key): text += "[\(key.shortened(to: bytesMax))]"
            case .index(let index): text += "[\(index)]"
            }
        }
    }
}
