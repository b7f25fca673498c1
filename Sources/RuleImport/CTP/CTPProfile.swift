import DICOMCore
import RuleLanguage

/// A script of CTP's anonymizer as a profile of ours.
struct CTPProfile {
    private let script: CTPScript
    private let context: CTPContext
    private let log: ImportLog
    /// Of two inputs each comment says which file it is about.
    private let origin: (ImportLog.ID) -> String
    private var statements: [ConvertedStatement] = []
    private var stated: [ConvertedStatement.Selector: Int] = [:]
    private var methods: [(code: String, meaning: String)] = []
    private(set) var rules: [ConvertedRule] = []

    init(
        _ script: CTPScript, parameters: [String: String], table: CTPLookupTable?, log: ImportLog,
        origin: @escaping (ImportLog.ID) -> String
    ) {
        self.script = script
        self.log = log
        self.origin = origin
        var values = script.parameters.mapValues { $0.value }
        values.merge(parameters) { _, given in given }
        var names: [String: CTPElement] = [:]
        for element in script.elements where element.isOn && !element.name.isEmpty {
            guard let named = CTPElement(specification: element.specification) else { continue }
            if named.tag?.isPrivate ?? true { names[element.name] = named }
        }
        let processed = script.elements.contains { $0.isOn && $0.expression.contains("@process") }
        context = CTPContext(log: log, parameters: values, names: names, table: table, hasProcessedSequences: processed)
        translate()
    }

    /// - Returns: the profile, with the lists that it looks values up in.
    func converted(id: String, title: String) -> (profile: ConvertedProfile, lists: [ConvertedList]) {
        var profile = ConvertedProfile(id: id, title: title, methods: methods, statements: statements)
        profile.dateShift = context.dateShift
        if context.usesPseudonyms, context.prefix != nil || context.pseudonymList != nil {
            profile.pseudonyms = PseudonymForm(
                prefix: context.pseudonymList == nil ? context.prefix ?? "" : "", alphabet: .consonants, length: 12,
                list: context.pseudonymList)
        }
        return (profile, context.lists)
    }

    // MARK: - All

    private mutating func translate() {
        for name in script.parameters.keys.sorted() {
            if let id = script.parameters[name]?.id { log.translated(id) }
        }
        for element in script.elements { translate(element) }
        translateGroups()
        for group in script.kept where !group.isOn { log.off(group.id) }
        for group in script.removed where !group.isOn { log.off(group.id) }
        stateNestedActions()
    }

    // MARK: - Elements

    /// Rules that mean something else within sequences, by what they do there.
    private var nested: [(attribute: ScriptAttribute, action: ProfileAction, id: ImportLog.ID)] = []

    private mutating func translate(_ rule: CTPScript.Element) {
        let isTakenForOn = rule.switchWarning != nil
        if let warning = rule.switchWarning {
            log.changed(rule.id, "\(warning): it counts where it takes away")
        } else if !rule.isOn {
            log.off(rule.id)
            return
        }
        guard let element = named(rule) else { return }
        if removesOverlays, let tag = element.tag, tag.group & 0xFF01 == 0x6000 {
            log.changed(rule.id, "overlays are removed, whatever is said of their elements")
            return
        }
        if isWrittenByCordon(element, rule) { return }
        if element.tag?.isPrivateCreator == true {
            log.changed(rule.id, "a private creator stays with what stays of its block, and none is added")
            return
        }
        guard let attribute = element.attribute else {
            refuseUnnamed(element, rule)
            return
        }
        let expression: CTPExpression
        do {
            expression = try CTPExpressionParser.parse(rule.expression)
        } catch {
            state(.attribute(attribute.text), .remove, rule.id)
            log.refused(rule.id, "\(error.reason): it is removed")
            return
        }
        let isAlways = Self.isAlways(expression)
        let functions = CTPFunctions(
            context: context, element: element, attribute: attribute, id: rule.id, isAlways: isAlways)
        context.isNested = false
        let present = context.hasProcessedSequences ? attribute.anywhere : attribute
        let presence = isAlways ? nil : ConvertedCondition(.present(present.text), from: [rule.id])
        let treatment = CTPTreatment(functions.outcome(of: expression), presence: presence)
        hold(treatment, rule, attribute)
        guard let action = treatment.action else {
            state(.attribute(attribute.text), .remove, rule.id)
            log.translated(rule.id)
            return
        }
        if isTakenForOn, action == .keep { return }
        state(.attribute(attribute.text), action, rule.id)
        log.translated(rule.id)
        for note in treatment.notes { log.changed(rule.id, note) }
        for reason in treatment.refusals { log.refused(rule.id, reason) }
        if isAlways, action != .remove { log.changed(rule.id, "where it is missing it is not added") }
        addNested(functions, expression, attribute, action, rule)
    }

