/// An optional value that takes one word where there is none, whatever its type; with one it is held elsewhere.
@propertyWrapper
package struct Boxed<Value: Hashable & Sendable>: Hashable, Sendable {
    private indirect enum Storage: Hashable, Sendable {
        case empty
        case value(Value)
    }

    private var storage: Storage

    package init(_ value: Value? = nil) {
        storage = value.map { .value($0) } ?? .empty
    }

    /// The value.
    package var wrappedValue: Value? {
        get {
            guard case .value(let value) = storage else { return nil }
            return value
        }
        set { self = Boxed(newValue) }
    }
}
