import DICOMFile
import Gatekeeper
import RuleAnalysis
import RuleEngine
import RuleLanguage

/// What became of each condition, and which statement of a profile speaks of each attribute: for people and for scripts.
enum TraceText {
    // MARK: - Conditions

    static func conditions(_ study: StudyReading.Study) -> [String] {
        study.instances.flatMap { instance in
            ["", "conditions of \(words(instance.count))"]
                + instance.rules.flatMap { rule in
                    ["  rule \(rule.id), tier \(rule.tier), at \(rule.location): \(rule.condition.truth.name)"]
                        + lines(rule.condition, depth: 2)
                }
        }
    }

    private static func words(_ count: Int) -> String { count == 1 ? "1 instance" : "\(count) instances alike" }

    private static func lines(_ trace: ConditionTrace, depth: Int) -> [String] {
        let indent = String(repeating: "  ", count: depth)
        var lines = [
            "\(indent)\(mark(trace.truth)) \(trace.words.printable), line \(trace.location.line)\(places(trace))"
        ]
        for part in trace.parts { lines += self.lines(part, depth: depth + 1) }
        return lines
    }

    private static func mark(_ truth: Truth) -> String {
        switch truth {
        case .true: "true   "
        case .false: "false  "
        case .unknown: "unknown"
        }
    }

    /// Where it looked, and what it could not read.
    private static func places(_ trace: ConditionTrace) -> String {
        guard !trace.evidence.isEmpty, trace.parts.isEmpty else { return "" }
        let places = trace.evidence.map { evidence in
            AttributeName.of(evidence.attribute) + (evidence.problem.map { ": \($0)" } ?? "")
        }
        return "; looked at \(places.joined(separator: ", "))"
    }

    // MARK: - Why not

    static func whyNot(_ rule: String, _ study: StudyReading.Study) -> [String] {
        study.instances.flatMap { instance -> [String] in
            guard let trace = instance.rules.first(where: { $0.id == rule }) else { return [] }
            let head = "rule \(trace.id) at \(trace.location), \(words(instance.count))"
            let failed = trace.whyNot
            switch trace.condition.truth {
            case .true: return ["\(head): it fired"]
            case .unknown:
                return ["\(head): it fired, uncertainly; for it to be certain"] + failed.map { "  " + line($0) }
            case .false:
                let count = failed.count == 1 ? "this would have to be otherwise" : "these would have to be otherwise"
                return ["\(head): it did not fire; \(count)"] + failed.map { "  " + line($0) }
            }
        }
    }

    private static func line(_ trace: ConditionTrace) -> String {
        "\(trace.words.printable) is \(trace.truth.name), line \(trace.location.line)\(places(trace))"
    }

    // MARK: - Attributes

    static func attributes(_ study: StudyReading.Study) -> [String] {
        study.instances.flatMap { instance in
            instance.attributes.sorted { $0.key < $1.key }.flatMap { profile, choices in
                ["", "profile \(profile), \(words(instance.count))"] + choices.map { "  " + line($0) }
            }
        }
    }

    private static func line(_ choice: StatementChoice) -> String {
        let name = AttributeName.of(choice.path)
        if let gone = choice.goneWith { return "\(name): goes with \(gone)" }
        guard let won = choice.won else { return "\(name): nothing speaks of it" }
        var text = "\(name): \(won.action.words) by \(words(won))"
        if !choice.beaten.isEmpty {
            text += "; beat \(choice.beaten.map { "\($0.action.words) by \(words($0))" }.joined(separator: ", "))"
        }
        return text
    }

    static func words(_ statement: ProfileStatement) -> String {
        "\(statement.selector.words) at \(statement.location)"
    }

    // MARK: - JSON

    static func write(
        _ study: StudyReading.Study, to json: inout JSONWriter, whyNot: String?, conditions: Bool, attributes: Bool
    ) {
        guard conditions || attributes else { return }
        json.array(for: "instanceKinds") { json in
            for instance in study.instances {
                json.object { json in
                    json.number(instance.count, for: "instances")
                    if conditions {
                        json.array(for: "rules") { json in
                            for rule in instance.rules where whyNot.map({ $0 == rule.id }) ?? true {
                                write(rule, to: &json, tellsWhyNot: whyNot != nil)
                            }
                        }
                    }
                    if attributes {
                        json.object(for: "attributes") { json in
                            for (profile, choices) in instance.attributes.sorted(by: { $0.key < $1.key }) {
                                json.array(for: profile) { json in for choice in choices { write(choice, to: &json) } }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func write(_ rule: RuleTrace, to json: inout JSONWriter, tellsWhyNot: Bool) {
        json.object { json in
            json.string(rule.id, for: "rule")
            json.number(rule.tier, for: "tier")
            write(rule.location, to: &json)
            json.string(rule.condition.truth.name, for: "truth")
            write(rule.condition, to: &json, for: "condition")
            if tellsWhyNot {
                json.array(for: "whyNot") { json in for trace in rule.whyNot { write(trace, to: &json) } }
            }
        }
    }

    private static func write(_ trace: ConditionTrace, to json: inout JSONWriter, for key: String? = nil) {
        json.object(for: key) { json in
            json.string(trace.words, for: "asks")
            json.string(trace.truth.name, for: "truth")
            write(trace.location, to: &json)
            if !trace.evidence.isEmpty {
                json.array(for: "evidence") { json in
                    for evidence in trace.evidence {
                        json.object { json in
                            json.string(evidence.attribute, for: "attribute")
                            if let problem = evidence.problem { json.string(problem, for: "problem") }
                        }
                    }
                }
            }
            if !trace.parts.isEmpty {
                json.array(for: "parts") { json in for part in trace.parts { write(part, to: &json) } }
            }
        }
    }

    private static func write(_ choice: StatementChoice, to json: inout JSONWriter) {
        json.object { json in
            json.string(choice.path, for: "attribute")
            json.string("\(choice.vr)", for: "vr")
            if let gone = choice.goneWith { json.string(gone, for: "goneWith") }
            if let won = choice.won { write(won, to: &json, for: "won") }
            json.array(for: "beaten") { json in for statement in choice.beaten { write(statement, to: &json) } }
        }
    }

    private static func write(_ statement: ProfileStatement, to json: inout JSONWriter, for key: String? = nil) {
        json.object(for: key) { json in
            json.string(statement.action.words, for: "action")
            json.string(statement.selector.words, for: "selector")
            write(statement.location, to: &json)
        }
    }

    private static func write(_ location: SourceLocation, to json: inout JSONWriter) {
        json.string(location.file, for: "file")
        json.number(location.line, for: "line")
    }
}
