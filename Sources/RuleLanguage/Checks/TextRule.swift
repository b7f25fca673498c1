package import DICOMCore

/// What text a VR can hold (PS3.5 Table 6.2-1): its characters, its length, its form.
package struct TextRule {
    package struct Objection: Equatable {
        package var reason: String
        var hint: String?
    }

    let vr: VR
    var component: AttributeReference.NameComponent?
    var group: AttributeReference.NameGroup?

    package init(
        vr: VR, component: AttributeReference.NameComponent? = nil, group: AttributeReference.NameGroup? = nil
    ) {
        self.vr = vr
        self.component = component
        self.group = group
    }

    /// Why no value of this VR compares so with the text; nil when one may.
    package func objection(
        to text: String, _ comparison: Condition.TextComparison, _ folding: Condition.Folding
    ) -> Objection? {
        if let objection = objectionToCharacters(of: text, folding) { return objection }
        if let maximum, count(text) > maximum {
            let what = vr == .PN ? "a group of a person name has" : "\(vr) has"
            return Objection(reason: "\(what) at most \(maximum) characters, and these are \(count(text))")
        }
        if comparison == .equals, let trimmed = Self.trimmed(text), !vr.isSingleText {
            return Objection(reason: "blanks around a value do not count", hint: "write `\(trimmed)`")
        }
        return comparison == .equals ? objectionToForm(of: text) : nil
    }

    // MARK: - Characters

    /// Characters alone, which hold for any part of a value too.
    func objectionToCharacters(of text: String, _ folding: Condition.Folding) -> Objection? {
        for scalar in text.unicodeScalars {
            if scalar == "\\", !vr.isSingleText {
                return Objection(reason: "`\\` parts values of \(vr)", hint: "each value is compared by itself")
            }
            if scalar.value < 0x20 || scalar.value == 0x7F, !allowsControl(scalar) {
                return Objection(reason: "\(vr) has no control characters")
            }
            if vr == .PN, let objection = objectionToDelimiter(scalar) { return objection }
            guard !vr.usesSpecificCharacterSet else { continue }
            if scalar.value > 0x7E {
                return Objection(reason: "\(vr) holds ASCII only, and `\(scalar)` is none")
            }
            guard let repertoire, !repertoire.contains(scalar) else { continue }
            let capital = scalar.properties.uppercaseMapping
            if vr == .CS, capital.unicodeScalars.first.map({ repertoire.contains($0) }) == true {
                if folding.contains(.letterCase) { continue }
                return Objection(reason: "CS holds capitals only", hint: "write `\(text.uppercased())`")
            }
            let reason = "\(vr) holds \(repertoireDescription), and `\(scalar)` is none of these"
            return Objection(reason: reason, hint: vr == .DA ? "dates are written YYYYMMDD" : nil)
        }
        return nil
    }

    private func allowsControl(_ scalar: Unicode.Scalar) -> Bool {
        // TAB, LF, FF, CR in long texts (PS3.5 6.1.3).
        (vr == .LT || vr == .ST || vr == .UT) && ["\t", "\n", "\u{C}", "\r"].contains(scalar)
    }

    private func objectionToDelimiter(_ scalar: Unicode.Scalar) -> Objection? {
        if scalar == "=" {
            return Objection(
                reason: "`=` parts the groups of a person name", hint: "compare one with group=\"ideographic\"")
        }
        if scalar == "^", component != nil {
            return Objection(
                reason: "`^` parts the components of a person name",
                hint: "leave `component` out to compare the whole name")
        }
        return nil
    }

    /// All characters, for VRs that have few; nil for others.
    private var repertoire: Set<Unicode.Scalar>? {
        switch vr {
        case .CS: Self.capitals
        case .UI: Self.digitsAndDot
        case .DA: Self.digits
        case .AS: Self.ageCharacters
        case .IS: Self.integerCharacters
        case .DS: Self.decimalCharacters
        case .TM: Self.timeCharacters
        case .DT: Self.dateTimeCharacters
        default: nil
        }
    }

    private var repertoireDescription: String {
        switch vr {
        case .CS: "capitals, digits, blanks and `_`"
        case .UI, .TM: "digits and `.`"
        case .DA: "digits"
        case .AS: "digits and one of D, W, M, Y"
        case .IS: "digits and a sign"
        case .DS: "digits, a sign, `.` and an exponent"
        case .DT: "digits, `.`, and a sign before the offset"
        default: "few characters"
        }
    }

    private static let digits = Set("0123456789".unicodeScalars)
    private static let capitals = digits.union("ABCDEFGHIJKLMNOPQRSTUVWXYZ _".unicodeScalars)
    private static let digitsAndDot = digits.union(".".unicodeScalars)
    private static let ageCharacters = digits.union("DWMY".unicodeScalars)
    private static let integerCharacters = digits.union("+- ".unicodeScalars)
    private static let decimalCharacters = digits.union("+-.Ee ".unicodeScalars)
    private static let timeCharacters = digits.union(". ".unicodeScalars)
    private static let dateTimeCharacters = digits.union("+-. ".unicodeScalars)

    // MARK: - Length and form

    /// In characters; of a person name, for each group.
    private var maximum: Int? {
        switch vr {
        case .AE, .CS, .DS: 16
        case .AS: 4
        case .DA: 8
        case .DT: 26
        case .IS: 12
        case .LO, .PN, .UI: 64
        case .LT: 10240
        case .SH: 16
        case .ST: 1024
        case .TM: 14
        default: nil
        }
    }

    /// Characters as DICOM counts them: code points.
    private func count(_ text: String) -> Int {
        if vr == .LO || vr == .SH || vr == .CS || vr == .AE || vr == .PN, let trimmed = Self.trimmed(text) {
            return trimmed.unicodeScalars.count
        }
        return text.unicodeScalars.count
    }

    /// The text without blanks around it; nil when there are none.
    private static func trimmed(_ text: String) -> String? {
        var trimmed = Substring(text)
        while trimmed.first == " " { trimmed.removeFirst() }
        while trimmed.last == " " { trimmed.removeLast() }
        return trimmed.count == text.count ? nil : String(trimmed)
    }

    private func objectionToForm(of text: String) -> Objection? {
        switch vr {
        case .DA where CalendarDate(dicom: text) == nil:
            Objection(reason: "`\(text)` is no date", hint: "dates are written YYYYMMDD")
        case .AS where AgeText.days(text) == nil:
            Objection(reason: "`\(text)` is no age", hint: "ages are three digits and D, W, M or Y: `018Y`")
        case .UI where !UID.isValid(text):
            Objection(reason: "`\(text)` is no UID", hint: "numbers joined by dots, without needless zeros")
        case .IS where Int(text) == nil:
            Objection(reason: "`\(text)` is no integer")
        case .DS where Double(text) == nil:
            Objection(reason: "`\(text)` is no number")
        case .PN where component == nil && text.unicodeScalars.filter { $0 == "^" }.count > 4:
            Objection(reason: "a person name has five components at most")
        default: nil
        }
    }
}
