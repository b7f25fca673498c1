import DICOMCore
import DICOMFile
import RuleEngine
import RuleLanguage
import TestSupport

/// How long one decision takes beside the parse: all rules asked of an instance, its study's labels, the decision. With a list of
/// patients, and with ten times the rules.
struct DecisionBenchmark {
    private let ruleSet: RuleSet
    private let evaluator: Evaluator
    private let book: StudyBook
    private let instances: [[UInt8]]

    /// Decisions that are timed; medians are printed.
    private static let rounds = 4000

    init?(rules: Int, listed: Int) {
        var loader = RuleSetLoader(replacing: [
            "patients": ListText(bytes: Array(Self.rows(listed).utf8), name: "patients.csv")
        ])
        loader.provesAssertions = false
        let (loaded, findings) = loader.load(text: Self.text(rules))
        guard let loaded else {
            print(findings.map { "\($0.location): \($0.message)" }.joined(separator: "\n"))
            return nil
        }
        ruleSet = loaded
        evaluator = Evaluator(loaded)
        book = StudyBook(loaded)
        instances = (0..<16).map(Self.instance)
    }

    /// In microseconds.
    struct Times {
        /// Medians of the parse and of all that follows it.
        var parse = 0.0, decision = 0.0
        /// The median where the patient is on the list, so that a rule fires and has to be explained.
        var listed = 0.0
        var p99 = 0.0
    }

    func times() throws -> Times {
        let clock = ContinuousClock()
        var parses: [Double] = [], decisions: [Double] = [], ofListed: [Double] = []
        for round in 0..<Self.rounds + Self.rounds / 10 {
            let bytes = instances[round % instances.count]
            let start = clock.now
            let file = try DICOMFile(bytes: bytes)
            let parsed = clock.now
            let isListed = try decision(file)?.disposition == .flag
            let end = clock.now
            // The first ones find nothing in the caches.
            guard round >= Self.rounds / 10 else { continue }
            parses.append((parsed - start).microseconds)
            decisions.append((end - parsed).microseconds)
            if isListed { ofListed.append((end - parsed).microseconds) }
        }
        // Every eighth is listed, and no rule fires for another.
        guard ofListed.count * 8 == decisions.count else { throw WrongDecision() }
        parses.sort()
        decisions.sort()
        ofListed.sort()
        return Times(
            parse: parses[parses.count / 2], decision: decisions[decisions.count / 2],
            listed: ofListed[ofListed.count / 2], p99: decisions[decisions.count * 99 / 100])
    }

    struct WrongDecision: Error {}

    /// What a gateway does with an instance that is a study of its own. A function for profilers, too.
    @inline(never) private func decision(_ file: DICOMFile) throws -> Decision? {
        let evaluation = evaluator.evaluate(file)
        var book = book
        book.add(evaluation)
        let labels = book.resolve().labels(study: evaluation.study, patient: evaluation.patient)
        return Decision.decide(audience: "archive", labels: labels, in: ruleSet)
    }

    private static func rows(_ count: Int) -> String {
        var text = "PatientID\n"
        for number in 0..<count { text += "L\(number)\n" }
        return text
    }

    /// Rules as sites write them, of which none or a few apply to a study.
    private static func text(_ count: Int) -> String {
        var rules = ""
        for number in 0..<count {
            let condition =
                switch number % 8 {
                case 0: "<equals attribute=\"PatientID\" value=\"P\(number)\"/>"
                case 1: "<contains attribute=\"StudyDescription\" value=\"WORD\(number)\" fold=\"case\"/>"
                case 2:
                    "<all><compare attribute=\"PatientAge\" op=\"lt\" age=\"018Y\"/>"
                        + "<equals attribute=\"InstitutionalDepartmentName\" value=\"D\(number)\"/></all>"
                case 3:
                    "<some of=\"RequestAttributesSequence\"><equals attribute=\"RequestedProcedureID\" value=\"R\(number)\"/></some>"
                case 4: "<starts-with attribute=\"AccessionNumber\" value=\"A\(number)-\"/>"
                // That the modality is CT is so of each instance, and finds no rule.
                case 6:
                    "<all><equals attribute=\"Modality\" value=\"CT\"/>"
                        + "<contains attribute=\"SeriesDescription\" value=\"WORD\(number)\"/></all>"
                case 5: "<matches attribute=\"PatientComments\" pattern=\"^WARD \(number)[a-f]\"/>"
                default:
                    "<any><equals attribute=\"StationName\" value=\"S\(number)\"/>"
                        + "<equals attribute=\"**/InstitutionName\" value=\"I\(number)\"/></any>"
                }
            rules += "<rule id=\"rule-\(number)\"><when>\(condition)</when><tag study=\"vip\"/></rule>\n"
        }
        return """
            <ruleset xmlns="urn:cordon:rules:1" id="benchmark" revision="1">
            <vocabulary><label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/></vocabulary>
            <list id="patients" href="patients.csv" key="PatientID"/>
            <tier number="2">
            <rule id="listed"><when><in list="patients"/></when><tag patient="vip"/></rule>
            \(rules)</tier>
            <audience id="archive"><always><release/></always><on label="vip"><flag/></on></audience>
            </ruleset>
            """
    }

    /// A CT image as scanners write it; rules and list compare the values of eleven of its attributes, one of them in items of a
    /// sequence, one at any depth. Every eighth is of a listed patient.
    private static func instance(_ number: Int) -> [UInt8] {
        var builder = DataSetBuilder()
            .text(Tag(0x0008, 0x0005), .CS, "ISO_IR 100").text(Tag(0x0008, 0x0016), .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(Tag(0x0008, 0x0018), .UI, "2.25.\(1000 + number)").text(Tag(0x0008, 0x0050), .SH, "ACC\(number)")
            .text(Tag(0x0008, 0x0060), .CS, "CT").text(Tag(0x0008, 0x0080), .LO, "General Hospital")
            .text(Tag(0x0008, 0x1010), .SH, "STATION\(number)").text(Tag(0x0008, 0x1030), .LO, "CT THORAX ROUTINE")
            .text(Tag(0x0008, 0x103E), .LO, "THORAX 1.0 B70F").text(Tag(0x0008, 0x1040), .LO, "Radiology")
            .text(Tag(0x0010, 0x0010), .PN, "Family^Given")
            .text(Tag(0x0010, 0x0020), .LO, number % 8 == 0 ? "L\(number)" : "N\(number)")
            .text(Tag(0x0010, 0x1010), .AS, "045Y").text(Tag(0x0010, 0x4000), .LT, "WARD 9 nothing to remark")
        // (0018,100A) is a sequence: as text it would be one that nobody can take apart, and anything might be in it.
        for element in 0..<100 where element != 0x0A {
            builder = builder.text(Tag(0x0018, 0x1000 + UInt16(element)), .LO, "parameter \(element)")
        }
        builder = builder.text(Tag(0x0020, 0x000D), .UI, "2.25.\(2000 + number)")
            .text(Tag(0x0020, 0x000E), .UI, "2.25.\(3000 + number)")
            .sequence(
                Tag(0x0040, 0x0275),
                [
                    DataSetBuilder().text(Tag(0x0040, 0x1001), .SH, "REQ\(number)").text(
                        Tag(0x0008, 0x0080), .LO, "Inner")
                ]
            )
            .bytes(Tag(0x7FE0, 0x0010), .OW, [UInt8](repeating: 7, count: 2048))
        return builder.file()
    }
}

extension Duration {
    var microseconds: Double { Double(components.seconds) * 1_000_000 + Double(components.attoseconds) / 1e12 }
}
