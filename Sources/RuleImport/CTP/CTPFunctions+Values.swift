import DICOMCore
import RuleLanguage

extension CTPFunctions {
    // MARK: - The value itself, or a part of it

    /// Functions that write the element's own value, or another's.
    func own(_ call: CTPCall) -> CTPOutcome {
        guard isOwn(call.argument(0)) else { return copied() }
        switch call.name {
        case "contents" where call.arguments.count == 1, "value" where call.arguments.count == 1: return .action(.keep)
        case "value": return .kept("an empty value stays empty, where CTP writes a text")
        case "uppercase", "lowercase": return .kept("the case of its letters stays as it is")
        default:
            let taken = call.name == "contents" ? "by a pattern" : "of a value"
            return .removed("a part \(taken) is not cut out: it is removed")
        }
    }

    private func copied() -> CTPOutcome {
        if isPatientID || isPatientName {
            context.usesPseudonyms = true
            return .action(.pseudonym, notes: ["a value of another element is not copied: the patient's pseudonym"])
        }
        return .removed("a value of another element is not copied: it is removed")
    }

    /// Whether a function reads the element that the rule is about.
    func isOwn(_ argument: String) -> Bool {
        if argument == "this" || argument.isEmpty { return true }
        return CTPReference(argument, names: context.names)?.element == element
    }

    func isPatient(_ argument: String) -> Bool {
        guard let read = CTPReference(argument, names: context.names)?.element?.tag else { return false }
        return read == Tag(0x0010, 0x0020) || read == Tag(0x0010, 0x0010)
    }

    // MARK: - What stands for a value

    func pseudonymous(_ call: CTPCall) -> CTPOutcome {
        let source = call.name == "hashptid" ? call.argument(1) : call.argument(0)
        if isPatientID || isPatientName || isPatient(source) && !isOwn(source) {
            guard attribute.vrs.isEmpty || attribute.vrs.contains(where: \.usesSpecificCharacterSet) else {
                return .removed(
                    "a pseudonym is no value of \(attribute.vrs.map(\.description).joined(separator: " or ")): it is removed"
                )
            }
            context.usesPseudonyms = true
            return .action(.pseudonym, notes: ["the patient's pseudonym, keyed, where CTP \(Self.does(call.name))"])
        }
        guard isOwn(source) else { return .removed("a value of another element is not hashed: it is removed") }
        if call.name == "initials" { return .removed("initials may tell who it is, and are not made: it is removed") }
        let longest = attribute.vrs.map(Self.longestHash).max() ?? 16
        guard longest > 0 else {
            if attribute.vrs == [.UI] { return .action(.uid, notes: ["a new UID, keyed"]) }
            return .removed(
                "there is no hash that is a value of \(attribute.vrs.map(\.description).joined(separator: " or ")): it is removed"
            )
        }
        let wanted = context.parameter(call.argument(call.name == "hashptid" ? 2 : 1)).flatMap { Int($0) } ?? 16
        let digits = min(max(wanted, 8), longest)
        var notes = ["a keyed hash, where CTP \(Self.does(call.name))"]
        if digits != wanted, ["hash", "hashname", "hashptid"].contains(call.name) {
            notes.append("\(digits) digits, not \(wanted)")
        }
        return .action(.hash(digits: digits), notes: notes)
    }

    private static func does(_ name: String) -> String {
        switch name {
        case "integer": "counts"
        case "encrypt": "encrypts with a key in the script"
        case "initials": "writes initials"
        default: "takes an MD5 that anybody can repeat"
        }
    }

    /// Digits that fit into a value.
    private static func longestHash(_ vr: VR) -> Int {
        switch vr {
        case .AE, .CS, .SH: 16
        case .LO, .PN, .LT, .ST, .UC, .UR, .UT: 64
        default: 0
        }
    }

    func newUID(_ call: CTPCall) -> CTPOutcome {
        guard attribute.vrs.isEmpty || attribute.vrs.contains(.UI) else {
            return .removed("it holds no UID, and becomes none: it is removed")
        }
        guard isOwn(call.argument(1)) else {
            return .action(.uid, notes: ["a new UID of its own, where CTP hashes another element's"])
        }
        let notes =
            call.arguments.count > 2 ? ["the same UID has the same new one whatever else the script mixes in"] : []
        return .action(.uid, notes: notes)
    }

    // MARK: - Dates and ages

