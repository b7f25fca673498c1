import DICOMCore

/// An age (AS, PS3.5 6.2): three digits and a unit.
public struct Age: Hashable, Sendable {
    public enum Unit: String, Hashable, Sendable, CaseIterable {
        case days = "D", weeks = "W", months = "M", years = "Y"
    }

    /// 0 to 999.
    public let number: Int
    public let unit: Unit

    /// Nil beyond three digits.
    public init?(_ number: Int, _ unit: Unit) {
        guard number >= 0, number <= 999 else { return nil }
        self.number = number
        self.unit = unit
    }

    /// Reads `018M`. Spaces may follow.
    public init(_ text: some StringProtocol) throws(ValueError) {
        let bytes = unpadded(text)
        guard bytes.count == 4, let number = Digits.number(bytes[0..<3]),
            let unit = Unit(rawValue: String(decoding: bytes[3...], as: UTF8.self)), let age = Age(number, unit)
        else { throw ValueError(.malformedAge, reason: "expected an age, three digits and D, W, M or Y") }
        self = age
    }

    /// Days of the mean Gregorian year, for comparing ages of different units.
    public var days: Double {
        switch unit {
        case .days: Double(number)
        case .weeks: Double(number) * 7
        case .months: Double(number) * MeanYear.days / 12
        case .years: Double(number) * MeanYear.days
        }
    }

    /// Birthdays that there have been: one in 23 months.
    public var completedYears: Int {
        switch unit {
        case .days, .weeks: Int(days / MeanYear.days)
        case .months: number / 12
        case .years: number
        }
    }
}

extension Age: CustomStringConvertible {
    public var description: String { Digits.padded(number, 3) + unit.rawValue }
}
