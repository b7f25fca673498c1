import DICOMCore
import DICOMFile
import Foundation
import RuleEngine
import RuleLanguage
import TestSupport
import Testing

@testable import RuleAnalysis

@Suite struct FindingTests {
    private func analysis(_ body: String, tier: Int = 4, files: [String: String] = [:]) throws -> RuleSetAnalysis {
        RuleSetAnalysis(try Rules.ruleSet(body, tier: tier, files: files))
    }

    private func rules(_ conditions: String...) -> String {
        conditions.enumerated().map { Rules.rule("r\($0.offset + 1)", $0.element) }.joined(separator: "\n")
    }

    // MARK: - Rules

    @Test(arguments: [
        // More alternatives than loading looks through.
        "<all>"
            + (0..<10).map {
                "<any><equals attribute=\"ImageType\" value=\"A\($0)\"/><equals attribute=\"ImageType\" value=\"B\($0)\"/></any>"
            }.joined()
            + "<equals attribute=\"Modality\" value=\"CT\"/><equals attribute=\"Modality\" value=\"MR\"/></all>",
        "<all><starts-with attribute=\"Modality\" value=\"CT\"/><not><starts-with attribute=\"Modality\" value=\"C\"/></not></all>",
        "<all><equals attribute=\"PatientID\" value=\"A1\" fold=\"case\"/><starts-with attribute=\"PatientID\" value=\"B\" fold=\"case\"/></all>",
        "<all><some of=\"RequestAttributesSequence\"><all><equals attribute=\"AccessionNumber\" value=\"1\"/><present attribute=\"RequestedProcedureID\"/></all></some><not><some of=\"RequestAttributesSequence\"><present attribute=\"RequestedProcedureID\"/></some></not></all>",
        "<all><equals attribute=\"RequestAttributesSequence/*/AccessionNumber\" value=\"1\"/><not><some of=\"RequestAttributesSequence\"><present attribute=\"AccessionNumber\"/></some></not></all>",
        "<all><present attribute=\"PatientID\"/><absent attribute=\"**/PatientID\"/></all>",
        "<all><preamble kind=\"tiff\"/><not><preamble kind=\"tiff\"/></not></all>",
        "<all><held/><not><held/></not></all>",
        "<all><compare attribute=\"Rows\" op=\"gt\" number=\"5\"/><compare attribute=\"Rows\" op=\"lt\" number=\"6\"/></all>",
        "<all><compare attribute=\"StudyDate\" op=\"gt\" date=\"20200101\"/><compare attribute=\"StudyDate\" op=\"lt\" date=\"20200102\"/></all>",
    ])
    func `a rule that is true of nothing is found, whatever hides it`(condition: String) throws {
        // Loading finds some of these by itself.
        let (ruleSet, findings) = try Rules.load(rules(condition))
        if let ruleSet {
            let found = RuleSetAnalysis(ruleSet).found(.neverTrue)
            #expect(found.map(\.subject) == ["r1"], "\(condition)")
        } else {
            #expect(findings.contains { $0.code == "never-true" })
        }
    }

    @Test(arguments: [
        "<all><matches attribute=\"PatientComments\" pattern=\"a+\"/><not><matches attribute=\"PatientComments\" pattern=\"aa\"/></not></all>",
        "<all><equals attribute=\"ImageType\" value=\"ORIGINAL\"/><equals attribute=\"ImageType\" value=\"DERIVED\"/></all>",
        "<all><starts-with attribute=\"PatientID\" value=\"A\"/><contains attribute=\"PatientID\" value=\"Z\"/></all>",
        "<all><equals attribute=\"PatientName\" component=\"family\" value=\"Doe\"/><equals attribute=\"PatientName\" component=\"given\" value=\"Jo\"/></all>",
        "<some of=\"RequestAttributesSequence\"><all><equals attribute=\"AccessionNumber\" value=\"1\"/><absent attribute=\"RequestedProcedureID\"/></all></some>",
        "<all><every of=\"RequestAttributesSequence\"><present attribute=\"AccessionNumber\"/></every><some of=\"RequestAttributesSequence\"><equals attribute=\"AccessionNumber\" value=\"2\"/></some></all>",
        "<all><matches attribute=\"StudyDescription\" pattern=\"(?i)\\b(abuse|assault)\\b\"/><matches attribute=\"StudyDescription\" pattern=\"[0-9]{3}\"/></all>",
        "<all><equals attribute=\"(0029,{SIEMENS CSA HEADER}08)\" value=\"X1\"/><absent attribute=\"PatientID\"/></all>",
        "<all><compare attribute=\"StudyDate\" op=\"ge\" date=\"20200101\"/><compare attribute=\"PatientAge\" op=\"lt\" age=\"018Y\"/><compare attribute=\"Rows\" op=\"ne\" number=\"512\"/></all>",
        "<all><source ae=\"CT1\" user=\"jo\"/><preamble kind=\"executable\"/><held matter=\"M1\"/></all>",
        "<all><present attribute=\"**/PatientID\"/><absent attribute=\"PatientID\"/></all>",
        "<equals attribute=\"TransferSyntaxUID\" value=\"1.2.840.10008.1.2.1\"/>",
    ])
    func `a rule that can be true is not found, and an example makes it so`(condition: String) throws {
        let ruleSet = try Rules.ruleSet(rules(condition))
        #expect(RuleSetAnalysis(ruleSet).found(.neverTrue).isEmpty)
        let model = ConditionModel([ruleSet]), formulas = RuleFormulas(model), trial = Trial(ruleSet)
        let formula = try formulas.formula(0)
        for (function, truth) in [(formula.isTrue, Truth.true), (formula.isFalse, .false)] {
            let example = try ExampleSearch(model: model).first(of: function) {
                trial.observe($0)?.truth(of: "r1") == truth
            }
            #expect(example != nil, "no example of \(truth) for \(condition)")
        }
    }