    private var removesOverlays: Bool { script.removed.contains { $0.isOn && $0.name == "overlays" } }

    private func named(_ rule: CTPScript.Element) -> CTPElement? {
        if let element = CTPElement(specification: rule.specification) { return element }
        let reason = "it names no element, and CTP passes the rule by"
        guard
            let found = CTPName.find(rule.name.trimmed)
                ?? CTPElement.hexadecimal(rule.name.filter { $0.isHexDigit || $0 == "," }).map({
                    CTPName.Found(tag: $0)
                }),
            StandardTag.isNamed(found.tag)
        else {
            log.refused(rule.id, reason)
            return nil
        }
        log.refused(rule.id, "\(reason); it is taken to mean \(found.tag)")
        return .standard(found.tag)
    }

    /// What Cordon says of itself in each data set that it makes, and what it makes anew.
    private mutating func isWrittenByCordon(_ element: CTPElement, _ rule: CTPScript.Element) -> Bool {
        guard let tag = element.tag else { return false }
        switch tag {
        case Tag(0x0012, 0x0064): addMethods(rule)
        case Tag(0x0012, 0x0062):
            log.translated(rule.id)
            if !rule.expression.hasSuffix("YES") { log.changed(rule.id, "Cordon says YES of what it de-identified") }
        case Tag(0x0012, 0x0063): log.changed(rule.id, "Cordon says there what it is and by which profile")
        case Tag(0x0028, 0x0303): log.changed(rule.id, "Cordon says there what became of dates")
        case _ where tag.group == 0x0002 || tag.group == 0x0004 || tag.group == 0x0000:
            // CTP too makes file meta information anew, and passes no commands.
            log.translated(rule.id)
        default: return false
        }
        return true
    }

    private mutating func addMethods(_ rule: CTPScript.Element) {
        log.translated(rule.id)
        for part in rule.expression.split(whereSeparator: { $0 == "/" || $0 == "@" }) {
            let code = String(part).trimmed
            if code.lowercased() == "reset" {
                log.changed(rule.id, "codes of CID 7050 that an earlier de-identification left stay")
            } else if code == "113101" || code == "113102" {
                log.refused(
                    rule.id, "(\(code), DCM) is not claimed: pixels are not cleaned, such images are sequestered")
            } else if let meaning = Self.meanings[code] {
                if !methods.contains(where: { $0.code == code }) { methods.append((code, meaning)) }
                log.changed(
                    rule.id, "the claims are the script's: whether its rules fulfil them is for the site to say")
            } else if !["always()", "keep()", "remove()", "empty()"].contains(code) {
                log.refused(rule.id, "`\(ImportLog.shown(code))` is no code of CID 7050")
            }
        }
    }

    /// CID 7050 (PS3.16).
    private static let meanings = [
        "113100": "Basic Application Confidentiality Profile", "113103": "Clean Graphics Option",
        "113104": "Clean Structured Content Option", "113105": "Clean Descriptors Option",
        "113106": "Retain Longitudinal Temporal Information Full Dates Option",
        "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
        "113108": "Retain Patient Characteristics Option", "113109": "Retain Device Identity Option",
        "113110": "Retain UIDs Option", "113111": "Retain Safe Private Option",
        "113112": "Retain Institution Identity Option",
    ]

