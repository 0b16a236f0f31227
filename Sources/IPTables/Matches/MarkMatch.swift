/// `-m mark`: bits of the packet's mark.
package struct MarkMatch: Hashable, Sendable {
    /// What the bits must be.
    package var value: UInt32
    /// Which bits are looked at.
    package var mask: UInt32
    /// Whether they must be anything else.
    package var isNegated: Bool

    /// A mark in which these bits are set.
    package init(_ bits: UInt32, isNegated: Bool = false) {
        value = bits
        mask = bits
        self.isNegated = isNegated
    }

    var text: String {
        "-m mark" + (isNegated ? " !" : "") + " --mark 0x\(String(value, radix: 16))/0x\(String(mask, radix: 16))"
    }
}
