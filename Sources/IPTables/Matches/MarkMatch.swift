/// `-m mark`: bits of the packet's mark.
public struct MarkMatch: Hashable, Sendable {
    /// What the bits must be.
    public var value: UInt32
    /// Which bits are looked at.
    public var mask: UInt32
    /// Whether they must be anything else.
    public var isNegated: Bool

    /// A mark in which these bits are set.
    public init(_ bits: UInt32, isNegated: Bool = false) {
        value = bits
        mask = bits
        self.isNegated = isNegated
    }

    var text: String {
        "-m mark" + (isNegated ? " !" : "") + " --mark 0x\(String(value, radix: 16))/0x\(String(mask, radix: 16))"
    }
}
