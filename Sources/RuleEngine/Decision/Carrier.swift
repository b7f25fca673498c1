import DICOMCore
import DICOMEncoding
public import DICOMFile
public import RuleLanguage

/// Labels written into a data set, where a rule set says so: (0008,001D) Sensitive Content Code Sequence.
public enum Carrier {
    /// The edits that add the decision's coded labels to (0008,001D), what was there kept, each coding scheme identified in
    /// (0008,0110) unless every reader of DICOM knows it. What is changed by that goes to (0400,0561) Original Attributes
    /// as it was, with `time` (DT) as (0400,0562). Empty when every code is there already, or when the site's tier has no
    /// coded label to carry.
    ///
    /// A label whose scheme does not fit into (0008,0102), 16 characters of the default repertoire, cannot be carried; its
    /// ancestors are.
    public static func edits(for decision: Decision, in file: DICOMFile, ruleSet: RuleSet, time: String) -> [Edit] {
        let content = TopLevelSequence(.sensitiveContentCodeSequence, in: file)
        let known = Set(content.codes(in: file))
        let new = codes(of: decision, ruleSet).filter { !known.contains($0.code) }
        guard !new.isEmpty else { return [] }
        var edits = content.edits(appending: new.map { item(for: $0, in: file) })
        var originals = content.original

        let schemes = TopLevelSequence(.codingSchemeIdentificationSequence, in: file)
        let identified = schemes.texts(.codingSchemeDesignator, in: file)
        let missing = Set(new.map(\.code.system)).subtracting(identified).subtracting(CodingScheme.wellKnown).sorted()
        if !missing.isEmpty {
            edits += schemes.edits(appending: missing.map { CodingScheme.identification(of: $0) })
            originals += schemes.original
        }
        guard !originals.isEmpty else { return edits }
        return edits + history(of: originals, in: file, time: time)
    }

    private struct CarriedCode {
        var code: LabelTable.Code
        var meaning: String
    }

    /// The codes of all labels of the decision, certain or not, each once.
    private static func codes(of decision: Decision, _ ruleSet: RuleSet) -> [CarriedCode] {
        let sensitive = LabelTable.Code(system: "DCM", code: "131395")
        var found: [LabelTable.Code: String] = [:]
        for assigned in decision.labels {
            let label = ruleSet.labels[assigned.label]
            if let system = label?.system, let code = label?.code {
                guard (1...16).contains(system.utf8.count), !code.isEmpty,
                    (system + code).utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x5C })
                else { continue }
                found[LabelTable.Code(system: system, code: code)] = label?.meaning ?? code
            } else if assigned.label == RuleSet.sensitive {
                found[sensitive] = "Sensitive Content"
            }
        }
        return found.map { CarriedCode(code: $0, meaning: $1) }.sorted {
            ($0.code.system, $0.code.code) < ($1.code.system, $1.code.code)
        }
    }

    /// An item of the Code Sequence Macro (PS3.3 Table 8.8-1).
    private static func item(for carried: CarriedCode, in file: DICOMFile) -> [NewElement] {
        let code = carried.code.code
        let value =
            code.utf8.count <= 16
            ? NewElement(tag: .codeValue, vr: .SH, text: code)
            : code.hasPrefix("urn:") || code.contains("://")
                ? NewElement(tag: .urnCodeValue, vr: .UR, text: code)
                : NewElement(tag: .longCodeValue, vr: .UC, text: code)
        return [
            value, NewElement(tag: .codingSchemeDesignator, vr: .SH, text: carried.code.system),
            NewElement(tag: .codeMeaning, vr: .LO, value: .bytes(meaning(carried.meaning, in: file))),
        ].sorted { $0.tag < $1.tag }
    }

    /// In the character set of the data set; what that cannot write is written without its accents, or left out.
    private static func meaning(_ text: String, in file: DICOMFile) -> [UInt8] {
        let short = String(text.filter { $0 != "\\" }.prefix(64))
        if let set = try? file.characterSet(ofItem: nil), let bytes = try? set.encode([short], vr: .LO) { return bytes }
        let plain = Comparison.fold(short, .accents).utf8.filter { $0 >= 0x20 && $0 < 0x7F }
        return plain.isEmpty ? Array("Sensitive".utf8) : plain
    }

    /// (0400,0561) with one more item: what these attributes were before (PS3.3 C.12.1.1.9).
    private static func history(of originals: [NewElement], in file: DICOMFile, time: String) -> [Edit] {
        let sequence = TopLevelSequence(.originalAttributesSequence, in: file)
        // A history that cannot be taken apart is an original, too.
        let before = originals + sequence.opaque
        let item = [
            NewElement(
                tag: Tag(0x0400, 0x0550), vr: .SQ, value: .items([before.sorted { $0.tag < $1.tag }])),
            NewElement(tag: Tag(0x0400, 0x0562), vr: .DT, text: time),
            NewElement(tag: Tag(0x0400, 0x0563), vr: .LO, text: "Cordon"),
            NewElement(tag: Tag(0x0400, 0x0564), vr: .LO, text: ""),
            NewElement(tag: Tag(0x0400, 0x0565), vr: .CS, text: "COERCE"),
        ]
        return sequence.edits(appending: [item])
    }
}
