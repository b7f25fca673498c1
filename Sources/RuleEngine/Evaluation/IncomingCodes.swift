import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage

/// The codes that came in with (0008,001D) Sensitive Content Code Sequence, as labels. A code that nobody knows means
/// `sensitive`; so does one that cannot be read, uncertainly (P2).
struct IncomingCodes {
    private(set) var codes: [Evaluation.IncomingCode] = []

    init(_ facts: InstanceFacts, _ identity: InstanceIdentity, _ labels: LabelTable) {
        let elements = facts.elements(identity.sensitiveContent, in: nil)
        let index = facts.file.dataSet
        if facts.isExcerpt, elements.isEmpty {
            let evidence = Evidence(
                attribute: Tag.sensitiveContentCodeSequence.description,
                location: labels.locations[labels.sensitive] ?? .builtIn, problem: Readings.notSaid)
            codes = [Evaluation.IncomingCode(kind: .unreadable, label: labels.sensitive, evidence: [evidence])]
            return
        }
        // Nearly no instance has any.
        guard !elements.isEmpty else { return }
        for node in elements.nodes {
            guard index.nodes[node].kind == .sequence else {
                if !index.isEmpty(node) {
                    add(.unreadable, labels.sensitive, labels, facts, node, "not a sequence that can be taken apart")
                }
                continue
            }
            for item in index.childRange(of: node) { read(item, facts, labels) }
        }
        // One entry for each kind and label, with the first few places.
        var joined: [Evaluation.IncomingCode] = []
        for code in codes {
            if let same = joined.firstIndex(where: { $0.kind == code.kind && $0.label == code.label }) {
                joined[same].evidence = Evidence.joined(joined[same].evidence, code.evidence)
            } else {
                joined.append(code)
            }
        }
        codes = joined
    }

    private mutating func read(_ item: DataSetIndex.NodeID, _ facts: InstanceFacts, _ labels: LabelTable) {
        do throws(ValueError) {
            let coded = try CodedItem(item, in: facts.file)
            guard !coded.codes.isEmpty else {
                throw ValueError(.malformedText, reason: "an item without a code and its scheme")
            }
            for code in coded.codes {
                if let label = labels.label(system: code.system, code: code.code) {
                    add(.known, label, labels, facts, item)
                } else {
                    add(.unknown, labels.sensitive, labels, facts, item)
                }
            }
        } catch {
            add(.unreadable, labels.sensitive, labels, facts, item, error.reason)
        }
    }

    private mutating func add(
        _ kind: Evaluation.IncomingCode.Kind, _ label: Int, _ labels: LabelTable, _ facts: InstanceFacts,
        _ node: DataSetIndex.NodeID, _ problem: String? = nil
    ) {
        let evidence = Evidence(
            attribute: facts.file.dataSet.path(of: node).description,
            location: labels.locations[label] ?? SourceLocation(file: "", line: 0), problem: problem)
        codes.append(Evaluation.IncomingCode(kind: kind, label: label, evidence: [evidence]))
    }
}

/// An item of a code sequence (PS3.3 8): every code that it states, with its coding scheme.
struct CodedItem {
    private(set) var codes: [LabelTable.Code] = []

    init(_ item: DataSetIndex.NodeID, in file: DICOMFile) throws(ValueError) {
        guard file.dataSet.nodes[item].kind == .item else { throw ValueError(.notText, reason: "not an item") }
        let systems = try Self.values(.codingSchemeDesignator, .SH, of: item, in: file)
        for tag in [Tag.codeValue, .longCodeValue] {
            for code in try Self.values(tag, tag == .codeValue ? .SH : .UC, of: item, in: file) {
                guard !systems.isEmpty else {
                    throw ValueError(.malformedText, reason: "a code without a coding scheme")
                }
                codes += systems.map { LabelTable.Code(system: $0, code: code) }
            }
        }
        for urn in try Self.values(.urnCodeValue, .UR, of: item, in: file) {
            // A URN needs no scheme (PS3.3 8.1): it is looked up as its own when there is none.
            codes += (systems.isEmpty ? [""] : systems).map { LabelTable.Code(system: $0, code: urn) }
        }
    }

    private static func values(
        _ tag: Tag, _ vr: VR, of item: DataSetIndex.NodeID, in file: DICOMFile
    ) throws(ValueError) -> [String] {
        var result: [String] = []
        for node in file.dataSet.childRange(of: item) where file.dataSet.nodes[node].tag == tag {
            for value in try ElementReader.values(of: node, expected: vr, in: file, .dataSet).values {
                let text = Comparison.trimmed(value)
                if !text.isEmpty { result.append(text) }
            }
        }
        return result
    }
}
