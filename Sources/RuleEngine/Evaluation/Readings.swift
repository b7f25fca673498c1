import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile
import RuleLanguage

/// The values of an attribute as one kind of condition reads them, and the elements that cannot be read.
struct Readings {
    private(set) var texts: [(text: String, node: DataSetIndex.NodeID)] = []
    /// Without a node where what is missing is nowhere.
    private(set) var problems: [(reason: String, node: DataSetIndex.NodeID?)] = []

    /// The value where there is this one, and nothing that cannot be read.
    var only: (text: String, node: DataSetIndex.NodeID)? {
        texts.count == 1 && problems.isEmpty ? texts.first : nil
    }

    static let hidden = "a sequence that may hold it is stored as bytes that cannot be taken apart"
    static let notSaid = "the excerpt at hand does not say it"

    init(_ view: AttributeTable.View, of facts: InstanceFacts, in scope: InstanceFacts.Scope) {
        let elements = facts.elements(view.slot, in: scope)
        // What nearly all attributes are: one element with one plain value.
        if let only = elements.only, elements.hiding == nil,
            let text = facts.plainText(of: only, expected: view.vr, view.slot)
        {
            // Folding has nothing to do on ASCII but to make letters small.
            texts = [(view.folding.contains(.letterCase) ? Comparison.fold(text, view.folding) : text, only)]
            return
        }
        elements.forEach { read($0, view, facts) }
        if let hiding = elements.hiding {
            problems.append((facts.isExcerpt ? Self.notSaid : hiding.reason, hiding.node))
        }
    }

    private mutating func read(_ node: DataSetIndex.NodeID, _ view: AttributeTable.View, _ facts: InstanceFacts) {
        do throws(ValueError) {
            let (values, vr) = try ElementReader.values(
                of: node, expected: view.vr, in: facts.file, facts.part(of: view.slot))
            for value in values {
                for text in vr == .PN ? Self.names(value, view) : [value] {
                    texts.append((Comparison.fold(text, view.folding), node))
                }
            }
        } catch {
            problems.append((error.reason, node))
        }
    }

    /// The parts of a person name that a condition compares: what it asks for, in each group unless it names one. Parts
    /// that are empty are not there.
    private static func names(_ value: String, _ view: AttributeTable.View) -> [String] {
        let name = PersonName(value)
        let groups = PersonName.Group.allCases.enumerated().filter { view.group?.rawValue ?? $0.offset == $0.offset }
        let parts = groups.map { _, group in
            guard let component = view.component else { return name[group].canonical }
            return name[group][PersonName.Component.allCases[component.rawValue]]
        }
        // Whoever writes all groups of a name means all of them.
        let whole = view.component == nil && view.group == nil ? [name.canonical] : []
        return Set(parts + whole).filter { !$0.isEmpty }.sorted()
    }
}

/// Reads an element as what the dictionary says it is, also where the file says something else.
enum ElementReader {
    /// The values and the VR that they were read as. Throws for what cannot be read as that: it is then unknown, and never
    /// taken for something that does not compare.
    static func values(
        of node: DataSetIndex.NodeID, expected: VR?, in file: DICOMFile, _ part: DICOMFile.Part
    ) throws(ValueError) -> (values: [String], vr: VR) {
        let element = (part == .dataSet ? file.dataSet : file.fileMeta).nodes[node]
        guard element.kind == .element else {
            let what = element.kind == .fragments ? "fragments" : "a sequence"
            throw ValueError(
                .notText, reason: "\(what) where \(expected.map(String.init(describing:)) ?? "a value") stands")
        }
        guard element.valueEnd > element.valueStart else { return ([], expected ?? element.vr) }
        switch Agreement(expected, element.vr) {
        case .same: return (try file.values(of: node, in: part), expected ?? element.vr)
        case .bytes:
            if element.vr == .UN, let values = try? file.values(of: node, in: part) {
                return (values, expected ?? element.vr)
            }
            return (try plainText(of: node, expected, in: file, part), expected ?? .LO)
        case .oneText: return ([try file.values(of: node, in: part).joined(separator: "\\")], expected ?? element.vr)
        case .severalTexts:
            let values = try file.values(of: node, in: part).flatMap { $0.split(separator: "\\").map(String.init) }
            return (values, expected ?? element.vr)
        case .none:
            throw ValueError(
                .notText,
                reason: "encoded as \(element.vr) where \(expected.map(String.init(describing:)) ?? "text") stands")
        }
    }

    /// How the VR in a file agrees with that of the dictionary.
    private enum Agreement {
        case same, oneText, severalTexts, bytes, none

        init(_ expected: VR?, _ actual: VR) {
            guard let expected, expected != actual, actual != .UN, actual.isDefined else {
                self = actual == .UN || !actual.isDefined ? .bytes : .same
                return
            }
            let numbers: Set<VR> = [.US, .SS, .UL, .SL, .UV, .SV, .FL, .FD]
            switch (expected, actual) {
            case (_, .OB) where expected.isText: self = .bytes
            case (.IS, _) where numbers.contains(actual), (.DS, _) where numbers.contains(actual): self = .same
            case _ where numbers.contains(expected) && (numbers.contains(actual) || actual.isText): self = .same
            case _ where expected.isText && actual.isText:
                self =
                    expected.isSingleText == actual.isSingleText
                    ? .same : expected.isSingleText ? .oneText : .severalTexts
            default: self = .none
            }
        }
    }

    /// Bytes of unknown VR that are plain text in every character set may be compared as what they look like. Others, and
    /// long ones, stay unknown.
    private static func plainText(
        of node: DataSetIndex.NodeID, _ expected: VR?, in file: DICOMFile, _ part: DICOMFile.Part
    ) throws(ValueError) -> [String] {
        let element = (part == .dataSet ? file.dataSet : file.fileMeta).nodes[node]
        let vr = expected ?? .LO
        guard vr.isText, element.valueEnd - element.valueStart <= 1 << 16 else {
            throw ValueError(.notText, reason: "encoded as \(element.vr), which says nothing of its value")
        }
        let bytes = try file.bytes(of: node, in: part)
        guard bytes.dropLast().allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), let last = bytes.last,
            last == 0 || last >= 0x20 && last < 0x7F
        else { throw ValueError(.notText, reason: "encoded as \(element.vr), and no plain text") }
        return try ValueDecoder.values(bytes, vr: vr, isBigEndian: false, characterSet: .defaultRepertoire)
    }
}
