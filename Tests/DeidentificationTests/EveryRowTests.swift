import DICOMCore
import DICOMDictionary
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import Deidentification

/// Every row of Table E.1-1 under the Basic Profile, each option and the profile of the research office: generated data sets
/// at depth 0, 1 and 3 with the attribute as Type 1, 2 and 3, and what the table's codes ask of what comes out.
///
/// What is expected comes from the table by a generator of its own (`Scripts/generate/expectations.py`) and knows nothing of
/// the rule files.
@Suite("Every row of Table E.1-1")
struct EveryRowTests {
    typealias Tag = DICOMCore.Tag

    // MARK: - The table

    struct Row: Sendable {
        var tag: Tag
        var vr: VR
        var basic: String
        /// By the place of the option in `options`.
        var cells: [Character]
        var places: [Place]
    }

    struct Place: Sendable, Hashable {
        /// 1, 2 or 3.
        var type: Int
        var sopClass: String
        var sequences: [Tag]
        var depth: Int { sequences.count }
    }

    /// In the order of the columns.
    static let options = [
        "ps3.15-clean-graphics", "ps3.15-clean-structured-content", "ps3.15-clean-descriptors",
        "ps3.15-retain-full-dates", "ps3.15-retain-modified-dates", "ps3.15-retain-patient-characteristics",
        "ps3.15-retain-device-identity", "ps3.15-retain-uids", "ps3.15-retain-safe-private",
        "ps3.15-retain-institution-identity",
    ]

