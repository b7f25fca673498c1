import DICOMCore
import DICOMDictionary
import RuleLanguage

/// What a recipe does to the header, as a profile.
struct DeidProfile {
    private let recipe: DeidRecipe
    private let log: ImportLog
    private var statements: [ConvertedStatement] = []
    private var stated: [ConvertedStatement.Selector: Int] = [:]
    private var ranks: [ConvertedStatement.Selector: Int] = [:]
    private var usesShiftedDates = false
    private var jitter: Int?
    private var cleansText = false

    init(_ recipe: DeidRecipe, log: ImportLog) {
        self.recipe = recipe
        self.log = log
        for action in recipe.actions { translate(action) }
        for group in [recipe.fieldGroups, recipe.valueGroups] {
            for action in group.values.joined() where !log.hasOutcome(action.id) { log.translated(action.id) }
        }
        finish()
    }

    func profile(id: String, title: String) -> ConvertedProfile {
        var profile = ConvertedProfile(id: id, title: title, statements: statements)
        if usesShiftedDates {
            let size = min(max(Int(clamping: (jitter ?? 0).magnitude), 2), 36525)
            let (near, far) = (max(1, size / 2), min(36525, size + size / 2))
            let isKnown = jitter ?? 0 != 0
            let range = isKnown ? ((jitter ?? 0) < 0 ? -far...(-near) : near...far) : -3650...(-1)
            profile.dateShift = DateShift(unit: .days, range: range)
        }
        return profile
    }

    // MARK: - Actions

    private mutating func translate(_ action: DeidRecipe.Action) {
        let id = action.id
        log.translated(id)
        let field = DeidField(action.field, groups: recipe.fieldGroups)
        for (reason, source) in field.doubts { log.refused(source ?? id, reason) }
        if let name = field.values { clean(name, action) }
        removePrivateGroups(field, action, rank: 3)
        if !field.kinds.isEmpty { state(field.kinds, self.action(action, nil), action) }
        if !field.wider.isEmpty {
            if action.verb == "KEEP" {
                log.refused(id, "what it keeps is not told from the rest: nothing is kept for it")
            } else {
                state(field.wider, self.action(action, nil), action)
            }
        }
        for attribute in field.attributes { translate(action, attribute) }
    }

    private mutating func removePrivateGroups(_ field: DeidField, _ action: DeidRecipe.Action, rank: Int) {
        for group in field.privateGroups.map(hexadecimal) {
            log.refused(
                action.id, "a private element is named by its creator: all of group \(group) is removed")
            state([.group(group)], .remove, action, rank: rank)
        }
    }

    private mutating func translate(_ action: DeidRecipe.Action, _ attribute: ScriptAttribute) {
        let tag = StandardDictionary.entry(forKeyword: attribute.text)?.tag
        if let tag, tag.group <= 0x0004 {
            // File meta information is made anew.
            return
        }
        switch attribute.text {
        case "PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence",
            "LongitudinalTemporalInformationModified":
            if action.value?.uppercased() != "YES" { log.changed(action.id, "Cordon says there itself what it did") }
            return
        default: break
        }
        if action.verb == "ADD" { log.changed(action.id, "where it is missing it is not added") }
        state([.attribute(attribute.text)], self.action(action, attribute), action)
    }

    private mutating func action(_ action: DeidRecipe.Action, _ attribute: ScriptAttribute?) -> ProfileAction {
        let id = action.id
        switch action.verb {
        case "KEEP": return .keep
        case "BLANK": return .empty
        case "REMOVE":
            if let value = action.value {
                log.changed(id, "it is always removed, whatever `\(ImportLog.shown(value))` says")
            }
            return .remove
        case "JITTER": return moved(action, attribute)
        case "ADD", "REPLACE": return replaced(action, attribute)
        default:
            log.refused(id, "`\(action.verb)` does nothing to a header")
            return .remove
        }
    }

    private mutating func moved(_ action: DeidRecipe.Action, _ attribute: ScriptAttribute?) -> ProfileAction {
        if let attribute, !attribute.vrs.contains(where: { [.DA, .DT, .TM].contains($0) }) {
            log.refused(action.id, "it holds no date that moves: it is removed")
            return .remove
        }
        usesShiftedDates = true
        if let days = action.value.flatMap({ Int($0) }), jitter == nil { jitter = days }
        log.changed(action.id, "by each patient's own keyed offset: one known date would give all away")
        return .shiftDate
    }

    private mutating func replaced(_ action: DeidRecipe.Action, _ attribute: ScriptAttribute?) -> ProfileAction {
        let id = action.id
        guard let value = action.value else {
            log.refused(id, "it has no value: it is removed")
            return .remove
        }
        let isComputed = ["var:", "func:", "deid_func:"].contains { value.hasPrefix($0) }
        guard isComputed else { return fixed(value, attribute, id) }
        let says = value.hasPrefix("var:") ? "what a program says from outside" : "what a function of Python says"
        guard let attribute else {
            log.refused(id, "\(says) is not known: it is removed")
            return .remove
        }
        if attribute.text == "PatientID" || attribute.text == "PatientName" {
            log.changed(id, "the patient's keyed pseudonym, in place of \(says)")
            return .pseudonym
        }
        if attribute.vrs == [.UI] {
            log.changed(id, "a new UID, keyed, in place of \(says)")
            return .uid
        }
        if value.hasPrefix("deid_func:jitter") { return moved(action, attribute) }
        log.refused(id, "\(says) is not known: it is removed")
        return .remove
    }

