import CDICOMTables
public import DICOMCore

/// Private elements that vendors or others have described, by creator.
public enum PrivateDictionary {
    public struct Entry: Hashable, Sendable {
        /// Empty when only the VR is known.
        public var name: String
        public var vr: VR
        public var multiplicity: String

        public init(name: String, vr: VR, multiplicity: String) {
            self.name = name
            self.vr = vr
            self.multiplicity = multiplicity
        }
    }

    /// The entry for `(gggg,{creator}ee)`. Creators compare without trailing spaces, with case.
    public static func entry(creator: String, group: UInt16, element: UInt8) -> Entry? {
        let owner = Tables.findCreator(trimmed(creator))
        guard owner >= 0 else { return nil }
        let index = cdicom_find_private(owner, group, element)
        guard index >= 0 else { return nil }
        let row = cdicom_private_at(index)
        return Entry(
            name: Tables.privateText(row.name), vr: VR(code: row.vr),
            multiplicity: Tables.privateText(row.multiplicity))
    }

    public static func isKnown(creator: String) -> Bool { Tables.findCreator(trimmed(creator)) >= 0 }

    /// The creators nearest in spelling, best first, at most `limit`: for "did you mean".
    public static func creators(like text: String, limit: Int) -> [String] {
        Spelling.nearest(to: trimmed(text), limit: limit, among: all)
    }

    /// All creators in the order of their bytes.
    static var all: some Sequence<String> {
        (0..<cdicom_creator_count).lazy.map { Tables.privateText(cdicom_creator_at($0).name) }
    }

    private static func trimmed(_ creator: String) -> String {
        guard creator.utf8.last == UInt8(ascii: " ") else { return creator }
        var rest = creator[...]
        while rest.last == " " { rest.removeLast() }
        return String(rest)
    }
}
