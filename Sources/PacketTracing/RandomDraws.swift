/// The random numbers of one way through the rules: those drawn so far, and what to draw next.
///
/// All ways are found by counting through them like the digits of an odometer, walking anew for each.
struct RandomDraws {
    private var digits: [(value: UInt32, modulus: UInt32)] = []
    private var position = 0

    /// The next number: as planned, or 0 where nothing is planned yet.
    mutating func draw(modulus: UInt32) -> UInt32 {
        if position == digits.count { digits.append((0, modulus)) }
        precondition(digits[position].modulus == modulus, "the same draws led to another rule")
        position += 1
        return digits[position - 1].value
    }

    /// How likely exactly these numbers are.
    var probability: Fraction { digits.reduce(.one) { $0 * Fraction(1, UInt64($1.modulus)) } }

    /// The next plan, or nil if this was the last.
    var next: RandomDraws? {
        var plan = self
        plan.position = 0
        while let last = plan.digits.popLast() {
            if last.value + 1 < last.modulus {
                plan.digits.append((last.value + 1, last.modulus))
                return plan
            }
        }
        return nil
    }
}
