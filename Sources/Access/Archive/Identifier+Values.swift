public import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile

extension Identifier {
    /// The values of an attribute as text, without padding; none where it is absent, empty, a sequence, or cannot be read.
    public func values(_ tag: Tag) -> [String] {
        guard let element = self[tag], case .bytes(let bytes) = element.value, ValueDecoder.hasText(element.vr) else {
            return []
        }
        guard
            let set = try? characterSet,
            let values = try? ValueDecoder.values(bytes, vr: element.vr, isBigEndian: false, characterSet: set)
        else { return [] }
        return values
    }

    /// The only value; nil where there is none, or more than one.
    public func text(_ tag: Tag) -> String? {
        let values = values(tag)
        guard values.count == 1, let value = values.first, !value.isEmpty else { return nil }
        return value
    }

    /// Whether there is an element with a value; padding alone is none.
    public func hasValue(_ tag: Tag) -> Bool {
        switch self[tag]?.value {
        case .bytes(let bytes)?: bytes.contains { $0 != 0x20 && $0 != 0 }
        // An item that has no value in it asks for the sequence, and matches everything (PS3.4 C.2.2.2.6).
        case .items(let items)?:
            items.contains { item in Identifier(item).elements.contains { Identifier(item).hasValue($0.tag) } }
        case .original?, .samples?, .spilled?, .fragments?: true
        case nil: false
        }
    }

    /// About how many bytes it has.
    var size: Int {
        var sum = 0
        for element in elements {
            sum += 16
            switch element.value {
            case .bytes(let bytes): sum += bytes.count
            case .items(let items): for item in items { sum += Identifier(item).size }
            case .original, .samples, .spilled, .fragments: break
            }
        }
        return sum
    }

    /// Sets text in the default repertoire with the VR of the dictionary: UIDs, codes, numbers.
    public mutating func set(_ tag: Tag, _ text: String) {
        self[tag] = NewElement(tag: tag, vr: StandardDictionary.vr(of: tag) ?? .UN, text: text)
    }

    /// Asks for an attribute, unless it is asked for or matched already.
    public mutating func ask(for tag: Tag) {
        if self[tag] == nil { set(tag, "") }
    }

    /// The same with an element set.
    public func setting(_ tag: Tag, _ text: String) -> Identifier {
        var other = self
        other.set(tag, text)
        return other
    }

    private var characterSet: SpecificCharacterSet {
        get throws {
            guard case .bytes(var bytes)? = self[.specificCharacterSet]?.value else { return .defaultRepertoire }
            while bytes.last == 0 { bytes.removeLast() }
            return bytes.isEmpty ? .defaultRepertoire : try SpecificCharacterSet(bytes: bytes)
        }
    }
}

extension Tag {
    static let queryRetrieveLevel = Tag(0x0008, 0x0052)
    static let retrieveAETitle = Tag(0x0008, 0x0054)
    static let instanceAvailability = Tag(0x0008, 0x0056)
    static let modalitiesInStudy = Tag(0x0008, 0x0061)
    static let sopClassesInStudy = Tag(0x0008, 0x0062)
    static let retrieveURL = Tag(0x0008, 0x1190)
    static let timezoneOffset = Tag(0x0008, 0x0201)
    static let patientRelatedStudies = Tag(0x0020, 0x1200)
    static let patientRelatedSeries = Tag(0x0020, 0x1202)
    static let patientRelatedInstances = Tag(0x0020, 0x1204)
    static let studyRelatedSeries = Tag(0x0020, 0x1206)
    static let studyRelatedInstances = Tag(0x0020, 0x1208)
    static let seriesRelatedInstances = Tag(0x0020, 0x1209)
}
