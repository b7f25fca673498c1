import DICOMCore

/// Comparisons of other tools with numbers.
struct NumberCondition {
    let attribute: ScriptAttribute
    let origins: [ImportLog.ID]

    private func condition(_ kind: ConvertedCondition.Kind) -> ConvertedCondition {
        ConvertedCondition(kind, from: origins)
    }

    /// A number in binary, compared with the text of one.
    func equals(_ text: String) -> ApproximateCondition? {
        guard attribute.isBinaryNumber, Double(text)?.isFinite == true, Self.isPlain(text) else { return nil }
        let some = condition(.compare(attribute.text, "eq", kind: "number", value: text))
        guard attribute.hasSeveralValues else { return ApproximateCondition(some) }
        return ApproximateCondition(over: some, under: condition(.constant(false)))
    }

    /// Digits that are found in those of a number without a sign: such a number is at least theirs.
    func contains(_ text: String) -> ApproximateCondition? {
        guard attribute.isUnsigned, let number = UInt32(text), String(number) == text else { return nil }
        let equal = condition(.compare(attribute.text, "eq", kind: "number", value: text))
        let atLeast = condition(.compare(attribute.text, "ge", kind: "number", value: text))
        return ApproximateCondition(
            over: atLeast, under: attribute.hasSeveralValues ? condition(.constant(false)) : equal)
    }

    /// By size alone: CTP drops all but digits and points, so that signs do not count and several values run together.
    func differs(by operation: String, _ text: String) -> ApproximateCondition? {
        let digits = String(text.unicodeScalars.filter { $0 == "." || $0.value >= 0x30 && $0.value <= 0x39 })
        guard Double(digits)?.isFinite == true, Self.isPlain(digits) else { return nil }
        if attribute.isDate, digits.count == 8, !digits.contains(".") {
            let some = condition(.compare(attribute.text, operation, kind: "date", value: digits))
            guard !attribute.hasSeveralValues else {
                return ApproximateCondition(over: some, under: condition(.constant(false)))
            }
            // A date in the form of ACR-NEMA, `1995.05.01`, is a date to us and no number to CTP.
            let pointed = condition(.matches(attribute.text, pattern: "\\.", ignoresCase: false))
            let sure = ConvertedCondition(
                .all([some, ConvertedCondition(.not(pointed), from: origins)]), from: origins)
            return ApproximateCondition(over: some, under: sure)
        }
        guard attribute.isNumber else { return nil }
        let above = condition(.compare(attribute.text, operation, kind: "number", value: digits))
        var size = above
        if !attribute.isUnsigned {
            let opposite = operation == "lt" ? "gt" : "lt"
            let below = condition(.compare(attribute.text, opposite, kind: "number", value: "-" + digits))
            size = ConvertedCondition(operation == "lt" ? .all([above, below]) : .any([above, below]), from: origins)
        }
        // Of a number in binary CTP compares the decimal digits that Java writes, with an exponent or without.
        guard !attribute.hasSeveralValues, !attribute.vrs.contains(.FL), !attribute.vrs.contains(.FD) else {
            return ApproximateCondition(over: condition(.present(attribute.text)), under: condition(.constant(false)))
        }
        guard attribute.vrs.contains(.DS) else { return ApproximateCondition(size) }
        // Without its letter an exponent is more digits: `6.4e+01` is 6.401 there.
        let exponent = condition(.matches(attribute.text, pattern: "[eE]", ignoresCase: false))
        return ApproximateCondition(
            over: ConvertedCondition(.any([size, exponent]), from: origins),
            under: ConvertedCondition(.all([size, ConvertedCondition(.not(exponent), from: origins)]), from: origins))
    }

    /// As our language writes numbers.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
            && text.utf8.last != UInt8(ascii: ".") && text.utf8.first != UInt8(ascii: ".")
    }
}
