import RuleAnalysis
import RuleEngine
import RuleLanguage

/// How long rule sets of many rules take to be loaded, compiled and analysed. `Benchmarks/README.md` says how to run it.
@main
struct RuleBenchmark {
    static func main() {
        print("rules  load  compile  analyse  findings")
        for count in [100, 2_000, 10_000] { measure(count, analyses: count <= 2_000) }
    }

    private static func measure(_ count: Int, analyses: Bool) {
        let text = ruleSetText(count)
        let clock = ContinuousClock()
        var loaded: RuleSet?
        let load = clock.measure { loaded = RuleSetLoader().load(text: text).ruleSet }
        guard let ruleSet = loaded else {
            print("the generated rule set does not load")
            return
        }
        let compile = clock.measure { _ = Evaluator(ruleSet) }
        var analysis: RuleSetAnalysis?
        let time = analyses ? clock.measure { analysis = RuleSetAnalysis(ruleSet) } : nil
        let found = analysis.map { "\($0.findings.count), \($0.notKnown.count) not known" } ?? "-"
        print("\(count)  \(words(load))  \(words(compile))  \(time.map(words) ?? "-")  \(found)")
    }

    private static func words(_ duration: Duration) -> String {
        let milliseconds = duration.components.seconds * 1000 + duration.components.attoseconds / 1_000_000_000_000_000
        return "\(milliseconds) ms"
    }

    /// Rules as sites write them: one patient or study, a few words in a description, an age and a department, items of
    /// sequences, labels of the tier below. Every fiftieth repeats another.
    private static func ruleSetText(_ count: Int) -> String {
        var tiers: [Int: String] = [:]
        for number in 0..<count {
            let key = number % 50 == 49 ? number - 7 : number
            let condition: String
            var tier = 2
            switch key % 7 {
            case 0: condition = "<equals attribute=\"PatientID\" value=\"P\(key)\"/>"
            case 1:
                condition =
                    "<all><equals attribute=\"Modality\" value=\"CT\"/><contains attribute=\"StudyDescription\" value=\"WORD\(key)\" fold=\"case\"/></all>"
            case 2:
                condition =
                    "<all><compare attribute=\"PatientAge\" op=\"lt\" age=\"0\(10 + key % 80)Y\"/><equals attribute=\"InstitutionalDepartmentName\" value=\"D\(key)\"/></all>"
            case 3:
                condition =
                    "<some of=\"RequestAttributesSequence\"><all><equals attribute=\"RequestedProcedureID\" value=\"R\(key)\"/><present attribute=\"ScheduledProcedureStepID\"/></all></some>"
            case 4: condition = "<starts-with attribute=\"AccessionNumber\" value=\"A\(key)-\"/>"
            case 5:
                condition =
                    "<any><equals attribute=\"StationName\" value=\"S\(key)\"/><equals attribute=\"**/InstitutionName\" value=\"I\(key)\"/></any>"
            default:
                tier = 3
                condition =
                    "<all><labelled with=\"vip\"/><not><equals attribute=\"StudyID\" value=\"T\(key)\"/></not></all>"
            }
            let label = tier == 3 ? "evidence" : ["vip", "violence"][key % 2]
            tiers[tier, default: ""] +=
                "<rule id=\"rule-\(number)\"><when>\(condition)</when><tag study=\"\(label)\"/></rule>\n"
        }
        let rules = tiers.sorted { $0.key < $1.key }.map { "<tier number=\"\($0.key)\">\n\($0.value)</tier>\n" }
            .joined()
        return """
            <ruleset xmlns="urn:cordon:rules:1" id="benchmark" revision="1">
            <vocabulary>
              <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
              <label id="violence" tier="2" is-a="sensitive" system="ActCode" code="SDV"/>
              <label id="evidence" tier="3" is-a="violence"/>
            </vocabulary>
            \(rules)
            <audience id="archive">
              <always><release/></always>
              <on label="vip violence"><flag/></on>
              <on label="evidence"><sequester/></on>
            </audience>
            </ruleset>
            """
    }
}
