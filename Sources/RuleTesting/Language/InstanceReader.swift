import DICOMCore
import DICOMEncoding
import DICOMFile
import RuleLanguage

/// Builds the data sets of a case: from their short form, or from files.
final class InstanceReader {
    private let log: FindingLog
    private var templates: [String: XMLElement] = [:]

    init(log: FindingLog, templates: [XMLElement]) {
        self.log = log
        for template in templates {
            guard let id = template.attribute("id")?.trimmed else {
                log.add(.error, "missing-attribute", "a template needs `id`", at: template.place)
                continue
            }
            // It may begin with one before it, so that none begins with itself.
            _ = drafts(template, isExplicit: true)
            if templates.contains(where: { $0.attribute("id")?.trimmed == id && $0.location < template.location }) {
                log.add(.error, "duplicate-name", "there is a template `\(id)` already", at: template.place)
            }
            self.templates[id] = template
        }
    }

    func file(_ element: XMLElement) -> TestInstance? {
        guard let href = element.attribute("href"), let name = href.trimmed else { return nil }
        do {
            let file = try DICOMFile(path: FilePath.resolve(name, from: element.source.path))
            return TestInstance(file: file, isCutOff: false, location: element.location)
        } catch {
            log.add(
                .error, "unreadable-file", "`\(name)` cannot be read: \(error)", at: href.place,
                hint: "the path counts from the folder of this file")
            return nil
        }
    }

    /// - Parameter number: of the instance in its case, which its UID is made of.
    func instance(_ element: XMLElement, number: Int) -> TestInstance? {
        let syntax: TransferSyntax =
            switch stated("syntax", element) {
            case "implicit": .implicitLittleEndian
            case "big-endian": .explicitBigEndian
            default: .explicitLittleEndian
            }
        var drafts = drafts(element, isExplicit: syntax.encoding.isExplicit)
        if stated("bare", element) == nil { drafts = Self.completed(drafts, number, element.place) }
        if drafts.hasOtherLetters, !drafts.contains(.specificCharacterSet) {
            drafts.append(Self.text(.specificCharacterSet, .CS, "ISO_IR 192", element.place))
        }
        let meta = drafts.filter { $0.isFileMeta }
        let encoder = InstanceEncoder(log: log, encoding: syntax.encoding)
        guard
            let elements = encoder.elements(drafts.filter { !$0.isFileMeta }, .defaultRepertoire),
            let body = encoder.dataSet(elements, element.place),
            let head = head(meta, drafts, syntax, element)
        else { return nil }
        let start = Self.preamble(stated("preamble", element) ?? "zero")
        let isCutOff = stated("cut", element) != nil
        let bytes = start + head + body + (isCutOff ? Self.beginningOfPixels(syntax.encoding) : [])
        if isCutOff {
            guard let file = DICOMFile.beginning(bytes: bytes) else { return unreadable(element) }
            return TestInstance(file: file, isCutOff: true, location: element.location)
        }
        guard let file = try? DICOMFile(bytes: bytes) else { return unreadable(element) }
        return TestInstance(file: file, isCutOff: false, location: element.location)
    }

    private func unreadable(_ element: XMLElement) -> TestInstance? {
        log.add(
            .error, "unreadable-instance", "what is written here cannot be read as a data set", at: element.place,
            hint: "a value of group 0002 or the sequence of attributes is wrong")
        return nil
    }

    // MARK: - Elements

    /// Of the instance, or of a template that it begins with.
    private func stated(_ name: String, _ element: XMLElement) -> String? {
        var current: XMLElement? = element
        while let element = current {
            if let value = element.attribute(name)?.trimmed { return value }
            current = template(of: element)
        }
        return nil
    }

    private func template(of element: XMLElement) -> XMLElement? {
        guard let like = element.attribute("like"), let name = like.trimmed else { return nil }
        // Of templates only earlier ones are known while they are read, and only those are followed.
        if let found = templates[name], element.name != "template" || found.location < element.location {
            return found
        }
        let names = templates.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
        log.add(
            .error, "unknown-template", "there is no template `\(name)` before this", at: like.place,
            hint: names.isEmpty ? "write <template id=\"\(name)\" …/>" : "there are \(names)")
        return nil
    }

