import NetworkValues
import Testing

struct FractionTests {
    @Test func arithmetic() {
        #expect(Fraction(2, 6) == Fraction(1, 3))
        #expect(Fraction(1, 3) + Fraction(1, 6) == Fraction(1, 2))
        #expect(Fraction(2, 3) * Fraction(3, 4) == Fraction(1, 2))
        #expect(Fraction(2, 3).complement == Fraction(1, 3))
        #expect(Fraction(1, 3) < Fraction(1, 2))
        #expect((0..<7).reduce(.zero) { sum, _ in sum + Fraction(1, 7) } == .one)
        #expect([Fraction(1, 3), .one, .zero].map(\.description) == ["1/3", "1", "0"])
    }
}
