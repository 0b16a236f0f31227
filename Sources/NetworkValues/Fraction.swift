/// An exact probability: a fraction in lowest terms.
///
/// Exact, since "each of three endpoints gets a third" is to be compared, not approximated.
package struct Fraction: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The upper number.
    package let numerator: UInt64

    /// The lower number, at least 1.
    package let denominator: UInt64

    /// The fraction in lowest terms.
    ///
    /// - Precondition: the denominator is not 0.
    package init(_ numerator: UInt64, _ denominator: UInt64) {
        precondition(denominator > 0, "a fraction of nothing")
        let divisor = Self.greatestCommonDivisor(numerator, denominator)
        self.numerator = numerator / divisor
        self.denominator = denominator / divisor
    }

    /// What never happens.
    package static let zero = Fraction(0, 1)

    /// What always happens.
    package static let one = Fraction(1, 1)

    /// The probability of one or the other, where they exclude each other.
    package static func + (lhs: Fraction, rhs: Fraction) -> Fraction {
        let divisor = greatestCommonDivisor(lhs.denominator, rhs.denominator)
        let left = lhs.numerator * (rhs.denominator / divisor)
        return Fraction(left + rhs.numerator * (lhs.denominator / divisor), lhs.denominator / divisor * rhs.denominator)
    }

    /// The probability of both, where they do not depend on each other.
    package static func * (lhs: Fraction, rhs: Fraction) -> Fraction {
        let first = Fraction(lhs.numerator, rhs.denominator)
        let second = Fraction(rhs.numerator, lhs.denominator)
        return Fraction(first.numerator * second.numerator, first.denominator * second.denominator)
    }

    /// The probability of the opposite.
    ///
    /// - Precondition: the fraction is at most 1.
    package var complement: Fraction { Fraction(denominator - numerator, denominator) }

    /// By value.
    package static func < (lhs: Fraction, rhs: Fraction) -> Bool {
        lhs.numerator.multipliedFullWidth(by: rhs.denominator) < rhs.numerator.multipliedFullWidth(by: lhs.denominator)
    }

    /// `1/3`, or `1` for a certainty.
    package var description: String { denominator == 1 ? "\(numerator)" : "\(numerator)/\(denominator)" }

    private static func greatestCommonDivisor(_ first: UInt64, _ second: UInt64) -> UInt64 {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }
}
