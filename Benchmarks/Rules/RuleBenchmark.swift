import Glibc
import RuleAnalysis
import RuleEngine
import RuleLanguage

/// How long rule sets of many rules take to be loaded, compiled and analysed. `Benchmarks/README.md` says how to run it.
@main
struct RuleBenchmark {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.isEmpty || arguments.contains("sets") { sets() }
        if arguments.isEmpty || arguments.contains("decisions") { try decisions() }
    }

    /// Time of the processor, since others may have it between; the least of three rounds where one is short.
    private static func sets() {
        print("rules  load ms  compile ms  analyse ms  findings")
        for count in [100, 2_000, 10_000] { measure(count, analyses: count <= 2_000) }
    }

    private static func decisions() throws {
        print("rules  listed  parse µs  decision µs (median)  where the patient is listed  decision µs (99 of 100)")
        for (rules, listed) in [(1_000, 1_000), (1_000, 1_000_000), (10_000, 1_000_000)] {
            guard let benchmark = DecisionBenchmark(rules: rules, listed: listed) else { continue }
            let times = try benchmark.times()
            print(
                "\(rules)  \(listed)  \(tenths(times.parse))  \(tenths(times.decision))  \(tenths(times.listed))  \(tenths(times.p99))"
            )
            // Each row is there when it is known, in a file as well.
            fflush(nil)
        }
    }

    private static func measure(_ count: Int, analyses: Bool) {
        let text = ruleSetText(count)
        var loaded: RuleSet?
        let load = least { loaded = RuleSetLoader().load(text: text).ruleSet }
        guard let ruleSet = loaded else {
            print("the generated rule set does not load")
            return
        }
        let compile = least { _ = Evaluator(ruleSet) }
        var analysis: RuleSetAnalysis?
        let time = analyses ? processorTime { analysis = RuleSetAnalysis(ruleSet) } : nil
        let found = analysis.map { "\($0.findings.count), \($0.notKnown.count) not known" } ?? "-"
        print("\(count)  \(tenths(load))  \(tenths(compile))  \(time.map(tenths) ?? "-")  \(found)")
        fflush(nil)
    }

    private static func least(_ work: () -> Void) -> Double { (0..<3).map { _ in processorTime(work) }.min() ?? 0 }

    /// Milliseconds of user and system time.
    private static func processorTime(_ work: () -> Void) -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
            return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
        }
        let start = now()
        work()
        return now() - start
    }

    private static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
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
