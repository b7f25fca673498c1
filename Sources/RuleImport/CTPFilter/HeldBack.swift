import RuleLanguage

/// Filters and signatures as rules that hold back.
struct HeldBack {
    let log: ImportLog
    let origin: (ImportLog.ID) -> String

    private static let pixels = ConvertedCondition(.present("PixelData"))

    /// What a filter does not let pass.
    func rules(filter expression: FilterExpression, file: String) -> [ConvertedRule] {
        let first = log.count
        let passed = FilterCondition(log: log).condition(expression)
        let held = passed.negated.over.simplified
        guard held.kind != .constant(false) else {
            log.remark("the filter `\(file)` lets everything pass, and no rule came of it")
            return []
        }
        return [
            ConvertedRule(
                id: "filter-\(CTPContext.name(file))", title: "Not let pass by \(file)", condition: held,
                label: "filtered-out", comment: nil, origins: Array(held.allOrigins).sorted().filter { $0 < first },
                fallback: .always)
        ]
    }

    /// Images whose pixels hold text in known places. The places are for whoever cleans pixels: here the images stay.
    func rules(pixels script: PixelScript, file: String, single: Bool) -> [ConvertedRule] {
        var rules: [ConvertedRule] = []
        for (number, signature) in script.signatures.enumerated() {
            let condition = FilterCondition(log: log).condition(signature.expression)
            guard !signature.regions.isEmpty else {
                for id in signature.terms.map(Array.init) ?? [] {
                    log.changed(
                        id, "a signature without a region redacts nothing; those behind it count here all the same")
                }
                continue
            }
            for id in signature.regions {
                log.refused(
                    id, "regions become no areas of a profile's `pixels`: images of this signature are sequestered")
            }
            let images = ConvertedCondition(.all([Self.pixels, condition.over])).simplified
            guard images.kind != .constant(false) else { continue }
            let name = single ? "" : "\(CTPContext.name(file))-"
            let origins = signature.terms.map(Array.init) ?? []
            rules.append(
                ConvertedRule(
                    id: "\(name)signature-\(number + 1)", title: "Text in the pixels, by signature \(number + 1)",
                    condition: images, label: "burned-in-text",
                    comment:
                        "\(origin(signature.regions[0]))\(signature.regions.map { log.text(of: $0) }.joined(separator: " "))",
                    origins: origins, fallback: Self.pixels))
        }
        return rules
    }
}
