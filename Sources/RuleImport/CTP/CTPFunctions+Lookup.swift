import RuleLanguage

extension CTPFunctions {
    /// `@lookup(this,kind[,keep|remove|empty|default,text|ignore,pattern])`.
    func lookedUp(_ call: CTPCall) -> CTPOutcome {
        let kind = call.argument(1), action = call.argument(2)
        guard let table = context.table else {
            if isPatientID || isPatientName {
                context.usesPseudonyms = true
                return .action(.pseudonym, notes: ["the look-up table was not given: the patient's keyed pseudonym"])
            }
            return .removed("the look-up table was not given: it is removed")
        }
        let rows = table.rows(of: kind)
        if isPatientID || isPatientName, isPatientIDAlone(call.argument(0)) {
            return pseudonym(from: rows, kind, action)
        }
        guard isOwn(call.argument(0)) else {
            return .removed("what the table says for another element is not looked up: it is removed")
        }
        guard attribute.isText, !attribute.isSequence else {
            return .removed("what a list says is text: it is removed")
        }
        guard !rows.isEmpty else { return unlisted(action, call) }
        let list = context.list(
            forKind: kind, key: "Value", rows: rows, origin: "the look-up table, \(ImportLog.shown(kind))")
        switch action {
        case "keep": return .action(.lookup(list: list, otherwise: .keep))
        case "remove": return .action(.lookup(list: list, otherwise: .remove))
        case "empty": return .action(.lookup(list: list, otherwise: .empty))
        case "default", "ignore":
            return .action(
                .lookup(list: list, otherwise: .remove),
                notes: [
                    "a value that is not in the table is removed, where CTP \(action == "default" ? "writes a text" : "may keep it")"
                ])
        default:
            let known = ConvertedCondition(.inList(list, attribute: attribute.text), from: [id])
            return .choice(
                ApproximateCondition(known), .action(.lookup(list: list, otherwise: .remove)), .held(.quarantine))
        }
    }

    private func isPatientIDAlone(_ argument: String) -> Bool {
        if argument == "this" { return isPatientID }
        return CTPReference(argument, names: context.names)?.element?.tag == Tags.patientID
    }

    private func pseudonym(from rows: [(key: String, value: String)], _ kind: String, _ action: String) -> CTPOutcome {
        context.usesPseudonyms = true
        guard !rows.isEmpty else {
            return .action(
                .pseudonym,
                notes: ["the table says nothing of `\(ImportLog.shown(kind))`: the patient's keyed pseudonym"])
        }
        let list = context.list(
            forKind: kind, key: "PatientID", rows: rows, origin: "the look-up table, \(ImportLog.shown(kind))")
        if let other = context.pseudonymList, other != list {
            return .action(.pseudonym, notes: ["a patient has one pseudonym, from the list `\(other)`"])
        }
        context.pseudonymList = list
        guard !action.isEmpty else { return .action(.pseudonym) }
        return .action(.pseudonym, notes: ["a patient who is not in the table is sequestered"])
    }

    /// A kind of key that the table does not have: CTP finds nothing, whatever the value.
    private func unlisted(_ action: String, _ call: CTPCall) -> CTPOutcome {
        switch action {
        case "keep": return .action(.keep)
        case "remove": return .action(.remove)
        case "empty": return .action(.empty)
        case "default": return fixed(call.argument(3))
        case "ignore": return .removed("a value that fits a pattern is not told from others: it is removed")
        default: return .held(.quarantine)
        }
    }
}
