import DICOMCore
import DICOMFile
import RuleEngine
import RuleLanguage
import TestSupport

/// A few attributes with few values: every data set of them can be asked.
enum SmallWorld {
    /// All data sets: each attribute absent, empty, unreadable, and with a value of every kind that the generated conditions
    /// tell apart.
    static let files: [DICOMFile] = {
        func unreadable(_ tag: Tag) -> (DataSetBuilder) -> DataSetBuilder {
            { $0.bytes(tag, .OB, [0xFF, 0x00, 0xFF, 0x80]) }
        }
        func text(_ tag: Tag, _ vr: VR, _ value: String) -> (DataSetBuilder) -> DataSetBuilder {
            { $0.text(tag, vr, value) }
        }
        func choices(_ tag: Tag, _ vr: VR, _ values: [String]) -> [(DataSetBuilder) -> DataSetBuilder] {
            [{ $0 }, unreadable(tag)] + ([""] + values).map { text(tag, vr, $0) }
        }
        let codes: [(DataSetBuilder) -> DataSetBuilder] = [
            { $0 },
            {
                $0.sequence(
                    .sensitiveContentCodeSequence,
                    [
                        DataSetBuilder().text(.codeValue, .SH, "VIP").text(.codingSchemeDesignator, .SH, "ActCode")
                            .text(.codeMeaning, .LO, "VIP")
                    ])
            },
        ]
        let imageTypes = choices(
            Tag(0x0008, 0x0008), .CS,
            [
                "ORIGINAL", "DERIVED", "OTHER", "ORIGINAL\\DERIVED", "ORIGINAL\\OTHER", "DERIVED\\OTHER",
                "ORIGINAL\\DERIVED\\OTHER",
            ])
        let modalities = choices(.modality, .CS, ["CT", "MR", "CX", "XA"])
        let ages = choices(Tag(0x0010, 0x1010), .AS, ["010Y", "018Y", "040Y", "abc"])
        var result: [DICOMFile] = []
        for imageType in imageTypes {
            for code in codes {
                for modality in modalities {
                    for age in ages {
                        let builder = age(modality(code(imageType(DataSetBuilder()))))
                            .text(.studyInstanceUID, .UI, "2.25.2")
                        if let file = try? DICOMFile(bytes: builder.file()) { result.append(file) }
                    }
                }
            }
        }
        return result
    }()

    static let atoms = [
        "<present attribute=\"Modality\"/>", "<absent attribute=\"Modality\"/>", "<empty attribute=\"Modality\"/>",
        "<equals attribute=\"Modality\" value=\"CT\"/>", "<equals attribute=\"Modality\" value=\"MR\"/>",
        "<one-of attribute=\"Modality\"><value>CT</value><value>MR</value></one-of>",
        "<starts-with attribute=\"Modality\" value=\"C\"/>", "<present attribute=\"PatientAge\"/>",
        "<compare attribute=\"PatientAge\" op=\"lt\" age=\"018Y\"/>",
        "<compare attribute=\"PatientAge\" op=\"ge\" age=\"018Y\"/>",
        "<compare attribute=\"PatientAge\" op=\"eq\" age=\"018Y\"/>", "<absent attribute=\"ImageType\"/>",
        "<equals attribute=\"ImageType\" value=\"ORIGINAL\"/>", "<equals attribute=\"ImageType\" value=\"DERIVED\"/>",
    ]

    static func condition(_ dice: inout Dice, depth: Int, labels: [String] = []) -> String {
        let kind = depth == 0 ? 3 : dice.roll(5)
        func parts(_ dice: inout Dice) -> String {
            (0..<(2 + dice.roll(2))).map { _ in condition(&dice, depth: depth - 1, labels: labels) }.joined()
        }
        switch kind {
        case 0: return "<all>\(parts(&dice))</all>"
        case 1: return "<any>\(parts(&dice))</any>"
        case 2: return "<not>\(condition(&dice, depth: depth - 1, labels: labels))</not>"
        default:
            if !labels.isEmpty, dice.roll(4) == 0 { return "<labelled with=\"\(dice.pick(labels))\"/>" }
            return dice.pick(atoms)
        }
    }

    /// Rules of three tiers, and an audience.
    static func ruleSet(_ dice: inout Dice) -> String {
        var body = Rules.vocabulary
        for number in 0..<3 {
            body += "\n" + Rules.rule("one-\(number)", condition(&dice, depth: 2))
        }
        for number in 0..<3 {
            let label = dice.pick(["vip", "violence", "consented"])
            body +=
                "\n"
                + Rules.rule(
                    "two-\(number)", condition(&dice, depth: 2, labels: ["sensitive"]), tier: 2,
                    tag: "<tag study=\"\(label)\"/>")
        }
        body +=
            "\n"
            + Rules.rule(
                "three", condition(&dice, depth: 2, labels: ["vip", "violence"]), tier: 3,
                tag: "<tag study=\"evidence\"/>")
        let dispositions = ["<release/>", "<flag/>", "<sequester/>"]
        body += """

            <audience id="a"><always>\(dice.pick(["<release/>", "<flag/>"]))</always>
              <on label="vip"\(dice.roll(2) == 0 ? " unless=\"consented\"" : "")>\(dice.pick(dispositions))</on>
              <on label="violence">\(dice.pick(dispositions))</on>
              <on label="evidence">\(dice.pick(dispositions))<oblige system="ActCode" code="AUDIT"/></on>
            </audience>
            """
        return body
    }
}

/// What the engine makes of every data set of the small world.
struct Exhaustive {
    let ruleSet: RuleSet
    /// For each data set: labels, `vip` or `vip?`.
    private(set) var labels: [[String: Truth]] = []
    private(set) var truths: [[String: Truth]] = []
    private(set) var decisions: [Decision?] = []

    init(
        _ ruleSet: RuleSet, asksRules: Bool = true, known: RegistryKnowledge = RegistryKnowledge()
    ) {
        self.ruleSet = ruleSet
        let evaluator = Evaluator(ruleSet), tracer = RuleTracer(ruleSet)
        for file in SmallWorld.files {
            let evaluation = evaluator.evaluate(file, known: known)
            var book = StudyBook(ruleSet)
            book.add(evaluation)
            let found = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
            labels.append(Dictionary(uniqueKeysWithValues: found.map { ($0.label, $0.isCertain ? .true : .unknown) }))
            decisions.append(Decision.decide(audience: "a", labels: found, in: ruleSet))
            guard asksRules else { continue }
            // Labels are what any study may have: the registry may say so. A rule is asked under all of them.
            var came: [String: Set<Truth>] = [:]
            for assumed in [Truth.false, .unknown, .true] {
                for other in [Truth.false, .true] {
                    let traces = tracer.traces(of: file, known: RegistryKnowledge()) { name, _ in
                        name == "vip" ? assumed : other
                    }
                    for trace in traces { came[trace.id, default: []].insert(trace.condition.truth) }
                }
            }
            truths.append(came.mapValues { $0.max() ?? .false })
            lowest.append(came.mapValues { $0.min() ?? .false })
        }
    }

    /// The least that a rule comes to for a data set, whatever its study's labels.
    private(set) var lowest: [[String: Truth]] = []
}
