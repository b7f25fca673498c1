import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

/// The index leaves out no rule that an instance makes true or unknown.
@Suite struct RuleIndexTests {
    /// How each rule comes out when every one is asked, beside what the index names.
    private static func compare(_ ruleSet: RuleSet, _ file: DICOMFile, isExcerpt: Bool = false) -> (
        asked: [Int], named: [Int]
    ) {
        let labels = LabelTable(ruleSet)
        var table = AttributeTable()
        let questions = RuleTable.sorted(ruleSet).map { Question($0.condition, ruleSet, labels, &table) }
        let facts = InstanceFacts(file, source: Condition.Source(), isExcerpt: isExcerpt, table: table)
        let asked = questions.indices.filter { facts.residual(questions[$0]) != .known(.false) }
        let fresh = InstanceFacts(file, source: Condition.Source(), isExcerpt: isExcerpt, table: table)
        return (asked, RuleIndex(questions, table).candidates(fresh))
    }

    @Test(arguments: [false, true])
    func `every rule that does not come out false is a candidate, in generated rule sets`(isExcerpt: Bool) throws {
        var count = 0
        for seed in 1...300 {
            let run = GeneratedRun(seed: UInt64(seed))
            for instance in run.instances {
                let (asked, named) = Self.compare(
                    run.ruleSet, try DICOMFile(bytes: instance.file(.explicitLittleEndian)), isExcerpt: isExcerpt)
                #expect(Set(named).isSuperset(of: asked), "seed \(seed)")
                count += asked.count
            }
        }
        #expect(count > 1000)
    }

    @Test func `what many rules ask for besides something of their own finds none of them`() throws {
        let rules = (0..<60).map { number in
            let parts = [
                "<equals attribute=\"Modality\" value=\"CT\"/>",
                "<contains attribute=\"StudyDescription\" value=\"WORD \(number).\"/>",
            ]
            return
                "<rule id=\"r\(number)\"><when><all>\((number % 2 == 0 ? parts : parts.reversed()).joined())</all></when>"
                + "<tag study=\"sensitive\"/></rule>"
        }
        let ruleSet = try Scene.ruleSet("<tier number=\"1\">\(rules.joined(separator: "\n"))</tier>")
        let file = try DICOMFile(
            bytes: DataSetBuilder().text(.modality, .CS, "CT").text(
                DICOMCore.Tag(0x0008, 0x1030), .LO, "a WORD 7. of it"
            )
            .file(.explicitLittleEndian))
        let (asked, named) = Self.compare(ruleSet, file)
        #expect(asked.count == 1 && named == asked)
    }

    /// Words that overlap, begin and end each other, in cases and letters that fold together.
    private static let words = [
        "ab", "abc", "bc", "b", "AB", "Abc", "caba", "é", "e\u{301}", "E", "abab", " ab", "ab ", "b\u{308}", "ß", "SS",
    ]

    private static func condition(_ dice: inout Dice, isInItem: Bool = false) -> String {
        let attribute = dice.pick(["StudyDescription", "PatientName", "**/InstitutionName", "AccessionNumber"]) ?? ""
        let word = dice.pick(words.filter { $0 != " ab" && $0 != "ab " }) ?? ""
        let fold = dice.pick([" fold=\"case\"", " fold=\"case accents\"", "", ""]) ?? ""
        switch dice.roll(isInItem ? 6 : 9) {
        case 0: return "<equals attribute=\"\(attribute)\" value=\"\(word)\"\(fold)/>"
        case 1: return "<starts-with attribute=\"\(attribute)\" value=\"\(word)\"\(fold)/>"
        case 2: return "<contains attribute=\"\(attribute)\" value=\"\(word)\"\(fold)/>"
        case 3: return "<matches attribute=\"\(attribute)\" pattern=\"\(word)[bc]\"/>"
        case 4: return "<matches attribute=\"\(attribute)\" pattern=\"^\(word)\" case=\"ignore\"/>"
        case 5: return "<present attribute=\"\(attribute)\"/>"
        case 6: return "<not>\(condition(&dice))</not>"
        case 7:
            let quantifier = dice.chance(50) ? "some" : "every"
            return "<\(quantifier) of=\"RequestAttributesSequence\">\(condition(&dice, isInItem: true))</\(quantifier)>"
        default:
            let join = dice.chance(50) ? "all" : "any"
            return "<\(join)>\(condition(&dice))\(condition(&dice))</\(join)>"
        }
    }