    private func drafts(_ element: XMLElement, isExplicit: Bool) -> [DraftElement] {
        let reader = DraftReader(log: log, isExplicit: isExplicit)
        let own = reader.drafts(element)
        guard let template = template(of: element) else { return own }
        let without = reader.names(element.attribute("without"))
        return drafts(template, isExplicit: isExplicit).filter { !without.contains($0.element) }.replaced(by: own)
    }

    /// Class, instance, study and series, where they are not stated: a CT image of one study.
    private static func completed(_ drafts: [DraftElement], _ number: Int, _ place: Place) -> [DraftElement] {
        let usual: [(Tag, String)] = [
            (.sopClassUID, "1.2.840.10008.5.1.4.1.1.2"), (.sopInstanceUID, "2.25.\(number)"),
            (.studyInstanceUID, "2.25.1000"), (.seriesInstanceUID, "2.25.2000"),
        ]
        return drafts + usual.filter { !drafts.contains($0.0) }.map { text($0.0, .UI, $0.1, place) }
    }

    private static func text(_ tag: Tag, _ vr: VR, _ text: String, _ place: Place) -> DraftElement {
        DraftElement(element: .standard(tag), vr: vr, value: .text([text]), place: place)
    }

    // MARK: - Preamble and file meta information

    private func head(
        _ meta: [DraftElement], _ drafts: [DraftElement], _ syntax: TransferSyntax, _ element: XMLElement
    ) -> [UInt8]? {
        var usual = [
            DraftElement(
                element: .standard(.fileMetaInformationVersion), vr: .OB, value: .bytes([0, 1]), place: element.place),
            Self.text(.transferSyntaxUID, .UI, syntax.uid, element.place),
            Self.text(.implementationClassUID, .UI, "2.25.2", element.place),
        ]
        if let uid = drafts.text(.sopClassUID)?.first {
            usual.append(Self.text(.mediaStorageSOPClassUID, .UI, uid, element.place))
        }
        if let uid = drafts.text(.sopInstanceUID)?.first {
            usual.append(Self.text(.mediaStorageSOPInstanceUID, .UI, uid, element.place))
        }
        let encoder = InstanceEncoder(log: log, encoding: .explicitLittleEndian)
        guard let elements = encoder.elements(usual.replaced(by: meta), .defaultRepertoire),
            let group = encoder.dataSet(elements, element.place)
        else { return nil }
        let length = (0..<4).map { UInt8(truncatingIfNeeded: group.count >> ($0 * 8)) }
        let first = NewElement(tag: .fileMetaInformationGroupLength, vr: .UL, value: .bytes(length))
        return encoder.dataSet([first], element.place).map { $0 + group }
    }

    /// With `DICM` behind it.
    private static func preamble(_ kind: String) -> [UInt8] {
        func padded(_ bytes: [UInt8]) -> [UInt8] {
            bytes + [UInt8](repeating: 0, count: 128 - bytes.count) + Array("DICM".utf8)
        }
        switch kind {
        case "tiff": return padded([0x49, 0x49, 0x2A, 0x00])
        case "executable": return padded([0x4D, 0x5A])
        case "other": return padded(Array("something else".utf8))
        case "none": return []
        default: return padded([])
        }
    }

    /// Pixel Data of which a few bytes of many are there.
    private static func beginningOfPixels(_ encoding: ElementEncoding) -> [UInt8] {
        let little: [UInt8] =
            encoding.isExplicit
            ? [0xE0, 0x7F, 0x10, 0x00, 0x4F, 0x42, 0, 0, 0, 0, 1, 0, 1, 2]
            : [0xE0, 0x7F, 0x10, 0x00, 0, 0, 1, 0, 1, 2]
        return encoding.isBigEndian
            ? [0x7F, 0xE0, 0x00, 0x10, 0x4F, 0x42, 0, 0, 0, 1, 0, 0, 1, 2] : little
    }
}

extension DraftElement {
    fileprivate var isFileMeta: Bool {
        if case .standard(let tag) = element { tag.group == 0x0002 } else { false }
    }
}