    /// A private element by its number alone: another vendor may use it for something else.
    private mutating func refuseUnnamed(_ element: CTPElement, _ rule: CTPScript.Element) {
        guard let tag = element.tag, tag.isPrivate else {
            log.refused(rule.id, "no data set has such an element")
            return
        }
        let creator = script.elements.first {
            $0.isOn && $0.specification.trimmed.lowercased() == Self.creatorDigits(of: tag)
        }
        if let creator, let name = Self.fixedText(creator.expression), let element = UInt8(exactly: tag.element & 0xFF)
        {
            let attribute = ScriptAttribute(group: tag.group, creator: name, element: element)
            state(.attribute(attribute.text), .remove, rule.id)
            log.refused(rule.id, "private elements are not added, and \(attribute.text) is removed")
            return
        }
        state(.group(hexadecimal(tag.group)), .remove, rule.id)
        log.refused(
            rule.id,
            "a private element is named by its creator, (gggg,{CREATOR}ee): all of group \(hexadecimal(tag.group)) is removed"
        )
    }

    private static func creatorDigits(of tag: Tag) -> String {
        (hexadecimal(tag.group) + hexadecimal(tag.element >> 8)).lowercased()
    }

    private static func fixedText(_ expression: String) -> String? {
        let text = expression.hasPrefix("@always()") ? String(expression.dropFirst(9)) : expression
        guard !text.isEmpty, !text.contains(where: { "@\\{}".contains($0) }), text.utf8.allSatisfy({ $0 < 0x7F }) else {
            return nil
        }
        return text.trimmed
    }

    private static func isAlways(_ expression: CTPExpression) -> Bool {
        if case .call(let call)? = expression.trimmed.parts.first { call.name == "always" } else { false }
    }

    // MARK: - Items

    private mutating func addNested(
        _ functions: CTPFunctions, _ expression: CTPExpression, _ attribute: ScriptAttribute, _ action: ProfileAction,
        _ rule: CTPScript.Element
    ) {
        guard context.hasProcessedSequences, rule.expression.contains("@select") else {
            if rule.expression.contains("@select") {
                log.changed(rule.id, "no sequence is processed, so that what it says of items is never done")
            }
            return
        }
        context.isNested = true
        defer { context.isNested = false }
        let inner = CTPTreatment(functions.outcome(of: expression), presence: nil)
        guard let other = inner.action, other != action else { return }
        nested.append((attribute, other, rule.id))
        for note in inner.notes { log.changed(rule.id, "in items: \(note)") }
        for reason in inner.refusals { log.refused(rule.id, "in items: \(reason)") }
    }

    /// `@select`: by a path through each sequence whose items CTP processes.
    private mutating func stateNestedActions() {
        guard !nested.isEmpty else { return }
        for rule in script.elements where rule.isOn && rule.expression.contains("@process") {
            guard let sequence = CTPElement(specification: rule.specification)?.attribute, sequence.isSequence else {
                continue
            }
            for (attribute, action, id) in nested where !attribute.text.hasPrefix("(") || !attribute.text.contains("{")
            {
                state(.attribute("**/\(sequence.text)/*/\(attribute.text)"), action, id)
            }
        }
    }

    // MARK: - What is held back

    private mutating func hold(_ treatment: CTPTreatment, _ rule: CTPScript.Element, _ attribute: ScriptAttribute) {
        for (number, held) in treatment.held.enumerated() {
            let isSkip = held.kind == .skip
            let suffix = treatment.held.count > 1 ? "-\(number + 1)" : ""
            let fallback = ConvertedCondition(.present(attribute.anywhere.text), from: [rule.id])
            let condition = held.condition.kind == .constant(true) ? fallback : held.condition
            rules.append(
                ConvertedRule(
                    id:
                        "line-\(log.location(of: rule.id).line)-\(CTPContext.name(rule.specification).lowercased())\(suffix)",
                    title: isSkip ? "CTP would pass it as it is" : "CTP would quarantine it", condition: condition,
                    label: isSkip ? "ctp-skipped" : "ctp-quarantined", comment: comment(rule.id), origins: [rule.id],
                    fallback: fallback))
            switch held.kind {
            case .quarantine: log.changed(rule.id, "the whole study is sequestered, where CTP quarantines one object")
            case .skip: log.changed(rule.id, "it is sequestered, where CTP passes the object on as it is")
            case .call: log.refused(rule.id, "a plug-in of CTP is not called: the study is sequestered")
            }
            if held.condition.kind == .constant(true), treatment.action != nil {
                log.refused(rule.id, "its condition cannot be told: whatever has the element is sequestered")
            }
        }
    }