    @Test func `a rule that a wider one implies is found, with the other's place, and the wider one is not`() throws {
        let found = try analysis(
            rules("<present attribute=\"PatientID\"/>", "<equals attribute=\"PatientID\" value=\"X\"/>")
        ).found(.impliedRule)
        let finding = try #require(found.first)
        #expect(found.count == 1 && finding.subject == "r2")
        #expect(finding.example?.words().contains("PatientID") == true)
    }

    @Test func `of two rules that say the same the first is kept`() throws {
        let condition = "<equals attribute=\"PatientID\" value=\"X\"/>"
        #expect(try analysis(rules(condition, condition)).subjects(.impliedRule) == ["r2"])
    }

    @Test func `several rules can do the work of one together`() throws {
        let found = try analysis(
            rules(
                "<equals attribute=\"Modality\" value=\"CT\"/>", "<equals attribute=\"Modality\" value=\"MR\"/>",
                "<one-of attribute=\"Modality\"><value>CT</value><value>MR</value></one-of>"))
        // The third does the work of both; it is not taken away in turn.
        #expect(found.subjects(.impliedRule) == ["r1", "r2"])
    }

    @Test func `a rule that places a hold, or is of a lower tier, is no other's shadow`() throws {
        let hold =
            "<tag study=\"sensitive\"/><hold scope=\"study\" matter=\"M\" custodian=\"C\" reason=\"R\"/>"
        let body =
            Rules.rule("a", "<present attribute=\"PatientID\"/>")
            + Rules.rule("b", "<equals attribute=\"PatientID\" value=\"X\"/>", tag: hold)
        #expect(try analysis(body).found(.impliedRule).isEmpty)
        let tiers =
            Rules.rule("a", "<present attribute=\"PatientID\"/>", tier: 2)
            + Rules.rule("b", "<equals attribute=\"PatientID\" value=\"X\"/>")
        #expect(try analysis(tiers).found(.impliedRule).isEmpty)
    }

    @Test func `an unreadable value is not forgotten: what is implied when read must be implied unread`() throws {
        // When PatientID cannot be read the second is unknown, and the first, which asks for another attribute, is false.
        let body = rules(
            "<all><present attribute=\"Modality\"/><present attribute=\"PatientID\"/></all>",
            "<all><present attribute=\"Modality\"/><equals attribute=\"PatientID\" value=\"X\"/></all>")
        #expect(try analysis(body).subjects(.impliedRule) == ["r2"])
        let other = rules(
            "<all><present attribute=\"Modality\"/><matches attribute=\"PatientID\" pattern=\".\"/></all>",
            "<all><present attribute=\"Modality\"/><any><equals attribute=\"PatientID\" value=\"X\"/><absent attribute=\"PatientID\"/></any></all>"
        )
        #expect(try analysis(other).found(.impliedRule).isEmpty)
    }

    @Test func `blanks that a file calls UN are there and fall between all bounds`() throws {
        let bounds = ["lt", "ge"].map {
            "<not><compare attribute=\"PatientAge\" op=\"\($0)\" age=\"018Y\"/></not>"
        }.joined()
        let ruleSet = try Rules.ruleSet(
            rules(
                "<all><present attribute=\"PatientAge\"/><not><empty attribute=\"PatientAge\"/></not>\(bounds)</all>"))
        let file = try DICOMFile(
            bytes: DataSetBuilder().bytes(Tag(0x0010, 0x1010), .UN, [0x20, 0x20, 0x20, 0x20]).file())
        let traces = RuleTracer(ruleSet).traces(of: file) { _, _ in .false }
        #expect(traces.map(\.condition.truth) == [.true])
        #expect(RuleSetAnalysis(ruleSet).found(.neverTrue).isEmpty)
    }

    // MARK: - Lists, and people in them

    @Test func `an example with a row of a list does not show it unless values may be shown`() throws {
        let ruleSet = try Rules.ruleSet(
            "<list id=\"vips\" href=\"vips.csv\" key=\"PatientID\"/>"
                + rules("<in list=\"vips\"/>", "<present attribute=\"PatientID\"/>"),
            files: ["vips.csv": "PatientID\nSECRET-77\n"])
        let finding = try #require(RuleSetAnalysis(ruleSet).found(.impliedRule).first)
        let example = try #require(finding.example)
        #expect(finding.subject == "r1" && example.namesSomebody)
        #expect(!example.words().contains("SECRET-77") && example.words(showingValues: true).contains("SECRET-77"))
    }

