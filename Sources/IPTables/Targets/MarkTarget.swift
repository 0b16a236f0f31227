/// `-j MARK --set-xmark VALUE/MASK`: clears the bits of the mask, then flips those of the value.
package struct MarkTarget: Hashable, Sendable {
    /// The bits that are flipped.
    package var value: UInt32
    /// The bits that are cleared before.
    package var mask: UInt32

    /// Sets the bits, as `--or-mark` does.
    package static func setting(_ bits: UInt32) -> MarkTarget { MarkTarget(value: bits, mask: bits) }

    /// Flips the bits, as `--xor-mark` does.
    package static func flipping(_ bits: UInt32) -> MarkTarget { MarkTarget(value: bits, mask: 0) }

    var text: String { "-j MARK --set-xmark 0x\(String(value, radix: 16))/0x\(String(mask, radix: 16))" }
}
