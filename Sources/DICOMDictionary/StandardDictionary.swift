import CDICOMTables
public import DICOMCore

/// The data elements of PS3.6, with repeating groups.
public enum StandardDictionary {
    public struct Entry: Hashable, Sendable {
        /// For a repeating element, the tag under which all of its tags stand: (6000,3000).
        public var tag: Tag
        /// Empty for a private creator, a group length and the few elements that PS3.6 only reserves.
        public var keyword: String
        public var name: String
        /// What a data set in implicit VR means: OW where the standard offers it among others (PS3.5 A.1: pixels,
        /// overlays, lookup tables), else the first of several (`US or SS`).
        public var vr: VR
        /// All that the standard allows.
        public var allowedVRs: [VR]
        /// `1`, `1-n`, `2-2n`.
        public var multiplicity: String
        public var isRetired: Bool

        public init(
            tag: Tag, keyword: String, name: String, vr: VR, allowedVRs: [VR], multiplicity: String, isRetired: Bool
        ) {
            self.tag = tag
            self.keyword = keyword
            self.name = name
            self.vr = vr
            self.allowedVRs = allowedVRs
            self.multiplicity = multiplicity
            self.isRetired = isRetired
        }
    }

    /// VR alone, the hot path of implicit VR: LO for a private creator, UL for a group length, nil for a tag that is
    /// neither in PS3.6 nor one of these, and for item and delimiters, which have none.
    public static func vr(of tag: Tag) -> VR? {
        let code = cdicom_vr(tag.rawValue)
        if code != 0 { return VR(code: code) }
        if tag.isGroupLength { return .UL }
        return tag.isPrivateCreator ? .LO : nil
    }

    /// Whether the standard has a sequence there. Asked of every element of an instance, nearly all of which are none: a table of a
    /// kilobyte says so of most of them, where `vr` would go through one of sixty.
    public static func isSequence(_ tag: Tag) -> Bool {
        let bit = sequenceBit(tag)
        return maybeSequences[bit >> 6] & 1 << UInt64(bit & 63) != 0 && vr(of: tag) == .SQ
    }

    /// A bit for each tag of a sequence, by its hash; some others have the same.
    private static let maybeSequences: [UInt64] = {
        var bits = [UInt64](repeating: 0, count: 128)
        for index in 0..<cdicom_element_count {
            let row = cdicom_element_at(index)
            guard row.vr == VR.SQ.code else { continue }
            let bit = sequenceBit(Tag(rawValue: row.tag))
            bits[bit >> 6] |= 1 << UInt64(bit & 63)
        }
        return bits
    }()

    /// Fibonacci hashing, to 13 bits: tags of one group differ in few low bits.
    private static func sequenceBit(_ tag: Tag) -> Int { Int(cdicom_base(tag.rawValue) &* 0x9E37_79B9) >> 19 }

    /// The entry of a tag, of a repeating element by any of its tags; also for private creators and group lengths.
    public static func entry(for tag: Tag) -> Entry? {
        let index = cdicom_find_element(tag.rawValue)
        if index >= 0 { return entry(at: index) }
        if tag.isGroupLength { return constructed(tag, "Group Length", .UL) }
        return tag.isPrivateCreator ? constructed(tag, "Private Creator", .LO) : nil
    }

    /// The entry with this keyword, spelled as PS3.6 does.
    public static func entry(forKeyword keyword: String) -> Entry? {
        let index = Tables.findKeyword(keyword)
        return index >= 0 ? entry(at: index) : nil
    }

    /// The tag under which a repeating element stands in the tables of the standard, (6000,3000) for (6012,3000); any
    /// other tag is its own.
    public static func base(of tag: Tag) -> Tag {
        // A tag that PS3.6 names itself, (7FE0,0010), is not one of the repeating element around it, (7Fxx,0010).
        if cdicom_slot_of(tag.rawValue).tag == tag.rawValue { return tag }
        return Tag(rawValue: cdicom_base(tag.rawValue))
    }

    /// The keywords nearest in spelling, best first, at most `limit`: for "did you mean".
    public static func keywords(like text: String, limit: Int) -> [String] {
        Spelling.nearest(
            to: text, limit: limit,
            among: (0..<cdicom_keyword_count).lazy.map { rank in
                Tables.elementText(cdicom_element_at(cdicom_element_by_keyword(rank)).keyword)
            })
    }

    /// All entries in the order of their tags.
    package static var all: some Sequence<Entry> { (0..<cdicom_element_count).lazy.map { entry(at: $0) } }

    private static func entry(at index: Int32) -> Entry {
        let row = cdicom_element_at(index)
        let codes = [row.vrs.0, row.vrs.1, row.vrs.2].filter { $0 != 0 }
        return Entry(
            tag: Tag(rawValue: row.tag), keyword: Tables.elementText(row.keyword), name: Tables.elementText(row.name),
            vr: VR(code: row.vr), allowedVRs: codes.map(VR.init(code:)),
            multiplicity: Tables.elementText(row.multiplicity), isRetired: row.retired != 0)
    }

    private static func constructed(_ tag: Tag, _ name: String, _ vr: VR) -> Entry {
        Entry(
            tag: tag, keyword: "", name: name, vr: vr, allowedVRs: [vr], multiplicity: "1", isRetired: false)
    }
}
