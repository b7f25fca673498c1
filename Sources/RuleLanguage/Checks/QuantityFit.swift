import DICOMCore

/// Whether an attribute can be compared with a number, a date or an age, and whether any value of its VR compares so.
struct QuantityFit {
    let log: FindingLog
    let attribute: NamedAttribute

    func number(_ written: XMLAttribute, _ order: Condition.Order) -> Double? {
        guard let text = written.trimmed, let number = Double(text), number.isFinite else {
            log.error(.badValue, "`\(written.value)` is no number that can be held", at: written.place)
            return nil
        }
        guard isOne(of: [.DS, .IS, .FD, .FL, .SL, .SS, .SV, .UL, .US, .UV], "number", written) else { return nil }
        let vrs = attribute.allowedVRs.filter { $0.isBinaryNumber || $0 == .IS || $0 == .DS }
        if !attribute.isUnknown, vrs.allSatisfy({ !Self.canHold($0, number, order) }) {
            log.error(
                .impossibleValue,
                "`\(attribute.text)` (\(TextFit.names(attribute.allowedVRs))) never compares so with \(text)",
                at: written.place, hint: "it holds whole numbers of \(bits(of: vrs.first)) bits")
        }
        return number
    }

    func date(_ written: XMLAttribute) -> CalendarDate? {
        guard let text = written.trimmed, let date = CalendarDate(dicom: text) else {
            log.error(.badValue, "`\(written.value)` is no date", at: written.place, hint: "dates are written YYYYMMDD")
            return nil
        }
        return isOne(of: [.DA, .DT], "date", written) ? date : nil
    }

    func age(_ written: XMLAttribute) -> Double? {
        guard let text = written.trimmed, let days = AgeText.days(text) else {
            log.error(
                .badValue, "`\(written.value)` is no age", at: written.place,
                hint: "ages are three digits and D, W, M or Y: `018Y`")
            return nil
        }
        return isOne(of: [.AS], "age", written) ? days : nil
    }

    private func bits(of vr: VR?) -> Int {
        switch vr {
        case .US, .SS: 16
        case .UV, .SV: 64
        default: 32
        }
    }

    private func isOne(of vrs: Set<VR>, _ kind: String, _ written: XMLAttribute) -> Bool {
        guard !attribute.isUnknown, vrs.isDisjoint(with: attribute.allowedVRs) else { return true }
        let own = attribute.allowedVRs
        let hint: String? =
            if own.contains(.DA) || own.contains(.DT) {
                "write date=\"YYYYMMDD\""
            } else if own.contains(.AS) {
                "write age=\"018Y\""
            } else if own.contains(where: { $0.isBinaryNumber || $0 == .IS || $0 == .DS }) {
                "write number=\"…\""
            } else if own.contains(where: \.isText) {
                "text compares with `equals`, `contains`, `starts-with`, `one-of` or `matches`"
            } else {
                nil
            }
        log.error(
            .notComparable,
            "`\(attribute.text)` is \(TextFit.names(own)) and cannot be compared with \(kind == "age" ? "an" : "a") \(kind)",
            at: written.namePlace, hint: hint)
        return false
    }

    /// Whether some value of the VR stands in this order to the number.
    static func canHold(_ vr: VR, _ number: Double, _ order: Condition.Order) -> Bool {
        guard let range = range(of: vr) else { return true }
        switch order {
        case .equal: return range.contains(number) && number == number.rounded()
        case .less: return range.lowerBound < number
        case .lessOrEqual: return range.lowerBound <= number
        case .greater: return range.upperBound > number
        case .greaterOrEqual: return range.upperBound >= number
        case .unequal: return true
        }
    }

    /// Of whole numbers; nil for VRs that hold fractions.
    private static func range(of vr: VR) -> ClosedRange<Double>? {
        switch vr {
        case .US: 0...65535
        case .SS: -32768...32767
        case .UL: 0...4_294_967_295
        case .SL, .IS: -2_147_483_648...2_147_483_647
        case .UV: 0...0x1p64
        case .SV: -0x1p63...0x1p63
        default: nil
        }
    }
}
