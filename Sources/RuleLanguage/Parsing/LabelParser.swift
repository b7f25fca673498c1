/// Reads labels and holds them against each other: tiers, parents, codes.
struct LabelParser {
    let log: FindingLog

    /// (131395, DCM, "Sensitive Content"), which every rule set has.
    static let sensitive = Label(
        id: RuleSet.sensitive, tier: 1, system: "DCM", code: "131395", meaning: "Sensitive Content",
        location: .builtIn)

    func parse(_ declarations: [Declarations.Named]) -> [String: Label] {
        var labels = [RuleSet.sensitive: Self.sensitive]
        for declared in declarations {
            guard let label = label(declared) else { continue }
            labels[declared.id] = label
        }
        for declared in declarations {
            guard let label = labels[declared.id] else { continue }
            checkParents(of: label, declared, among: labels)
            checkLifted(by: label, declared, among: labels)
        }
        checkCodes(declarations, labels)
        return labels
    }

    private func label(_ declared: Declarations.Named) -> Label? {
        let element = declared.element
        guard let tier = element.attribute("tier")?.tierNumber else { return nil }
        let code = element.attribute("code")?.trimmed
        let ownSystem = element.attribute("system")
        let system = code != nil || ownSystem != nil ? (ownSystem ?? declared.system)?.trimmed : nil
        if (code == nil) != (system == nil) {
            let (given, missing) = code == nil ? ("system", "code") : ("code", "system")
            log.error(
                .halfACode, "`\(declared.id)` has a \(given) and no \(missing)",
                at: element.attribute(given)?.place ?? declared.idPlace,
                hint: "a code is a pair: system=\"DCM\" code=\"131395\"")
        }
        let label = Label(
            id: declared.id, tier: tier, parents: element.names("is-a"), lifts: element.names("lifts"),
            system: system, code: code, meaning: element.attribute("meaning")?.trimmed,
            dimension: element.attribute("dimension")?.trimmed.flatMap(Label.Dimension.init(rawValue:)),
            location: element.location)
        if label.id == RuleSet.sensitive, !isSensitive(label) {
            log.error(
                .redefinedSensitive, "`sensitive` is of tier 1 and has the code (131395, DCM)", at: declared.idPlace,
                hint:
                    "write <label id=\"sensitive\" tier=\"1\" system=\"DCM\" code=\"131395\"/>, or nothing: it is there"
            )
        }
        return label
    }

    private func isSensitive(_ label: Label) -> Bool {
        label.tier == 1 && label.parents.isEmpty && label.lifts.isEmpty && label.system == "DCM"
            && label.code == "131395"
    }

    private func checkParents(of label: Label, _ declared: Declarations.Named, among labels: [String: Label]) {
        if label.tier > 1, label.parents.isEmpty, label.lifts.isEmpty {
            log.error(
                .noParent, "`\(label.id)` is above tier 1 and neither is another label nor lifts one",
                at: declared.idPlace, hint: "write is-a=\"sensitive\", or what it is, or what it lifts")
        }
        for word in declared.element.attribute("is-a")?.words ?? [] {
            guard let parent = labels[word.text] else {
                log.unknownLabel(word, among: labels)
                continue
            }
            guard parent.tier >= label.tier else { continue }
            log.error(
                .parentTier, "`\(parent.id)` is of tier \(parent.tier), and `\(label.id)` of tier \(label.tier)",
                at: word.place, hint: "a parent is of a lower tier")
        }
    }

    private func checkLifted(by label: Label, _ declared: Declarations.Named, among labels: [String: Label]) {
        for word in declared.element.attribute("lifts")?.words ?? [] {
            if labels[word.text] == nil { log.unknownLabel(word, among: labels) }
            if word.text == label.id {
                log.error(.doesNotLift, "`\(label.id)` cannot lift itself", at: word.place)
            }
        }
    }

    private func checkCodes(_ declarations: [Declarations.Named], _ labels: [String: Label]) {
        struct Code: Hashable {
            var system: String
            var code: String
        }
        var first = [Code(system: "DCM", code: "131395"): (id: RuleSet.sensitive, location: SourceLocation?.none)]
        for declared in declarations.sorted(by: { $0.element.location < $1.element.location }) {
            guard let label = labels[declared.id], let system = label.system, let code = label.code else { continue }
            let key = Code(system: system, code: code)
            guard let other = first[key], other.id != label.id else {
                first[key] = (label.id, label.location)
                continue
            }
            log.error(
                .duplicateCode, "`\(label.id)` has the code (\(code), \(system)), which is that of `\(other.id)`",
                at: declared.element.attribute("code")?.place ?? declared.idPlace,
                hint: other.location.map { "the other stands at \($0)" })
        }
    }
}

extension XMLElement {
    /// The words of an attribute, sorted, each once.
    func names(_ attribute: String) -> [String] {
        Set(self.attribute(attribute)?.words.map(\.text) ?? []).sorted()
    }
}

extension FindingLog {
    func unknownLabel(_ word: XMLAttribute.Word, among labels: [String: Label]) {
        error(
            .unknownLabel, "there is no label `\(word.text)`", at: word.place,
            hint: Spelling.suggestion(for: word.text, among: labels.keys)
                ?? "labels are declared in a `vocabulary`; an `include` may be missing")
    }
}