    // MARK: - Groups, and what nothing names

    private mutating func translateGroups() {
        let on = Dictionary(script.removed.filter(\.isOn).map { ($0.name, $0.id) }) { first, _ in first }
        let removesUnspecified = on["unspecifiedelements"]
        for rule in script.removed where rule.isOn {
            switch rule.name {
            case "privategroups": state(.group("private"), .remove, rule.id)
            case "curves": state(.group("50xx"), .remove, rule.id)
            case "overlays": state(.group("60xx"), .remove, rule.id)
            case "unspecifiedelements": break
            default:
                log.refused(rule.id, "CTP knows no `remove` of `\(ImportLog.shown(rule.name))` and passes it by")
                continue
            }
            log.translated(rule.id)
        }
        for rule in script.kept where rule.isOn {
            keep(rule, removesUnspecified: removesUnspecified != nil)
        }
        guard let id = removesUnspecified else {
            add(
                ConvertedStatement(
                    selector: .anything, action: .keep, comment: "what the script does not name", origins: []))
            // What nobody knows: in CTP's eyes it is kept like anything else.
            add(
                ConvertedStatement(
                    selector: .vr("UN"), action: .remove, comment: "elements that nobody knows", origins: []))
            return
        }
        // What CTP keeps without a rule.
        for name in ["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SpecificCharacterSet"]
        where stated[.attribute(name)] == nil {
            state(.attribute(name), .keep, id)
        }
        state(.group("0028"), .keep, id)
        state(.group("7FE0"), .keep, id)
        if on["overlays"] == nil { state(.group("60xx"), .keep, id) }
        if on["curves"] == nil { state(.group("50xx"), .keep, id) }
        log.changed(id, "Specific Character Set stays, without which text that stays cannot be read")
        state(.anything, .remove, id)
    }

    private mutating func keep(_ rule: CTPScript.Group, removesUnspecified: Bool) {
        if rule.name == "safeprivateelements" {
            log.refused(
                rule.id,
                "private elements that CTP's dictionary calls safe are not kept; `extends=\"ps3.15-retain-safe-private\"` keeps those of PS3.15"
            )
            return
        }
        guard rule.name.utf8.count <= 4, let group = UInt16(rule.name, radix: 16) else {
            log.refused(rule.id, "`\(ImportLog.shown(rule.name))` is no group, and CTP passes it by")
            return
        }
        log.translated(rule.id)
        // It matters only where something is removed for being named by no rule.
        guard removesUnspecified || group & 1 == 1 else { return }
        state(.group(hexadecimal(group)), .keep, rule.id)
    }

    // MARK: - Statements

    private mutating func state(_ selector: ConvertedStatement.Selector, _ action: ProfileAction, _ id: ImportLog.ID) {
        if let index = stated[selector] {
            let other = statements[index].action
            let stricter = CTPTreatment.stricter(other, action)
            if other != action {
                for id in [id] + statements[index].origins {
                    log.changed(
                        id,
                        "several rules are about it, and CTP takes one: \(ActionText.word(stricter)) of what they do")
                }
            }
            statements[index].action = stricter
            statements[index].origins.append(id)
            return
        }
        add(ConvertedStatement(selector: selector, action: action, comment: comment(id), origins: [id]))
    }

    private mutating func add(_ statement: ConvertedStatement) {
        if let selector = statement.selector { stated[selector] = statements.count }
        statements.append(statement)
    }

    private func comment(_ id: ImportLog.ID) -> String { "\(origin(id))\(log.text(of: id))" }
}

enum StandardTag {
    /// Whether it is a tag that a data set may have and PS3.6 knows.
    static func isNamed(_ tag: Tag) -> Bool {
        !tag.isPrivate && tag.group > 0x0004 && !ScriptAttribute(tag).vrs.isEmpty
    }
}