    static let rows: [Row] = {
        let path = Fixtures.packageRoot + "/Tests/Expectations/e1-1.tsv"
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count >= 4, let tag = tag(fields[0]), let vr = VR(fields[1]) else { return nil }
            return Row(
                tag: tag, vr: vr, basic: fields[2], cells: Array(fields[3]),
                places: fields.dropFirst(4).compactMap(place))
        }
    }()

    private static func tag(_ text: some StringProtocol) -> Tag? { UInt32(text, radix: 16).map(Tag.init(rawValue:)) }

    private static func place(_ text: String) -> Place? {
        let parts = text.split(separator: ":")
        guard parts.count == 3, let type = Int(parts[0]) else { return nil }
        let path = parts[2].split(separator: "/").compactMap { tag($0) }
        return Place(type: type, sopClass: String(parts[1]), sequences: Array(path.dropLast()))
    }

    @Test func `the table is there, and its places are of the Types that it says`() {
        #expect(Self.rows.count == 653)
        var seen: [[Int]: Int] = [:]
        for row in Self.rows {
            for place in row.places {
                let iod = InformationObjectDefinitions.iod(forSOPClass: place.sopClass)
                let found = iod.flatMap { InformationObjectDefinitions.type(of: place.sequences + [row.tag], in: $0) }
                let expected: Requirement = [.value, .presence, .nothing][place.type - 1]
                #expect(Requirement(found) == expected, "\(row.tag) \(place)")
                seen[[place.depth, place.type], default: 0] += 1
            }
        }
        #expect(seen.count == 9 && seen.values.allSatisfy { $0 > 10 }, "\(seen)")
    }

    // MARK: - What the codes ask for

    enum Demand: Sendable {
        case absent, empty, dummy, newUID, kept, shifted
        /// A text without the name in it, and with the rest.
        case cleaned
        /// Nothing that identifies; what else stays is for other tests to say.
        case harmless
        case pseudonym
    }

    private static func basic(_ code: String, type: Int, vr: VR) -> Demand {
        func by(_ demands: Demand...) -> Demand { demands[type - 1] }
        switch code {
        case "X": return by(.dummy, .empty, .absent)
        case "Z", "Z/D": return by(.dummy, .empty, .empty)
        case "D": return .dummy
        case "U": return .newUID
        case "X/Z", "X/D", "X/Z/D": return by(.dummy, .empty, .absent)
        default: return .kept
        }
    }

    /// - Parameter columns: of the options that hold; the first that fills its cell decides, cleaning before keeping.
    static func demand(_ row: Row, _ columns: [Int], type: Int) -> Demand {
        if row.tag == .patientName || row.tag == .patientID { return .pseudonym }
        let basic = basic(row.basic, type: type, vr: row.vr)
        let cells = columns.map { (option: options[$0], cell: row.cells[$0]) }.filter { $0.cell != "." }
        guard let chosen = cells.first(where: { $0.cell == "C" }) ?? cells.first else { return basic }
        if chosen.cell == "K" { return .kept }
        switch (chosen.option, row.vr) {
        case ("ps3.15-retain-modified-dates", .DA), ("ps3.15-retain-modified-dates", .TM),
            ("ps3.15-retain-modified-dates", .DT):
            return .shifted
        case ("ps3.15-retain-modified-dates", .SH), ("ps3.15-clean-descriptors", .SQ),
            ("ps3.15-clean-descriptors", .CS):
            return .kept
        case ("ps3.15-clean-graphics", _), ("ps3.15-clean-structured-content", _): return .harmless
        case (_, let vr) where vr.usesSpecificCharacterSet: return .cleaned
        // Titles of applications: a name is taken out, or all of it.
        case (_, .AE): return .harmless
        default: return basic
        }
    }

    // MARK: - Data sets

    private static let name = "Zyxwolski"
    private static let uid = "1.2.840.99999.77.5.4711"
    private static let days = 14

    /// A value of the VR. Of what is to be cleaned, a text with the patient's name in it.
    private static func original(_ row: Row, _ demand: Demand) -> [UInt8] {
        func padded(_ text: String, _ padding: UInt8 = 0x20) -> [UInt8] {
            Array(text.utf8) + (text.utf8.count % 2 == 0 ? [] : [padding])
        }
        let isNamed = if case .cleaned = demand { true } else { false }
        switch row.vr {
        case .AE: return padded("ORIGAE")
        case .AS: return padded("045Y")
        case .CS: return padded("ORIGCS")
        case .DA: return padded("20180514")
        case .DS: return padded("17.25")
        case .DT: return padded("20180514131415")
        case .IS: return padded("4711")
        case .TM: return padded("131415")
        case .UI: return padded(uid, 0)
        case .UR: return padded("http://orig.example/x")
        case .PN: return padded("Orig^Person")
        case .LO, .LT, .SH, .ST, .UC, .UT: return padded(isNamed ? "Knee \(name)" : "Origtext knee")
        default: return [0x17, 0x2A, 0x33, 0x41, 0x17, 0x2A, 0x33, 0x41]
        }
    }

    private static let referencedInstance = Tag(0x0008, 0x1155)

    /// What stands in a sequence that the table names.
    private static let item = DataSetBuilder().text(Tag(0x0008, 0x1150), .UI, DataSetBuilder.ct)
        .text(referencedInstance, .UI, uid)

    /// Elements and sequences of one item each, which is how the places are reached.
    private final class Tree {
        var elements: [Tag: DataSetBuilder.Part] = [:]
        var sequences: [Tag: Tree] = [:]

        func within(_ sequences: some Sequence<Tag>) -> Tree {
            sequences.reduce(self) { tree, tag in
                let inner = tree.sequences[tag] ?? Tree()
                tree.sequences[tag] = inner
                return inner
            }
        }

        var builder: DataSetBuilder {
            var parts = elements
            for (tag, inner) in sequences {
                parts[tag] = .sequence(tag, .SQ, length: .defined, itemLength: .defined, items: [inner.builder])
            }
            return DataSetBuilder(parts.sorted { $0.key < $1.key }.map(\.value))
        }
    }

    private static func dataSet(_ rows: [(row: Row, place: Place, demand: Demand)], sopClass: String) -> [UInt8] {
        let root = Tree()
        for (row, place, demand) in rows {
            let tree = root.within(place.sequences)
            tree.elements[row.tag] =
                row.vr == .SQ
                ? .sequence(row.tag, .SQ, length: .defined, itemLength: .defined, items: [item])
                : .element(row.tag, row.vr, original(row, demand))
        }
        func add(_ tag: Tag, _ vr: VR, _ text: String) { root.elements[tag] = .element(tag, vr, Array(text.utf8)) }
        add(.sopClassUID, .UI, sopClass)
        add(.sopInstanceUID, .UI, "1.2.840.99999.77.5.1")
        add(.patientName, .PN, "\(name)^Quentina")
        add(.patientID, .LO, "QQ471147")
        return root.builder.file(.explicitLittleEndian)
    }

    // MARK: - Tests

    private static let research = ["ps3.15-basic"] + options + ["research"]

    private static func columns(_ profile: String) -> [Int] {
        switch profile {
        case "ps3.15-basic": []
        case "research": [0, 1, 2, 4, 5, 8]
        default: options.firstIndex(of: profile).map { [$0] } ?? []
        }
    }

    /// Rows that the walk meets before any profile, or whose VR the codes do not suit, with the reason.
    private static func isElsewhere(_ row: Row, _ place: Place) -> Bool {
        // File meta information and directories are not part of a data set.
        row.tag.group < 0x0008
            // Instance and patient are in every data set of these tests, at the top level.
            || place.depth == 0 && [.sopInstanceUID, .patientName, .patientID].contains(row.tag)
            // Content is held against its concepts, documents and pixels against what they are.
            || row.tag == Tag(0x0040, 0xA730) || row.tag == Tag(0x0042, 0x0011)
            // Overlays and curves go or stay as groups.
            || row.tag.repeatingGroup != nil
            // They no longer hold with what they sign, and go under every profile.
            || row.tag == Tag(0xFFFA, 0xFFFA) || row.tag == Tag(0x4FFE, 0x0001) || row.tag == Tag(0xFFFC, 0xFFFC)
            || row.tag == Tag(0x0400, 0x0500)
    }

    @Test(arguments: research)
    func `each comes out as its code asks`(_ id: String) throws {
        let file = id == "research" ? "/Rules/sites/research-export.xml" : "/Rules/profiles/ps3.15-options.xml"
        let loaded = RuleSetLoader().load(path: Fixtures.packageRoot + file)
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings.prefix(3).map(\.message))")
        var profile = try #require(ruleSet.profiles[id]).passing()
        // So far and no other way: what comes out can be foretold.
        profile.settings.dateShift = DateShift(unit: .days, range: Self.days...Self.days)
        let deidentifier = Deidentifier(ruleSet: ruleSet, profile: profile, key: keyOfSevens)
        let columns = Self.columns(id)

        var batches: [[String]: [(row: Row, place: Place, demand: Demand)]] = [:]
        for row in Self.rows {
            for place in row.places where !Self.isElsewhere(row, place) {
                let demand = Self.demand(row, columns, type: place.type)
                batches[
                    "\(place.type) \(place.depth) \(place.sopClass)".split(separator: " ").map(String.init), default: []
                ]
                .append((row, place, demand))
            }
        }
        var count = 0
        for (key, batch) in batches.sorted(by: { $0.key.joined() < $1.key.joined() }) {
            let bytes = Self.dataSet(batch, sopClass: key[2])
            guard let output = try deidentifier.output(bytes) else {
                Issue.record("\(id) \(key): sequestered: \(try deidentifier.reason(bytes) ?? "")")
                continue
            }
            #expect(!output.bytes.contains(Self.name), "\(id) \(key)")
            for (row, place, demand) in batch {
                count += 1
                if let problem = try Self.problem(row, place, demand, output, isResearch: id == "research") {
                    Issue.record("\(id): \(row.tag) \(row.vr) \(row.basic) \(place): \(demand): \(problem)")
                }
            }
        }
        #expect(count > 1900, "\(count)")
    }

    /// What is wrong with an element of the output; nil when it is as demanded.
    private static func problem(
        _ row: Row, _ place: Place, _ demand: Demand, _ output: Output, isResearch: Bool
    ) throws -> String? {
        let path = PathPattern(
            steps: place.sequences.map { .sequence(.standard($0), item: 1) }, element: .standard(row.tag))
        let node = output.file.nodes(matching: path).first
        let isSequence = row.vr == .SQ
        let value = try node.map { isSequence ? [] : try output.file.bytes(of: $0) }
        let items = node.map { output.file.dataSet.children(of: $0).count } ?? 0
        let isEmpty = isSequence ? items == 0 : value?.isEmpty == true
        let before = original(row, demand)
        func reference() throws -> String? {
            var inner = path
            inner.steps.append(.sequence(.standard(row.tag), item: 1))
            inner.element = .standard(referencedInstance)
            return try output.values(inner)?.first
        }
        // What the research office states beyond the options.
        if isResearch {
            switch row.tag {
            case Tag(0x0008, 0x0050): return node != nil && value != before ? nil : "not hashed"
            case Tag(0x0010, 0x2180): return node == nil || isEmpty ? nil : "an occupation"
            case Tag(0x0010, 0x1002), Tag(0x0400, 0x0561): return node != nil ? nil : "gone"
            default: break
            }
        }
        switch demand {
        case .absent: return node == nil ? nil : "still there"
        case .empty: return node != nil && isEmpty ? nil : node == nil ? "gone" : "has a value"
        case .dummy:
            // Two modules consist of a sequence alone, and go with it.
            if place.depth == 0, row.tag == Tag(0x0070, 0x0001) || row.tag == Tag(0x0040, 0xB020) {
                return node == nil ? nil : "there"
            }
            if node == nil { return "gone" }
            if isEmpty { return "empty" }
            return isSequence
                ? try reference() != uid ? nil : "the original item" : value != before ? nil : "the original"
        case .newUID:
            guard node != nil else { return "gone" }
            if isSequence { return try reference() == mapped ? nil : "its references are not mapped" }
            return try output.file.values(of: node ?? 0) == [mapped] ? nil : "not the new UID"
        case .kept:
            guard node != nil else { return "gone" }
            guard isSequence else { return value == before ? nil : "changed" }
            let expected = row.cells[7] == "K" || isResearch ? [uid, mapped] : [mapped, uid]
            return try reference().map(expected.contains) == true ? nil : "its item is not treated"
        case .shifted:
            let expected = [VR.DA: "20180528", .DT: "20180528131415", .TM: "131415"][row.vr]
            return try node.map { try output.file.values(of: $0) } == [expected ?? ""] ? nil : "not shifted"
        case .cleaned:
            return try node.map { try output.file.values(of: $0) }?.first?.contains("Knee") == true
                ? nil : "text is lost"
        case .harmless: return nil
        case .pseudonym: return node != nil && !isEmpty && value != before ? nil : "no pseudonym"
        }
    }

    private static let mapped = KeyedIdentifiers(keyOfSevens).uid(for: Array(uid.utf8))
}