    // MARK: - Allowances

    @Test func `a finding that is allowed is gone, and an allowance of nothing is found`() throws {
        let body = rules("<present attribute=\"PatientID\"/>", "<equals attribute=\"PatientID\" value=\"X\"/>")
        let allowed = try analysis(
            body + "<allow finding=\"implied-rule\" of=\"r2\" reason=\"kept for the record\"/>")
        #expect(allowed.found(.impliedRule).isEmpty && allowed.found(.unusedAllowance).isEmpty)
        #expect(allowed.allowed.map(\.allowance.reason) == ["kept for the record"])
        let other = try analysis(body + "<allow finding=\"implied-rule\" of=\"r1\" reason=\"no\"/>")
        #expect(other.subjects(.impliedRule) == ["r2"] && other.found(.unusedAllowance).count == 1)
    }

    // MARK: - The page

    /// Every section of docs/findings.md has a rule set, and the finding of its name is found in it.
    private static let sections: [(name: String, level: String, example: String)] = {
        let page = (try? String(contentsOfFile: Fixtures.packageRoot + "/docs/findings.md", encoding: .utf8)) ?? ""
        return page.components(separatedBy: "\n## ").dropFirst().compactMap { section in
            guard let name = section.split(separator: "\n").first, let start = section.range(of: "```xml\n"),
                let end = section.range(of: "\n```", range: start.upperBound..<section.endIndex)
            else { return nil }
            let level = section.split(separator: "\n").dropFirst().first { !$0.isEmpty }.map(String.init) ?? ""
            return (String(name), level, String(section[start.upperBound..<end.lowerBound]))
        }
    }()

    @Test func `every finding has a section in the page, and each section's example has it`() throws {
        let own = Set(AnalysisFinding.Code.allCases.map(\.rawValue))
        #expect(
            own.isSubset(of: Set(Self.sections.map(\.name))),
            "missing: \(own.subtracting(Self.sections.map(\.name)).sorted())")
        let files = [
            "vip.csv": "PatientID\nX1\n",
            "other.xml": "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"other\" revision=\"1\"/>",
        ]
        for section in Self.sections {
            let (ruleSet, findings) = try Rules.load(section.example, files: files)
            var found = findings.map { ($0.code, $0.severity.rawValue) }
            if let ruleSet {
                found += RuleSetAnalysis(ruleSet, warnings: findings).findings.map {
                    ($0.code.rawValue, $0.level.rawValue)
                }
            }
            let mine = found.filter { $0.0 == section.name }
            #expect(
                !mine.isEmpty,
                "\(section.name): found \(found.map(\.0)) in:\n\(section.example)\n\(findings.map(\.message))")
            #expect(
                mine.allSatisfy { section.level.contains($0.1) },
                "\(section.name): \(mine) and the page says \(section.level)")
        }
    }

    // MARK: - What is shipped

    @Test func `the shipped site has no warning, and every example in its notes does what it says`() throws {
        let (ruleSet, findings) = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/sites/general-hospital.xml")
        let analysis = RuleSetAnalysis(try #require(ruleSet), warnings: findings)
        #expect(analysis.findings.filter { $0.level != .note }.map(\.message) == [])
        #expect(analysis.notKnown.isEmpty)
        for finding in analysis.found(.overlappingClauses) { #expect(finding.example != nil) }
    }

    @Test func `includes that are reached in very many ways are looked at once each`() throws {
        let layers = 40
        var files: [String: String] = [:]
        func includes(_ layer: Int) -> String {
            layer < layers ? ["a", "b"].map { "<include href=\"\($0)\(layer).xml\"/>" }.joined() : ""
        }
        for layer in 0..<layers {
            for side in ["a", "b"] {
                files["\(side)\(layer).xml"] =
                    "<ruleset xmlns=\"urn:cordon:rules:1\" id=\"\(side)\(layer)\" revision=\"1\">\(includes(layer + 1))"
                    + "<vocabulary><label id=\"l-\(side)\(layer)\" tier=\"2\" is-a=\"sensitive\"/></vocabulary></ruleset>"
            }
        }
        let found = try analysis(includes(0) + rules("<present attribute=\"PatientID\"/>"), files: files)
        #expect(found.subjects(.unusedInclude) == Set(files.keys))
    }

    @Test func `blanks before a text that keeps them make it another one for a pattern`() throws {
        func condition(_ attribute: String) -> String {
            "<all><equals attribute=\"\(attribute)\" value=\"VIP\"/>"
                + "<not><matches attribute=\"\(attribute)\" pattern=\"^VIP\"/></not></all>"
        }
        #expect(try analysis(rules(condition("PatientComments"))).subjects(.neverTrue) == [])
        // Of Patient ID they mean nothing, and nobody sees them: loading knows that the rule is never true.
        #expect(throws: Rules.Broken.self) { try analysis(rules(condition("PatientID"))) }
    }
}
