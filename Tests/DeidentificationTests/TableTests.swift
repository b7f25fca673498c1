import DICOMCore
import DICOMDictionary
import DICOMFile
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Table E.1-1 against what comes of it, in data sets made for each row, depth and Type. The tables stand beside the
/// checkout; without them nothing is tested here, and the test says so.
@Suite struct TableTests {
    /// A table of `shared/data`, row by row.
    static func table(_ name: String) -> [[String: String]] {
        guard let shared = Fixtures.shared, let bytes = Fixtures.bytes("\(shared)/data/\(name)") else { return [] }
        var rows: [[String]] = [[]]
        var field: [UInt8] = []
        var isQuoted = false
        for byte in bytes where byte != 13 {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                rows[rows.count - 1].append(String(decoding: field, as: UTF8.self))
                field = []
            case 10 where !isQuoted:
                rows[rows.count - 1].append(String(decoding: field, as: UTF8.self))
                field = []
                rows.append([])
            default: field.append(byte)
            }
        }
        guard let names = rows.first else { return [] }
        return rows.dropFirst().filter { $0.count == names.count }.map { row in
            Dictionary(zip(names, row)) { first, _ in first }
        }
    }

    struct Row {
        var tag: Tag
        var code: String
        var vr: VR
    }

    static let rows: [Row] = table("ps3.15_e1_1_2026d.csv").compactMap { row in
        guard let tag = row["tag"].flatMap({ Tag($0) }), let code = row["basic_profile"],
            let vr = StandardDictionary.vr(of: tag)
        else { return nil }
        return Row(tag: tag, code: code, vr: vr)
    }

    static let sopClasses: [String] = table("ps3.4_sop_class_iod_2026b.csv").compactMap { $0["sop_class_uid"] }.filter {
        if case .refused = SOPClassKind($0) { false } else { true }
    }

    /// What may come of an element.
    enum Result: String { case absent, empty, changed, kept }

    /// What the code of the table asks for. Z is "zero length or a dummy", and what an IOD requires stays.
    static func expected(_ code: String, _ requirement: Requirement) -> Result {
        switch (code, requirement) {
        case ("D", _), ("U", _), (_, .value): .changed
        case ("Z", _), ("Z/D", _), (_, .presence): .empty
        default: .absent
        }
    }

    /// A value that is valid for its VR and could name somebody.
    static func bytes(_ vr: VR) -> [UInt8] {
        switch vr {
        case .DA: Array("19380512".utf8)
        case .DT: Array("19380512101112".utf8)
        case .TM: Array("101112".utf8)
        case .AS: Array("077Y".utf8)
        case .UI: Array("1.2.3.99".utf8)
        case .DS, .IS: Array("4711".utf8)
        case _ where vr.isText: Array("QUILLFEATHER".utf8)
        default: Array("QUILLFEATHERQUIL".utf8)
        }
    }

    static func element(_ row: Row) -> DataSetBuilder {
        guard row.vr == .SQ else { return DataSetBuilder().bytes(row.tag, row.vr, bytes(row.vr)) }
        let item = DataSetBuilder().text(.codeValue, .SH, "QUILL").text(.codingSchemeDesignator, .SH, "99X")
            .text(Tag(0x0008, 0x1155), .UI, "1.2.3.99").text(Tag(0x0010, 0x0010), .PN, "QUILLFEATHER")
        return DataSetBuilder().sequence(row.tag, [item])
    }

    /// Rows that other rules than the profile's take care of, tested by name elsewhere.
    static func isTestedElsewhere(_ row: Row) -> Bool {
        let named: Set<Tag> = [
            Tag(0x0040, 0xA730), Tag(0x0042, 0x0011), Tag(0x0070, 0x0001), Tag(0x0040, 0xB020), .sopInstanceUID,
            .patientName, .patientID,
        ]
        // References stay for every Type, with new UIDs in them (EveryRowTests).
        return row.tag.group < 0x0008 || row.code == "X/Z/U*" || named.contains(row.tag)
            || row.tag.repeatingGroup != nil
            || row.tag.group == 0xFFFA || row.tag.group == 0xFFFC
    }

    static func result(_ output: Output, _ steps: [PathPattern.Step], _ row: Row) throws -> Result {
        let pattern = PathPattern(steps: steps, element: .standard(row.tag))
        guard let id = output.file.nodes(matching: pattern).first else { return .absent }
        let node = output.file.dataSet.nodes[id]
        if node.kind == .sequence {
            guard Int(node.subtreeEnd) > id + 1 else { return .empty }
            let bytes = try output.file.bytes(in: node.valueStart..<node.valueEnd)
            return bytes.contains("QUILL") || bytes.contains("1.2.3.99") ? .kept : .changed
        }
        let bytes = try output.file.bytes(of: id)
        return bytes.isEmpty ? .empty : bytes.starts(with: Self.bytes(row.vr)) ? .kept : .changed
    }

    /// One that no IOD has at these places and the profile keeps.
    static let wrapper = Tag(0x0008, 0x1250)

    @Test func `every row at every depth, where the IOD does not ask for the attribute`() throws {
        let deidentifier = Deidentifier(try Profile.basic().passing())
        var count = 0
        for row in Self.rows where !Self.isTestedElsewhere(row) {
            for depth in [0, 1, 3] {
                var builder = Self.element(row)
                for _ in 0..<depth { builder = DataSetBuilder().sequence(Self.wrapper, [builder]) }
                let steps = [PathPattern.Step](
                    repeating: .sequence(.standard(Self.wrapper), item: 1), count: depth)
                let uid = "1.2.840.10008.5.1.4.1.1.66"
                let iod = try #require(InformationObjectDefinitions.iod(forSOPClass: uid))
                let path = [Tag](repeating: Self.wrapper, count: depth) + [row.tag]
                let type = InformationObjectDefinitions.type(of: path, in: iod)
                let source = DataSetBuilder(DataSetBuilder.instance(uid).parts + builder.parts)
                let output = try #require(try deidentifier.output(source.file()), "\(row.tag)")
                let found = try Self.result(output, steps, row)
                #expect(found == Self.expected(row.code, Requirement(type)), "\(row.tag) \(row.code) at depth \(depth)")
                count += 1
            }
        }
        #expect(Self.rows.isEmpty || count > 1800, "\(count)")
        if Self.rows.isEmpty { print("skipped: Table E.1-1 is not there") }
    }

    @Test func `every row at the top level of an IOD of each Type that has it`() throws {
        let deidentifier = Deidentifier(try Profile.basic().passing())
        var counts: [Requirement: Int] = [:]
        for row in Self.rows where !Self.isTestedElsewhere(row) {
            var done: Set<Requirement> = []
            for uid in Self.sopClasses {
                guard let iod = InformationObjectDefinitions.iod(forSOPClass: uid),
                    let type = InformationObjectDefinitions.type(of: [row.tag], in: iod),
                    done.insert(Requirement(type)).inserted
                else { continue }
                let source = DataSetBuilder(DataSetBuilder.instance(uid).parts + Self.element(row).parts)
                let output = try #require(try deidentifier.output(source.file()), "\(row.tag) in \(uid)")
                let found = try Self.result(output, [], row)
                let expected = Self.expected(row.code, Requirement(type))
                #expect(found == expected, "\(row.tag) \(row.code) in \(iod.name), Type \(type.rawValue)")
                counts[Requirement(type), default: 0] += 1
            }
        }
        #expect(Self.rows.isEmpty || counts.values.reduce(0, +) > 250)
    }

    @Test func `every row at a nested place of an IOD of each Type that has it`() throws {
        let deidentifier = Deidentifier(try Profile.basic().passing())
        let compiled = CompiledProfile(try .basic())
        let rows = Dictionary(grouping: Self.rows.filter { !Self.isTestedElsewhere($0) }, by: \.tag)
        var iods: [String: [String]] = [:]
        for row in Self.table("ps3.3_iod_modules_2026b.csv") {
            if let iod = row["iod"], let module = row["module"] { iods[module, default: []].append(iod) }
        }
        var classes: [String: String] = [:]
        for uid in Self.sopClasses {
            if let name = InformationObjectDefinitions.iod(forSOPClass: uid)?.name { classes[name] = uid }
        }
        var done: Set<String> = []
        var counts: [Requirement: Int] = [:]
        for attribute in Self.table("ps3.3_module_attributes_2026b.csv") where attribute["depth"] != "0" {
            guard let tag = attribute["tag"].flatMap({ Tag($0) }), let row = rows[tag]?.first,
                let parents = attribute["path_tags"]?.split(separator: "/").compactMap({ Tag($0) }),
                parents.allSatisfy({ compiled.treatment(of: $0, vr: .SQ) == .keep }),
                let module = attribute["module"],
                let uid = iods[module]?.lazy.compactMap({ classes[$0] }).first,
                let iod = InformationObjectDefinitions.iod(forSOPClass: uid),
                let type = InformationObjectDefinitions.type(of: parents + [tag], in: iod),
                done.insert("\(tag) \(Requirement(type))").inserted
            else { continue }
            var builder = Self.element(row)
            for parent in parents.reversed() { builder = DataSetBuilder().sequence(parent, [builder]) }
            let source = DataSetBuilder(DataSetBuilder.instance(uid).parts + builder.parts)
            let output = try #require(try deidentifier.output(source.file()), "\(tag) in \(uid)")
            let expected = Self.expected(row.code, Requirement(type))
            let steps = parents.map { PathPattern.Step.sequence(.standard($0), item: 1) }
            let found = try Self.result(output, steps, row)
            #expect(found == expected, "\(tag) \(row.code) in \(parents) of \(iod.name), Type \(type.rawValue)")
            counts[Requirement(type), default: 0] += 1
        }
        #expect(Self.rows.isEmpty || counts.values.reduce(0, +) > 250)
    }
}
