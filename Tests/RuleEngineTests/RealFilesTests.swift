import DICOMCore
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

@testable import RuleEngine

@Suite("Real files")
struct RealFilesTests {
    /// A rule for every element with a value: the attribute equals what stands there.
    static func mirror(_ file: DICOMFile) -> RuleSet {
        var rules: [Rule] = []
        for node in file.dataSet.nodes.indices where rules.count < 300 {
            let element = file.dataSet.nodes[node]
            guard element.kind == .element, element.valueEnd > element.valueStart, !element.tag.isPrivate else {
                continue
            }
            let path = file.dataSet.path(of: node)
            let steps = path.steps.map { PathPattern.Step.sequence(.standard($0.sequence), item: $0.item) }
            let reference = AttributeReference(
                path: PathPattern(steps: steps, element: .standard(element.tag)), text: path.description,
                vr: file.valueRepresentation(of: node))
            let text: String
            if let values = try? file.values(of: node) {
                // Padding alone is no value, and a name of delimiters alone names nobody.
                guard let last = values.last, last.contains(where: { !"^= ".contains($0) }) else { continue }
                text = last
            } else {
                text = "nobody can read it"
            }
            let place = SourceLocation(file: "mirror.xml", line: rules.count + 1)
            rules.append(
                Rule(
                    id: "r\(rules.count)", tier: 1, title: nil,
                    condition: Condition(.compareText(reference, .equals, [text], []), at: place),
                    studyLabels: [RuleSet.sensitive], patientLabels: [], location: place))
        }
        return RuleSet(
            id: "mirror", revision: "1", digest: "", tier: 1, sources: [], labels: [:], lists: [:], rules: rules,
            profiles: [:], audiences: [:])
    }

    @Test(.enabled(if: !Fixtures.pydicomFiles.isEmpty, "pydicom's files are not there"))
    func `an attribute compared with what stands there is never false`() throws {
        var files = 0, fired = 0, unknown = 0
        for path in Fixtures.pydicomFiles {
            guard let file = try? DICOMFile(path: path) else { continue }
            files += 1
            let ruleSet = Self.mirror(file)
            let evaluation = Evaluator(ruleSet).evaluate(file)
            #expect(evaluation.outcomes.count == ruleSet.rules.count, "\(path)")
            for outcome in evaluation.outcomes {
                #expect(!outcome.evidence.isEmpty)
                if outcome.residual == .known(.true) { fired += 1 } else { unknown += 1 }
            }
        }
        print("compared \(fired) values of \(files) files with themselves, \(unknown) elements hold no readable text")
        #expect(files > 50 && fired > 2000)
    }
}
