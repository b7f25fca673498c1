import RuleLanguage

/// What is made of the values of an element.
enum ValueChange: Sendable, Hashable {
    case shiftDate
    case truncateDate(ProfileAction.DatePrecision)
    case capAge(years: Int)
    case hash(digits: Int)
    /// By its place in `CompiledProfile.lookups`.
    case lookup(Int)
}

/// What a list says for a value, and what becomes of an element with a value that it does not have.
struct LookupTreatment: Sendable {
    var list: ValueList
    var otherwise: Treatment
}

extension CompiledProfile {
    /// Why the settings can make nothing safe; nil for sound ones.
    static func fault(in settings: ProfileSettings, lists: [String: ValueList]) -> String? {
        if let shift = settings.dateShift {
            // Beyond this no date has a shifted one in the calendar, and below it nothing is hidden.
            let longest = 3_652_425
            if shift.range == 0...0 { return "the range of the date shift has nothing but zero in it" }
            if shift.range.lowerBound < -longest || shift.range.upperBound > longest {
                return "the range of the date shift leaves the calendar"
            }
        }
        return PseudonymSource.fault(in: settings.pseudonyms, lists: lists)
    }
}
