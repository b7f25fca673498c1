public import DICOMCore
import DICOMEncoding
public import DICOMFile

/// A data set that came as JSON or XML, ready to be written: values in bytes, text in UTF-8; bulk data by reference.
public struct WebDataSet: Hashable, Sendable {
    public indirect enum Value: Hashable, Sendable {
        /// In little endian order, not padded.
        case bytes([UInt8])
        case items([[Element]])
        /// What is somewhere else, by the URI that names it.
        case bulkData(String)
    }

    public struct Element: Hashable, Sendable {
        public var tag: Tag
        public var vr: VR
        public var value: Value

        public init(tag: Tag, vr: VR, value: Value) {
            self.tag = tag
            self.vr = vr
            self.value = value
        }
    }

    /// In order of their tags, each there once.
    public var elements: [Element]

    /// Puts elements in order, and says in (0008,0005) that text is UTF-8, wherever it stood or there is text that needs
    /// it. JSON and XML keep the value that the original had, though their own text is Unicode (CP-2518).
    init(_ elements: [Element]) throws(MetadataError) {
        var sorted = try Self.sorted(elements)
        let isNeeded = sorted.contains { $0.tag == .specificCharacterSet } || !Self.isPlain(sorted)
        sorted = Self.withoutCharacterSets(sorted)
        if isNeeded {
            let set = Element(tag: .specificCharacterSet, vr: .CS, value: .bytes(Array("ISO_IR 192".utf8)))
            sorted.insert(set, at: sorted.firstIndex { $0.tag > .specificCharacterSet } ?? sorted.count)
        }
        self.elements = sorted
    }

    private static func sorted(_ elements: [Element]) throws(MetadataError) -> [Element] {
        let sorted = elements.sorted { $0.tag < $1.tag }
        for (first, second) in zip(sorted, sorted.dropFirst()) where first.tag == second.tag {
            throw MetadataError(at: 0, expected: "\(first.tag) once in a data set")
        }
        return sorted
    }

    private static func isPlain(_ elements: [Element]) -> Bool {
        elements.allSatisfy { element in
            switch element.value {
            case .bytes(let bytes): !element.vr.usesSpecificCharacterSet || bytes.allSatisfy { $0 < 0x80 }
            case .items(let items): items.allSatisfy(isPlain)
            case .bulkData: true
            }
        }
    }

    private static func withoutCharacterSets(_ elements: [Element]) -> [Element] {
        elements.compactMap { element in
            guard element.tag != .specificCharacterSet else { return nil }
            guard case .items(let items) = element.value else { return element }
            return Element(tag: element.tag, vr: element.vr, value: .items(items.map(withoutCharacterSets)))
        }
    }

    /// The text of an element at the top level, as far as it is ASCII: for UIDs.
    public func text(_ tag: Tag) -> String? {
        guard case .bytes(let bytes)? = elements.first(where: { $0.tag == tag })?.value else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The data set as a file in memory, explicit little endian, without what is bulk data elsewhere.
    public func file() throws(MetadataError) -> DICOMFile {
        let meta = elements.filter { $0.tag.group == 2 }
        let rest = elements.filter { $0.tag.group > 2 }
        do {
            let body = try NewElement.dataSet(Self.inMemory(rest), as: .explicitLittleEndian)
            let header = try Self.header(meta, TransferSyntax.explicitLittleEndian.uid)
            return try DICOMFile(bytes: header + body)
        } catch {
            throw MetadataError(at: 0, expected: "values that fit into their elements")
        }
    }

    private static func inMemory(_ elements: [Element]) -> [NewElement] {
        elements.compactMap { element in
            switch element.value {
            case .bytes(let bytes): NewElement(tag: element.tag, vr: element.vr, value: .bytes(bytes))
            case .items(let items):
                NewElement(tag: element.tag, vr: element.vr, value: .items(items.map(inMemory)))
            case .bulkData: nil
            }
        }
    }

    /// Preamble and file meta information (PS3.10 7.1) in a transfer syntax, with the elements of group 0002 given.
    static func header(_ given: [Element], _ syntax: String) throws -> [UInt8] {
        let own: Set<Tag> = [.fileMetaInformationGroupLength, .fileMetaInformationVersion, .transferSyntaxUID]
        var group = inMemory(given).filter { !own.contains($0.tag) }
        group.append(NewElement(tag: .fileMetaInformationVersion, vr: .OB, value: .bytes([0, 1])))
        group.append(NewElement(tag: .transferSyntaxUID, vr: .UI, text: syntax))
        let bytes = try NewElement.dataSet(group, as: .explicitLittleEndian)
        let length = (0..<4).map { UInt8(truncatingIfNeeded: bytes.count >> ($0 * 8)) }
        let first = try NewElement.dataSet(
            [NewElement(tag: .fileMetaInformationGroupLength, vr: .UL, value: .bytes(length))],
            as: .explicitLittleEndian)
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + first + bytes
    }
}
