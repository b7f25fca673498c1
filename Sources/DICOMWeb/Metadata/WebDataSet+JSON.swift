import DICOMCore
import DICOMDictionary
import DICOMEncoding
import Host

extension WebDataSet {
    /// Reads one data set of the DICOM JSON Model (PS3.18 F.2).
    ///
    /// Lenient where the meaning is beyond doubt: a missing `vr` is that of the dictionary; numbers may be strings and the
    /// other way round, as F.2.3 allows for some and many write for others; null and nothing are no value.
    public init(json bytes: [UInt8]) throws(MetadataError) {
        try self.init(try JSONParser.parse(bytes))
    }

    init(_ object: JSONText) throws(MetadataError) { try self.init(try Self.elements(object)) }

    private static func elements(_ object: JSONText) throws(MetadataError) -> [Element] {
        guard case .object(let members) = object else { throw MetadataError(at: 0, expected: "a data set") }
        return try members.map { member throws(MetadataError) in
            guard let tag = tag(member.name) else {
                throw MetadataError(at: 0, expected: "tags of eight hexadecimal digits, or keywords")
            }
            return try element(tag, member.value)
        }
    }

    private static func tag(_ name: String) -> Tag? {
        name.utf8.count == 8 ? Tag(name) ?? keyword(name) : keyword(name)
    }

    private static func keyword(_ name: String) -> Tag? {
        name.isEmpty ? nil : StandardDictionary.entry(forKeyword: name)?.tag
    }

    private static func element(_ tag: Tag, _ attribute: JSONText) throws(MetadataError) -> Element {
        func malformed(_ what: String) -> MetadataError { MetadataError(at: 0, expected: "\(what) in \(tag)") }
        guard case .object = attribute else { throw malformed("an object with `vr`") }
        var vr = StandardDictionary.vr(of: tag) ?? .UN
        if case .string(let text)? = attribute["vr"] {
            guard let stated = VR(text) else { throw malformed("a VR of PS3.5") }
            vr = stated
        }
        if case .string(let uri)? = attribute["BulkDataURI"] {
            guard vr != .SQ else { throw malformed("items, not bulk data,") }
            return Element(tag: tag, vr: vr, value: .bulkData(uri))
        }
        if case .string(let text)? = attribute["InlineBinary"] {
            guard vr != .SQ, let bytes = Base64.decode(text.utf8) else { throw malformed("base64 (RFC 4648 4)") }
            return Element(tag: tag, vr: vr, value: .bytes(bytes))
        }
        var values: [JSONText] = []
        switch attribute["Value"] {
        case nil, .null?: break
        case .array(let given)?: values = given
        default: throw malformed("an array `Value`")
        }
        if vr == .SQ {
            return Element(
                tag: tag, vr: vr,
                value: .items(
                    try values.map { item throws(MetadataError) in item == .null ? [] : try elements(item) }.map {
                        items throws(MetadataError) in try Self.ordered(items)
                    }))
        }
        guard !values.isEmpty else { return Element(tag: tag, vr: vr, value: .bytes([])) }
        guard ValueDecoder.hasText(vr) else { throw malformed("InlineBinary or BulkDataURI for \(vr)") }
        do {
            let texts = try values.map { value throws(MetadataError) in try text(value, vr) }
            return Element(tag: tag, vr: vr, value: .bytes(try ValueWriter.bytes(texts, vr: vr)))
        } catch {
            throw malformed(error.expected)
        }
    }

    private static func ordered(_ elements: [Element]) throws(MetadataError) -> [Element] {
        let sorted = elements.sorted { $0.tag < $1.tag }
        for (first, second) in zip(sorted, sorted.dropFirst()) where first.tag == second.tag {
            throw MetadataError(at: 0, expected: "\(first.tag) once in an item")
        }
        return sorted
    }

    private static func text(_ value: JSONText, _ vr: VR) throws(MetadataError) -> String {
        switch value {
        case .null: return ""
        case .number(let digits): return vr.isText ? digits : wholeNumber(digits, vr)
        case .string(let text):
            switch text {
            case "NaN" where vr == .FL || vr == .FD: return "nan"
            case "Infinity" where vr == .FL || vr == .FD: return "inf"
            case "-Infinity" where vr == .FL || vr == .FD: return "-inf"
            default: return text
            }
        case .object where vr == .PN:
            // PS3.18 F.2.2: the groups; those at the end that are not there are not written.
            var groups: [String] = ["Alphabetic", "Ideographic", "Phonetic"].map { name in
                if case .string(let group)? = value[name] { group } else { "" }
            }
            while groups.last == "" { groups.removeLast() }
            return groups.joined(separator: "=")
        default: throw MetadataError(at: 0, expected: "a value of \(vr)")
        }
    }

    /// Some write `1.0` for an integer.
    private static func wholeNumber(_ digits: String, _ vr: VR) -> String {
        guard vr != .FL, vr != .FD, digits.contains(where: { ".eE".contains($0) }), let value = Double(digits),
            let whole = Int64(exactly: value)
        else { return digits }
        return String(whole)
    }
}