    @Test func `texts that begin with, hold and fold into each other lead to all rules that look for them`() throws {
        var counts: (asked: Int, all: Int, named: Int) = (0, 0, 0)
        for seed in 1...60 {
            var dice = Dice(seed: UInt64(seed))
            var rules: [Rule] = []
            while rules.count < 12 {
                // Those that contradict themselves plainly do not load.
                guard let one = try? Scene.rule(Self.condition(&dice)), var rule = one.rules.first else { continue }
                rule.id = "r\(rules.count)"
                rules.append(rule)
            }
            var ruleSet = try Scene.rule("<present attribute=\"Modality\"/>")
            ruleSet.rules = rules
            for _ in 0..<12 {
                let (asked, named) = Self.compare(ruleSet, try DICOMFile(bytes: Self.instance(&dice)))
                #expect(Set(named).isSuperset(of: asked), "seed \(seed)")
                counts = (counts.asked + asked.count, counts.all + rules.count, counts.named + named.count)
            }
        }
        // It is of use only if it leaves most out.
        #expect(counts.asked > 500)
        #expect(counts.named - counts.asked < (counts.all - counts.asked) / 2)
    }

    private static func instance(_ dice: inout Dice) -> [UInt8] {
        func texts(_ dice: inout Dice) -> DataSetBuilder {
            var builder = DataSetBuilder()
            for (tag, vr) in [
                (Tag(0x0008, 0x0050), VR.SH), (Tag(0x0008, 0x0080), .LO), (Tag(0x0008, 0x1030), .LO),
                (Tag(0x0010, 0x0010), .PN),
            ] where dice.chance(70) {
                let values = (0...dice.roll(2)).compactMap { _ in dice.pick(words) }
                builder = builder.text(tag, vr, values.joined(separator: "\\"))
            }
            return builder
        }
        var builder = texts(&dice).text(.specificCharacterSet, .CS, dice.chance(90) ? "ISO_IR 192" : "nobody knows")
        if dice.chance(60) {
            let items = (0..<dice.roll(3)).map { _ in texts(&dice) }
            builder = builder.sequence(Tag(0x0040, 0x0275), items)
        }
        return builder.file(.explicitLittleEndian)
    }

    @Test func `patterns that are looked for together are found as each is alone`() throws {
        let sources = ["^VIP", "a+b", "[0-9]{3}$", "x|y|z", "^$", "\\bword\\b", "é"]
        for isCaseSensitive in [true, false] {
            let patterns = try sources.map { try TextPattern($0, isCaseSensitive: isCaseSensitive) }
            let set = try #require(TextPatternSet(patterns))
            for text in ["", "VIP 123", "vip", "aab", "AAB", "a word", "wordy", "É", "xyz", "12", "nothing"] {
                let alone = patterns.indices.filter { patterns[$0].isFound(in: text) }
                #expect(set.found(in: text).map { $0.sorted() } == alone)
            }
        }
        let mixed = try [TextPattern("a", isCaseSensitive: true), TextPattern("b", isCaseSensitive: false)]
        #expect(TextPatternSet(mixed) == nil)
        #expect(TextPatternSet([]) == nil)
    }

    @Test func `patterns that have too little memory together are not known, and never missed`() throws {
        let sources = ["a.*b", "(x|y)+z", "[0-9]{3}", "q"]
        let patterns = try sources.map { try TextPattern($0) }
        for memory: Int64 in [1 << 10, 1 << 16, 64 << 20] {
            // Without a set they are asked one by one.
            guard let set = TextPatternSet(patterns, memory: memory) else { continue }
            for text in ["", "a and b", "xyxz 123 q", String(repeating: "xy", count: 500) + "z"] {
                let wanted = patterns.indices.filter { patterns[$0].isFound(in: text) }
                let found = set.found(in: text)
                #expect(found == nil || Set(found ?? []) == Set(wanted))
            }
        }
    }

    @Test func `rules that look for patterns in very many attributes are all candidates where they are true`() throws {
        let attributes = [
            "StudyDescription", "SeriesDescription", "PatientComments", "InstitutionName", "StationName",
            "ProtocolName",
            "AccessionNumber", "PatientID", "StudyID", "Manufacturer",
        ]
        let rules = attributes.enumerated().flatMap { number, attribute in
            ["VIP[0-9]", "[A-C]X"].enumerated().map { part, pattern in
                "<rule id=\"r\(number)-\(part)\"><when><matches attribute=\"\(attribute)\" pattern=\"\(pattern)\"/></when>"
                    + "<tag study=\"sensitive\"/></rule>"
            }
        }.joined()
        let ruleSet = try Scene.ruleSet("<tier number=\"1\">\(rules)</tier>")
        let file = try DICOMFile(
            bytes: DataSetBuilder().text(Tag(0x0008, 0x1030), .LO, "VIP1").text(Tag(0x0018, 0x1030), .LO, "AX").file())
        let (asked, named) = Self.compare(ruleSet, file)
        #expect(asked.count == 2 && Set(named).isSuperset(of: asked))
    }
}
