import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite struct SignatureConditionTests {
    private struct Answer: SignatureKnowledge {
        var state: Condition.Signature
        func signature(of file: DICOMFile) -> Condition.Signature { state }
    }

    private func isFired(_ condition: String, _ knowledge: (any SignatureKnowledge)?) throws -> (
        fires: Bool, isCertain: Bool
    ) {
        let ruleSet = try Scene.rule(condition)
        let file = try DICOMFile(bytes: DataSetBuilder().text(.patientID, .LO, "1").file(.explicitLittleEndian))
        let outcomes = Evaluator(ruleSet, signatures: knowledge).evaluate(file).outcomes
        return (!outcomes.isEmpty, outcomes.first?.residual == .known(.true))
    }

    @Test(arguments: Condition.Signature.allCases, Condition.Signature.allCases)
    func `a rule asks for the state that is`(asked: Condition.Signature, answer: Condition.Signature) throws {
        let fired = try isFired("<signature state=\"\(asked.rawValue)\"/>", Answer(state: answer))
        #expect(fired.fires == (asked == answer))
        let opposite = try isFired("<not><signature state=\"\(asked.rawValue)\"/></not>", Answer(state: answer))
        #expect(opposite.fires == (asked != answer))
    }

    @Test func `where nobody looks it is unknown, and fires uncertainly`() throws {
        for condition in ["<signature state=\"valid\"/>", "<not><signature state=\"valid\"/></not>"] {
            let fired = try isFired(condition, nil)
            #expect(fired.fires && !fired.isCertain)
        }
    }

    @Test func `two states at once are never true`() throws {
        #expect(throws: Scene.BrokenRuleSet.self) {
            try Scene.rule("<all><signature state=\"valid\"/><signature state=\"none\"/></all>")
        }
        #expect(throws: Scene.BrokenRuleSet.self) { try Scene.rule("<signature state=\"fine\"/>") }
    }
}
