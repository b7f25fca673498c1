import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile
import RuleLanguage

extension Example {
    /// Why an example cannot be written.
    public struct EncodingError: Error, Hashable, Sendable {
        /// One line, without values.
        public var reason: String
    }

    /// The example as a file of PS3.10, explicit little endian. What an object needs to be one is added, unless the example
    /// speaks of it.
    public func bytes() throws(EncodingError) -> [UInt8] {
        let untouched = Set(absent)
        var data: [Tag: NewElement] = [:]
        var meta: [Tag: NewElement] = [:]
        let isASCII = elements.allSatisfy(\.isASCII)
        for element in elements {
            for new in try Self.encoded(element) {
                if new.tag.group == 0x0002 { meta[new.tag] = new } else { data[new.tag] = new }
            }
        }
        func fill(_ tag: Tag, _ vr: VR, _ text: String) {
            if data[tag] == nil, !untouched.contains(tag) { data[tag] = NewElement(tag: tag, vr: vr, text: text) }
        }
        if !isASCII { fill(.specificCharacterSet, .CS, "ISO_IR 192") }
        fill(.sopClassUID, .UI, Self.secondaryCapture)
        fill(.sopInstanceUID, .UI, "2.25.1")
        fill(.studyInstanceUID, .UI, "2.25.2")
        fill(.seriesInstanceUID, .UI, "2.25.3")
        let defaults: [NewElement] = [
            NewElement(tag: .fileMetaInformationVersion, vr: .OB, value: .bytes([0, 1])),
            NewElement(tag: .mediaStorageSOPClassUID, vr: .UI, text: Self.secondaryCapture),
            NewElement(tag: .mediaStorageSOPInstanceUID, vr: .UI, text: "2.25.1"),
            NewElement(tag: .transferSyntaxUID, vr: .UI, text: TransferSyntax.explicitLittleEndian.uid),
            NewElement(tag: .implementationClassUID, vr: .UI, text: "2.25.4"),
        ]
        for element in defaults where meta[element.tag] == nil && !untouched.contains(element.tag) {
            meta[element.tag] = element
        }
        do {
            let body = try NewElement.dataSet(data.values.sorted { $0.tag < $1.tag }, as: .explicitLittleEndian)
            if preamble == .none { return body }
            let head = try NewElement.dataSet(meta.values.sorted { $0.tag < $1.tag }, as: .explicitLittleEndian)
            let length = NewElement(
                tag: .fileMetaInformationGroupLength, vr: .UL,
                value: .bytes((0..<4).map { UInt8(truncatingIfNeeded: head.count >> ($0 * 8)) }))
            return preambleBytes + Array("DICM".utf8) + (try NewElement.dataSet([length], as: .explicitLittleEndian))
                + head + body
        } catch {
            throw EncodingError(reason: "a value of the example cannot be encoded: \(error)")
        }
    }

    private static let secondaryCapture = "1.2.840.10008.5.1.4.1.1.7"

    private var preambleBytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 128)
        switch preamble {
        case .tiff: bytes.replaceSubrange(0..<4, with: [0x49, 0x49, 0x2A, 0x00])
        case .executable: bytes.replaceSubrange(0..<2, with: [0x4D, 0x5A])
        case .other: bytes.replaceSubrange(0..<4, with: Array("test".utf8))
        case .zero, .none: break
        }
        return bytes
    }

    // MARK: - Elements

    /// The element; of a private one its creator, too.
    private static func encoded(_ element: Element) throws(EncodingError) -> [NewElement] {
        switch element.element {
        case .standard(let tag): return [try encoded(element, at: tag)]
        case .repeating(let group, let number): return [try encoded(element, at: Tag(group, number))]
        case .privateElement(let group, let creator, let number):
            return [
                NewElement(tag: Tag(group, 0x0010), vr: .LO, value: .bytes(Array(creator.utf8))),
                try encoded(element, at: Tag(group, 0x1000 | UInt16(number))),
            ]
        }
    }

    private static func encoded(_ element: Element, at tag: Tag) throws(EncodingError) -> NewElement {
        switch element.content {
        case .empty:
            if element.vr == .SQ { return NewElement(tag: tag, vr: .SQ, value: .items([])) }
            return NewElement(tag: tag, vr: element.vr, value: .bytes([]))
        case .unreadable:
            return NewElement(tag: tag, vr: .OB, value: .bytes([0xFF, 0x00, 0xFF, 0x80]))
        case .values(let values):
            return NewElement(tag: tag, vr: element.vr, value: .bytes(try bytes(values.map(\.text), element.vr)))
        case .items(let items):
            var encodedItems: [[NewElement]] = []
            for item in items {
                var found: [Tag: NewElement] = [:]
                for element in item { for new in try encoded(element) { found[new.tag] = new } }
                encodedItems.append(found.values.sorted { $0.tag < $1.tag })
            }
            return NewElement(tag: tag, vr: .SQ, value: .items(encodedItems))
        }
    }

    private static func bytes(_ texts: [String], _ vr: VR) throws(EncodingError) -> [UInt8] {
        guard !vr.isText else { return Array(texts.joined(separator: "\\").utf8) }
        var result: [UInt8] = []
        for text in texts {
            guard let bits = bits(text, vr) else {
                throw EncodingError(reason: "a number of the example is none of VR \(vr)")
            }
            result += (0..<vr.unitSize).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) }
        }
        return result
    }

    private static func bits(_ text: String, _ vr: VR) -> UInt64? {
        switch vr {
        case .US: UInt16(text).map(UInt64.init)
        case .UL: UInt32(text).map(UInt64.init)
        case .UV: UInt64(text)
        case .SS: Int16(text).map { UInt64(UInt16(bitPattern: $0)) }
        case .SL: Int32(text).map { UInt64(UInt32(bitPattern: $0)) }
        case .SV: Int64(text).map { UInt64(bitPattern: $0) }
        case .FL: Float(text).map { UInt64($0.bitPattern) }
        case .FD: Double(text)?.bitPattern
        default: nil
        }
    }
}

extension Example.Element {
    fileprivate var isASCII: Bool {
        switch content {
        case .values(let values): values.allSatisfy { $0.text.utf8.allSatisfy { $0 < 0x80 } }
        case .items(let items): items.joined().allSatisfy(\.isASCII)
        case .empty, .unreadable: true
        }
    }
}
