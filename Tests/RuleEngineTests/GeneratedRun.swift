import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport

@testable import RuleEngine

/// A generated rule set and instances for it: small enough that rules often meet, with everything that can be unknown.
struct GeneratedRun {
    static let attributes: [(tag: DICOMCore.Tag, vr: VR, text: String)] = [
        (DICOMCore.Tag(0x0008, 0x0060), .CS, "Modality"), (DICOMCore.Tag(0x0008, 0x1030), .LO, "StudyDescription"),
        (DICOMCore.Tag(0x0010, 0x4000), .LT, "PatientComments"), (DICOMCore.Tag(0x0018, 0x0050), .DS, "SliceThickness"),
    ]

    var ruleSet: RuleSet
    var instances: [DataSetBuilder]

    init(seed: UInt64) {
        var dice = Dice(seed: seed)
        let labels = Self.labels(&dice)
        let rules = (0..<4 + dice.roll(12)).map { Self.rule($0, labels, &dice) }
        ruleSet = RuleSet(
            id: "generated", revision: "1", digest: "", tier: 4, sources: [],
            labels: Dictionary(uniqueKeysWithValues: labels.map { ($0.id, $0) }), lists: [:], rules: rules,
            profiles: [:], audiences: [:])
        instances = (0..<2 + dice.roll(8)).map { _ in Self.instance(labels, &dice) }
    }

    static func place(_ line: Int) -> SourceLocation { SourceLocation(file: "generated.xml", line: line) }

    private static func labels(_ dice: inout Dice) -> [Label] {
        var labels = [
            Label(id: RuleSet.sensitive, tier: 1, system: "DCM", code: "131395", location: place(1)),
            Label(id: "other", tier: 1, system: "L", code: "other", location: place(2)),
        ]
        for tier in 2...4 {
            for number in 0..<1 + dice.roll(3) {
                let below = labels.filter { $0.tier < tier }.map(\.id)
                let parents = below.filter { _ in dice.chance(40) }
                let id = "l\(tier)\(number)"
                labels.append(
                    Label(
                        id: id, tier: tier, parents: parents, lifts: parents.isEmpty ? [RuleSet.sensitive] : [],
                        system: "L", code: id, location: place(10 * tier + number)))
            }
        }
        return labels
    }

    private static func rule(_ number: Int, _ labels: [Label], _ dice: inout Dice) -> Rule {
        let tier = 1 + dice.roll(4)
        let given = labels.filter { $0.tier <= tier }.map(\.id)
        let visible = labels.filter { $0.tier < tier }.map(\.id)
        let study = given.filter { _ in dice.chance(25) }
        let patient = given.filter { _ in dice.chance(15) }
        return Rule(
            id: "r\(number)", tier: tier, title: nil,
            condition: condition(visible, depth: 3, line: 100 * (number + 1), &dice),
            studyLabels: study.isEmpty && patient.isEmpty ? [given[0]] : study, patientLabels: patient,
            location: place(100 * (number + 1)))
    }

    private static func condition(
        _ labels: [String], depth: Int, line: Int, _ dice: inout Dice
    ) -> Condition {
        func parts(_ dice: inout Dice) -> [Condition] {
            (0..<1 + dice.roll(3)).map { condition(labels, depth: depth - 1, line: line + $0 + 10 * depth, &dice) }
        }
        let attribute = attributes[dice.roll(attributes.count)]
        let reference = AttributeReference(
            path: PathPattern(steps: dice.chance(20) ? [.anyDepth] : [], element: .standard(attribute.tag)),
            text: attribute.text, vr: attribute.vr)
        switch dice.roll(depth == 0 ? 6 : 9) {
        case 0: return Condition(.present(reference), at: place(line))
        case 1: return Condition(.absent(reference), at: place(line))
        case 2:
            return Condition(.compareText(reference, .equals, [dice.chance(50) ? "1" : "2"], []), at: place(line))
        case 3, 4, 5:
            guard let label = dice.pick(labels) else { return Condition(.present(reference), at: place(line)) }
            return Condition(.labelled(label), at: place(line))
        case 6: return Condition(.not(condition(labels, depth: depth - 1, line: line + 1, &dice)), at: place(line))
        case 7: return Condition(.all(parts(&dice)), at: place(line))
        default: return Condition(.any(parts(&dice)), at: place(line))
        }
    }

    private static func instance(_ labels: [Label], _ dice: inout Dice) -> DataSetBuilder {
        var builder = DataSetBuilder()
        let codes = (0..<dice.roll(3)).compactMap { _ -> DataSetBuilder? in
            switch dice.roll(10) {
            case 0: DataSetBuilder.code("nobody", "knows")
            case 1: DataSetBuilder()
            default: dice.pick(labels).map { .code($0.code ?? "", $0.system ?? "") }
            }
        }
        if dice.chance(30) { builder = builder.sequence(.sensitiveContentCodeSequence, codes) }
        for attribute in attributes {
            switch dice.roll(6) {
            case 0: builder = builder.text(attribute.tag, attribute.vr, "1")
            case 1: builder = builder.text(attribute.tag, attribute.vr, "2")
            case 2: builder = builder.bytes(attribute.tag, attribute.vr, [0xE9, 0xFF])
            case 3: builder = builder.text(attribute.tag, attribute.vr, "")
            default: break
            }
            if attribute.tag == DICOMCore.Tag(0x0010, 0x4000) {
                if dice.chance(20) { builder = nested(builder, &dice) }
            }
        }
        if dice.chance(80) { builder = builder.text(.patientID, .LO, "P\(dice.roll(3))") }
        if dice.chance(20) { builder = builder.text(.issuerOfPatientID, .LO, "I\(dice.roll(2))") }
        if dice.chance(80) { builder = builder.text(.studyInstanceUID, .UI, "2.25.\(dice.roll(4))") }
        return builder
    }

    private static func nested(_ builder: DataSetBuilder, _ dice: inout Dice) -> DataSetBuilder {
        let item = DataSetBuilder().text(DICOMCore.Tag(0x0008, 0x1030), .LO, dice.chance(50) ? "1" : "2")
        return dice.chance(30)
            ? builder.bytes(DICOMCore.Tag(0x0040, 0x0275), .OB, [1, 2, 3, 4])
            : builder.sequence(DICOMCore.Tag(0x0040, 0x0275), [item])
    }
}

extension Condition {
    /// The same condition with the parts of `all` and `any` in another order.
    func shuffled(_ dice: inout Dice) -> Condition {
        switch kind {
        case .all(let parts): Condition(.all(parts.map { $0.shuffled(&dice) }.shuffled(using: &dice)), at: location)
        case .any(let parts): Condition(.any(parts.map { $0.shuffled(&dice) }.shuffled(using: &dice)), at: location)
        case .not(let part): Condition(.not(part.shuffled(&dice)), at: location)
        default: self
        }
    }
}