    private func fixed(_ text: String, _ attribute: ScriptAttribute?, _ id: ImportLog.ID) -> ProfileAction {
        if attribute?.text == "PatientID" {
            log.changed(id, "one Patient ID for all would make one patient of them: each has a pseudonym of their own")
            return .pseudonym
        }
        guard let attribute, attribute.isText, !attribute.isSequence, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F })
        else {
            log.refused(id, "a text of ASCII is put into elements that hold text: it is removed")
            return .remove
        }
        return .replace(text)
    }

    /// `values:name`: whatever holds one of these values. Ours takes what is known of the patient out of all texts.
    private mutating func clean(_ name: String, _ action: DeidRecipe.Action) {
        guard let sources = recipe.valueGroups[name] else {
            log.refused(action.id, "there is no group `\(ImportLog.shown(name))` of values")
            return
        }
        log.changed(
            action.id,
            "every text is cleaned of what is known of the patient, where deid replaces elements that hold these values"
        )
        cleansText = true
        // What the values are taken from holds them itself.
        for source in sources {
            log.translated(source.id)
            let field = DeidField(source.field, groups: recipe.fieldGroups)
            for (reason, other) in field.doubts { log.refused(other ?? source.id, reason) }
            if field.values != nil {
                log.refused(source.id, "nothing is known by `\(ImportLog.shown(source.field))`")
            }
            removePrivateGroups(field, action, rank: 1)
            state(field.kinds + field.wider, .remove, action, rank: 1)
            for attribute in field.attributes {
                let isPatient = attribute.text == "PatientID" || attribute.text == "PatientName"
                state(
                    [.attribute(attribute.text)], isPatient ? .pseudonym : attribute.vrs == [.UI] ? .uid : .remove,
                    action, rank: 1)
            }
        }
    }

    // MARK: - Statements

    /// deid does one thing to a field, whatever the order of its lines.
    private static func rank(_ verb: String) -> Int {
        switch verb {
        case "KEEP": 6
        case "ADD": 5
        case "REPLACE": 4
        case "JITTER": 3
        case "REMOVE": 2
        default: 1
        }
    }

    private mutating func state(
        _ selectors: [ConvertedStatement.Selector], _ action: ProfileAction, _ source: DeidRecipe.Action,
        rank: Int? = nil
    ) {
        let rank = rank ?? Self.rank(source.verb)
        for selector in selectors {
            let comment = "\(log.location(of: source.id).line): \(log.text(of: source.id))"
            guard let index = stated[selector] else {
                stated[selector] = statements.count
                ranks[selector] = rank
                statements.append(
                    ConvertedStatement(selector: selector, action: action, comment: comment, origins: [source.id]))
                continue
            }
            guard statements[index].action != action else { continue }
            let before = ranks[selector] ?? 0
            if rank == before {
                statements[index].action = CTPTreatment.stricter(statements[index].action, action)
                log.changed(
                    source.id,
                    "several lines are about it: \(ActionText.word(statements[index].action)) of what they do")
            } else if rank > before {
                statements[index] = ConvertedStatement(
                    selector: selector, action: action, comment: comment,
                    origins: statements[index].origins + [source.id])
                ranks[selector] = rank
            }
        }
    }

    private mutating func finish() {
        let others = stated[.anything].map { statements[$0].action } ?? .keep
        // Texts that go with everything else need not be cleaned, and would stay if they were.
        if cleansText, others == .keep {
            for vr in ["LO", "LT", "SH", "ST", "UC", "UT"] where stated[.vr(vr)] == nil {
                statements.append(
                    ConvertedStatement(selector: .vr(vr), action: .clean, comment: "texts, by values", origins: []))
            }
        }
        if stated[.anything] == nil {
            statements.append(
                ConvertedStatement(
                    selector: .anything, action: .keep, comment: "what the recipe does not name", origins: []))
        }
        if stated[.vr("UN")] == nil {
            statements.append(
                ConvertedStatement(
                    selector: .vr("UN"), action: .remove, comment: "elements that nobody knows", origins: []))
        }
        // An image without its pixels and what they are is none.
        guard let index = stated[.anything], statements[index].action != .keep else { return }
        for group in ["0028", "7FE0"] where stated[.group(group)] == nil {
            statements.append(
                ConvertedStatement(
                    selector: .group(group), action: .keep, comment: "pixels, which deid passes by", origins: []))
        }
        for name in ["SOPClassUID", "SpecificCharacterSet"] where stated[.attribute(name)] == nil {
            statements.append(
                ConvertedStatement(
                    selector: .attribute(name), action: .keep, comment: "what the data set is", origins: []))
        }
    }
}
