import DICOMCore
import RuleLanguage

/// Translates expressions of CTP, one element at a time.
struct CTPFunctions {
    let context: CTPContext
    /// What the rule is about.
    let element: CTPElement
    let attribute: ScriptAttribute
    let id: ImportLog.ID
    /// Whether the rule is also for data sets that do not have the element.
    var isAlways = false

    var tag: Tag? { element.tag }
    var isPatientID: Bool { tag == Tag(0x0010, 0x0020) }
    var isPatientName: Bool { tag == Tag(0x0010, 0x0010) }

    func outcome(of expression: CTPExpression) -> CTPOutcome {
        let parts = expression.trimmed.parts
        guard let first = parts.first else { return .action(.empty) }
        guard parts.count == 1 else { return joined(parts) }
        switch first {
        case .text(let text): return fixed(text)
        case .call(let call): return outcome(of: call)
        }
    }

    // MARK: - One call

    private func outcome(of call: CTPCall) -> CTPOutcome {
        switch call.name {
        case "keep", "process": return .action(.keep)
        case "remove": return .action(.remove)
        case "empty": return .action(.empty)
        case "blank": return .action(.empty, notes: ["it has no value rather than blanks"])
        case "always": return .action(.empty)
        case "quarantine": return .held(.quarantine)
        case "skip": return .held(.skip)
        case "call": return .held(.call)
        case "require": return .kept("where it is missing it is not added")
        case "param": return parameter(call)
        case "if": return choice(call)
        case "select": return selected(call)
        case "append": return .kept("nothing is appended to it")
        case "contents", "value", "truncate", "uppercase", "lowercase", "pathelement": return own(call)
        case "hash", "hashptid", "hashname", "integer", "encrypt", "initials": return pseudonymous(call)
        case "hashuid": return newUID(call)
        case "hashdate", "incrementdate", "dateinterval": return shifted(call)
        case "modifydate": return modifiedDate(call)
        case "round": return rounded(call)
        case "lookup": return lookedUp(call)
        case "date", "time": return .removed("a rule cannot read a clock: it is removed")
        case "decrypt": return .removed("what CTP encrypted is not decrypted: it is removed")
        default:
            return .removed(
                "CTP has no function `@\(ImportLog.shown(call.name))` and writes its name as data: it is removed")
        }
    }

    // MARK: - Fixed texts

    func fixed(_ text: String) -> CTPOutcome {
        let word = text.hasSuffix("()") ? String(text.dropLast(2)) : text
        if CTPCall.names.contains(word) {
            return .removed("`\(text)` without `@` is no function, and CTP writes the word as data: it is removed")
        }
        guard !text.isEmpty else { return .action(.empty) }
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
            return .removed(
                "a fixed text has characters of ASCII alone, so that it is right in any character set: it is removed")
        }
        if isPatientID {
            context.usesPseudonyms = true
            return .action(
                .pseudonym,
                notes: ["one Patient ID for all would make one patient of them: each has a pseudonym of their own"])
        }
        if attribute.isSequence {
            return .action(.remove, notes: ["CTP leaves a sequence as it is when it is given a text: it is removed"])
        }
        return .action(.replace(text))
    }

    private func parameter(_ call: CTPCall) -> CTPOutcome {
        guard let value = context.parameter(call.argument(0)) else {
            return .removed(
                "the parameter `\(ImportLog.shown(call.argument(0)))` is not defined, and CTP writes `null`: it is removed"
            )
        }
        return fixed(value.trimmed)
    }

    /// Text and calls, one after the other: what they come to without looking at the data, or nothing that we can say.
    private func joined(_ parts: [CTPExpression.Part]) -> CTPOutcome {
        if case .call(let call)? = parts.first, call.name == "always" {
            var other = self
            other.isAlways = true
            return other.outcome(of: CTPExpression(Array(parts.dropFirst())))
        }
        var text = ""
        var calls: [CTPCall] = []
        var isBeforeCalls = true
        var prefix = ""
        for part in parts {
            switch part {
            case .text(let own):
                text += own
                if isBeforeCalls { prefix += own }
            case .call(let call) where call.name == "param":
                guard let value = context.parameter(call.argument(0)) else { return parameter(call) }
                text += value
                if isBeforeCalls { prefix += value }
            case .call(let call):
                calls.append(call)
                isBeforeCalls = false
            }
        }
        if calls.isEmpty { return fixed(text.trimmed) }
        // CTP removes an element in whose new value it finds the word.
        if calls.contains(where: { $0.name == "remove" }) { return .action(.remove) }
        let outcomes = calls.map { outcome(of: $0) }
        if let held = outcomes.first(where: { if case .held = $0 { true } else { false } }) { return held }
        if isPatientID || isPatientName {
            context.usesPseudonyms = true
            context.proposePrefix(prefix)
            return .action(
                .pseudonym, notes: ["the patient's pseudonym, keyed, in place of what the script puts together"])
        }
        if calls.allSatisfy({ ["hash", "hashptid", "hashname", "integer", "encrypt"].contains($0.name) }),
            calls.count == 1,
            let call = calls.first
        {
            guard case .action(let action, let notes) = pseudonymous(call) else { return pseudonymous(call) }
            return .action(action, notes: notes + ["nothing is put before or behind it"])
        }
        return .removed("text is not put together from values of the data: it is removed")
    }

    // MARK: - Choices

    private func selected(_ call: CTPCall) -> CTPOutcome {
        guard call.blocks.count == 2 else { return .removed("`@select` without its two blocks: it is removed") }
        return outcome(of: call.blocks[context.isNested ? 1 : 0])
    }

    private func choice(_ call: CTPCall) -> CTPOutcome {
        guard call.blocks.count == 2 else { return .removed("`@if` without its two blocks: it is removed") }
        if let cap = cappedAge(call) { return cap }
        let condition = CTPTest(functions: self).condition(of: call)
        if condition.over.simplified.kind == .constant(false) { return outcome(of: call.blocks[1]) }
        if condition.under.simplified.kind == .constant(true) { return outcome(of: call.blocks[0]) }
        return .choice(condition, outcome(of: call.blocks[0]), outcome(of: call.blocks[1]))
    }

    /// `@if(this,greaterthan,89){090Y}{@keep()}`: an age above a limit becomes a year more than it.
    private func cappedAge(_ call: CTPCall) -> CTPOutcome? {
        guard attribute.vrs == [.AS], call.argument(0) == "this", call.argument(1) == "greaterthan",
            let limit = Int(call.argument(2).filter(\.isNumber)), (0..<999).contains(limit),
            call.blocks[1].trimmed.parts == [.call(CTPCall(name: "keep", arguments: []))],
            case .text(let text)? = call.blocks[0].trimmed.parts.first, call.blocks[0].trimmed.parts.count == 1,
            text.hasSuffix("Y"), Int(text.dropLast()) == limit + 1
        else { return nil }
        return .action(
            .capAge(years: limit),
            notes: ["ages in days, weeks and months are compared as ages, where CTP compares their digits"])
    }
}
