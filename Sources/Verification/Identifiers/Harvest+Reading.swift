import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile

extension Harvest {
    /// Longer texts are descriptions; what identifies in them is found by what stands elsewhere.
    private static let longestText = 1024

    init(_ file: DICOMFile) {
        for part in [DICOMFile.Part.fileMeta, .dataSet] {
            let index = file.index(of: part)
            for (node, element) in index.nodes.enumerated() where element.kind == .element && element.valueLength > 0 {
                add(element, node, file, part)
            }
        }
        sopInstanceUID = file.text(Tag(0x0008, 0x0018)) ?? ""
        studyInstanceUID = file.text(Tag(0x0020, 0x000D)) ?? ""
        let id = TextForms.folded((file.text(Tag(0x0010, 0x0020)) ?? "").trimmingBlanks)
        let issuer = TextForms.folded((file.text(Tag(0x0010, 0x0021)) ?? "").trimmingBlanks)
        // Who has no ID is known by the study, else by the instance.
        let unknown = studyInstanceUID.isEmpty ? "instance \(sopInstanceUID)" : "study \(studyInstanceUID)"
        patient = id.isEmpty ? unknown : "\(id)\n\(issuer)"
    }

    private mutating func add(_ element: DataSetIndex.Node, _ node: Int, _ file: DICOMFile, _ part: DICOMFile.Part) {
        let vr = file.valueRepresentation(of: node, in: part)
        guard vr.isText, element.valueLength <= ValueDecoder.longest else { return }
        let values = TextValues.lenient(of: node, in: file, part)
        switch vr {
        case .PN:
            for value in values where !value.isEmpty {
                names.insert(Text(value: value, source: element.tag, options: []))
            }
        case .UI: for value in values where !StructuralUIDs.contains(element.tag) { insertUID(value) }
        case .DA, .DT:
            for value in values {
                guard let day = DayNumber.of(value) else { continue }
                if element.tag == Tag(0x0010, 0x0030) { birthDates.insert(day) } else { dates.insert(day) }
            }
        case .SH, .LO, .ST, .LT, .UT, .UC, .UR, .AE:
            guard let options = Self.options(of: element.tag, part) else { return }
            for value in values where value.utf8.count <= Self.longestText {
                texts.insert(Text(value: value, source: element.tag, options: options))
            }
        default: break
        }
    }

    private mutating func insertUID(_ value: String) {
        guard InstanceUID.isOne(value) else { return }
        uids.insert(value)
    }

    /// Of attributes whose values identify; nil for others, and for descriptions, which are words about what was done.
    private static func options(of tag: Tag, _ part: DICOMFile.Part) -> DeidentificationOptions? {
        if part == .fileMeta {
            return FileMetaIdentity.texts.contains(tag) ? [] : nil
        }
        guard let row = ConfidentialityTable.row(for: tag), !row.isDescriptor else { return nil }
        return row.options
    }
}

/// Elements of group 0002 that say where a file came from, and may say of whom.
enum FileMetaIdentity {
    static let texts: Set<Tag> = [
        Tag(0x0002, 0x0016), Tag(0x0002, 0x0017), Tag(0x0002, 0x0018), Tag(0x0002, 0x0026), Tag(0x0002, 0x0027),
        Tag(0x0002, 0x0028),
    ]
    static let all: Set<Tag> = texts.union([Tag(0x0002, 0x0100), Tag(0x0002, 0x0102)])
}

/// UIDs that say what a thing is, and never which one: they stay as they are.
enum StructuralUIDs {
    static func contains(_ tag: Tag) -> Bool { tags.contains(tag) || (tag.group == 0x0002 && tag.element != 0x0003) }

    private static let tags: Set<Tag> = [
        Tag(0x0008, 0x0016), Tag(0x0008, 0x001A), Tag(0x0008, 0x001B), Tag(0x0008, 0x0062), Tag(0x0008, 0x010C),
        Tag(0x0008, 0x010D), Tag(0x0008, 0x0117), Tag(0x0008, 0x0118), Tag(0x0008, 0x1150), Tag(0x0008, 0x115A),
        Tag(0x0008, 0x3002), Tag(0x0004, 0x1510), Tag(0x0004, 0x1512), Tag(0x0004, 0x151A), Tag(0x0400, 0x0010),
        Tag(0x0400, 0x0510),
    ]
}

/// UIDs of instances: what identifies a study as surely as a number does.
enum InstanceUID {
    static func isOne(_ text: String) -> Bool {
        text.utf8.count >= 9 && UID.isValid(text) && text.utf8.count(where: { $0 == 0x2E }) >= 1
            && RegisteredUIDs.entry(for: text) == nil && !text.hasPrefix("1.2.840.10008.")
    }
}

/// Days as numbers.
enum DayNumber {
    /// Of a DA or DT value that has a whole date; nil for one that has not, and for what stands in place of one.
    static func of(_ text: String) -> Int32? {
        let value = text.trimmingBlanks
        guard let date = (try? DICOMDate(value)) ?? (try? DICOMDateTime(value))?.date else { return nil }
        guard date.year > 1800, !(date.year == 1900 && date.month == 1 && date.day == 1) else { return nil }
        return Int32(date.dayNumber)
    }
}

extension String {
    /// Without blanks and NULs around it.
    var trimmingBlanks: String {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\0" || $0 == "\n" || $0 == "\r" || $0 == "\t" }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return ""
        }
        return String(self[first...last])
    }
}

/// Values for somebody who must not miss one: what cannot be decoded as it should is decoded as it can.
enum TextValues {
    static func lenient(of node: DataSetIndex.NodeID, in file: DICOMFile, _ part: DICOMFile.Part) -> [String] {
        if let values = try? file.values(of: node, in: part) { return values.map(\.trimmingBlanks) }
        guard let bytes = try? file.bytes(of: node, in: part) else { return [] }
        let isOne = file.valueRepresentation(of: node, in: part).isSingleText
        return lenient(bytes).split { ($0 == "\\" && !isOne) || $0 == "\0" }.map { String($0).trimmingBlanks }
            .filter { !$0.isEmpty }
    }

    /// UTF-8 when it is, else every byte a character of ISO 8859-1.
    static func lenient(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
