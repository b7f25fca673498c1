import DICOMCore
import RuleLanguage

/// Labels of a recipe's filters as rules: what they flag is sequestered.
struct DeidFilter {
    let log: ImportLog

    func rules(_ labels: [DeidRecipe.Label]) -> [ConvertedRule] {
        labels.enumerated().compactMap { rule($1, number: $0 + 1) }
    }

    private func rule(_ label: DeidRecipe.Label, number: Int) -> ConvertedRule? {
        let condition = self.condition(label)
        log.translated(label.id)
        for id in label.regions {
            log.refused(id, "regions become no areas of a profile's `pixels`: images of this label are sequestered")
        }
        if label.filter.lowercased() == "whitelist", label.regions.isEmpty {
            log.changed(label.id, "an image on a white list is not held back by it; other labels count all the same")
            return nil
        }
        guard !label.criteria.isEmpty || !label.regions.isEmpty || label.isUncertain else {
            log.changed(label.id, "it has neither a criterion nor a region, and flags nothing")
            return nil
        }
        let pixels = ConvertedCondition(.present("PixelData"))
        let images = ConvertedCondition(.all([pixels, condition])).simplified
        guard images.kind != .constant(false) else {
            log.changed(label.id, "no image is so")
            return nil
        }
        let origins = [label.id] + label.criteria.flatMap { $0.tests.map(\.id) }
        return ConvertedRule(
            id: "label-\(number)", title: label.name.isEmpty ? "LABEL \(number)" : label.name.printable,
            condition: images, label: "burned-in-text",
            comment: "\(log.location(of: label.id).line): %filter \(label.filter), \(log.text(of: label.id))",
            origins: Array(Set(origins)).sorted(), fallback: pixels)
    }

    // MARK: - Criteria

    /// From the first line to the last, as deid says it joins them.
    private func condition(_ label: DeidRecipe.Label) -> ConvertedCondition {
        var joined: ApproximateCondition?
        for criterion in label.criteria {
            let line = line(criterion)
            guard let before = joined else {
                joined = line
                continue
            }
            joined = criterion.isAlternative ? .any([before, line]) : .all([before, line])
        }
        return (joined ?? ApproximateCondition(.always)).over
    }

    private func line(_ criterion: DeidRecipe.Criterion) -> ApproximateCondition {
        var joined: ApproximateCondition?
        for test in criterion.tests {
            let condition = self.condition(test)
            if !log.hasOutcome(test.id) { log.translated(test.id) }
            guard let before = joined else {
                joined = condition
                continue
            }
            joined = test.isAlternative ? .any([before, condition]) : .all([before, condition])
        }
        return joined ?? ApproximateCondition(.always)
    }

    private func condition(_ test: DeidRecipe.Test) -> ApproximateCondition {
        let id = test.id
        guard let attribute = DeidField.attribute(test.field) else {
            if DeidField.isPrivateNumber(test.field) != nil {
                log.refused(id, "a private element is named by its creator; what it asks is taken to be so")
            } else {
                log.refused(
                    id, "`\(ImportLog.shown(test.field))` is no keyword of PS3.6; what it asks is taken to be so")
            }
            return .unknown([id])
        }
        func told(_ kind: ConvertedCondition.Kind) -> ConvertedCondition { ConvertedCondition(kind, from: [id]) }
        let name = attribute.text
        switch test.verb {
        case "missing": return ApproximateCondition(told(.any([told(.absent(name)), told(.empty(name))])))
        case "present": return ApproximateCondition(told(.present(name)))
        case "empty": return ApproximateCondition(told(.empty(name)))
        case "equals", "notequals":
            guard let equal = equal(attribute, test) else { return unknown(test) }
            return test.verb == "equals" ? equal : equal.negated
        default:
            guard attribute.isText, !attribute.isSequence,
                (try? TextPattern(test.value.lowercased(), isCaseSensitive: false)) != nil
            else { return unknown(test) }
            let found = ApproximateCondition(
                told(.matches(name, pattern: test.value.lowercased(), ignoresCase: true)))
            return test.verb == "contains" ? found : found.negated
        }
    }

    private func equal(_ attribute: ScriptAttribute, _ test: DeidRecipe.Test) -> ApproximateCondition? {
        if let number = NumberCondition(attribute: attribute, origins: [test.id]).equals(test.value) { return number }
        guard attribute.isText, !attribute.isSequence else { return nil }
        // Of several values one that is equal may be enough or not, by the version of pydicom: both sides are told.
        return TextCondition(attribute, from: [test.id]).equals(test.value, ignoresCase: true)
    }

    private func unknown(_ test: DeidRecipe.Test) -> ApproximateCondition {
        log.refused(test.id, "`\(test.verb)` of `\(ImportLog.shown(test.field))` cannot be asked; it is taken to be so")
        return .unknown([test.id])
    }
}