    func shifted(_ call: CTPCall) -> CTPOutcome {
        guard attribute.vrs.contains(where: { [.DA, .DT, .TM].contains($0) }) else {
            return .removed("it holds no date, and none is moved: it is removed")
        }
        guard isOwn(call.argument(0)) else { return .removed("a date of another element is not copied: it is removed") }
        context.usesShiftedDates = true
        switch call.name {
        case "hashdate":
            context.usesHashedDates = true
            return .action(
                .shiftDate, notes: ["by the patient's keyed offset, where CTP takes an MD5 that anybody can repeat"])
        case "dateinterval":
            guard call.arguments.count > 3 else { return .removed("a number of days is not counted: it is removed") }
            return listed(
                call, key: 2,
                .action(.shiftDate, notes: ["by the patient's keyed offset, where CTP counts from a day in its table"]))
        default: break
        }
        if call.arguments.count > 2 {
            return .action(
                .shiftDate,
                notes: [
                    "by the patient's keyed offset, where CTP looks up days in its table; who is not in it is not held back"
                ])
        }
        guard let days = context.parameter(call.argument(1)).flatMap({ Int($0.trimmed) }) else {
            return .action(
                .shiftDate,
                notes: [
                    "by the patient's keyed offset; the script gives no number of days, and CTP would empty the value"
                ])
        }
        context.increments.append(days)
        return .action(
            .shiftDate,
            notes: [
                "by each patient's own keyed offset, where CTP moves all by \(days) days: one known date would give all away"
            ])
    }

    /// CTP holds back whose key its table does not have.
    private func listed(_ call: CTPCall, key: Int, _ outcome: CTPOutcome) -> CTPOutcome {
        guard let rows = context.table?.rows(of: call.argument(1)), !rows.isEmpty,
            let read = CTPReference(call.argument(key), names: context.names), read.attribute.isText
        else { return outcome }
        let list = context.list(
            forKind: call.argument(1), key: "Value", rows: rows,
            origin: "the look-up table, \(ImportLog.shown(call.argument(1)))")
        let known = ConvertedCondition(.inList(list, attribute: read.attribute.text), from: [id])
        return .choice(ApproximateCondition(known), outcome, .held(.quarantine))
    }

    /// `@modifydate(this,*,*,1)`.
    func modifiedDate(_ call: CTPCall) -> CTPOutcome {
        guard attribute.vrs.contains(where: { $0 == .DA || $0 == .DT }), isOwn(call.argument(0)) else {
            return .removed("it holds no date of its own: it is removed")
        }
        let parts = (1...3).map { context.parameter(call.argument($0))?.trimmed ?? "" }
        let kept = parts.map { $0 == "*" }
        switch (kept[0], kept[1], kept[2]) {
        case (true, true, true): return .action(.keep)
        case (true, true, false):
            return .action(
                .truncateDate(.month), notes: parts[2] == "1" || parts[2] == "01" ? [] : ["the first of the month"])
        case (true, false, _):
            let isFirst = kept[2] == false && Int(parts[1]) == 1 && Int(parts[2]) == 1
            return .action(.truncateDate(.year), notes: isFirst ? [] : ["the first of January"])
        case (false, false, false):
            guard let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), attribute.vrs == [.DA]
            else { break }
            return fixed(Self.padded(year, 4) + Self.padded(month, 2) + Self.padded(day, 2))
        default: break
        }
        return .removed("a date of which the day stays and the year does not is not made: it is removed")
    }

    private static func padded(_ number: Int, _ count: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    /// `@round(this,10)`: a list of all ages says what each becomes.
    func rounded(_ call: CTPCall) -> CTPOutcome {
        guard attribute.vrs == [.AS], isOwn(call.argument(0)),
            let size = context.parameter(call.argument(1)).flatMap({ Int($0.trimmed) }), (1...100).contains(size)
        else { return .removed("it is no age of its own that is rounded to years: it is removed") }
        let rows = (0...150).map { age -> (key: String, value: String) in
            let rounded = (age + size / 2) / size * size
            return (Self.padded(age, 3) + "Y", Self.padded(min(rounded, 999), 3) + "Y")
        }
        let list = context.list(
            forKind: "age-\(size)", key: "Age", rows: rows, origin: "ages rounded to \(size) years")
        return .action(
            .lookup(list: list, otherwise: .remove),
            notes: ["ages in months, weeks and days are removed, where CTP rounds their digits"])
    }
}
