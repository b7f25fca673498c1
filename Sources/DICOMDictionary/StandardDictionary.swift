public import DICOMCore

/// The data elements of PS3.6, with repeating groups.
public enum StandardDictionary {
    public struct Entry: Hashable, Sendable {
        /// For a repeating group, its first tag: (6000,3000).
        public var tag: Tag
        public var keyword: String
        public var name: String
        /// The first of several where the standard gives a choice (`US or SS`): the one that all readers take.
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

    /// VR alone, the hot path of implicit VR; nil for a tag that is not in PS3.6.
    public static func vr(of tag: Tag) -> VR? { nil }
    public static func entry(for tag: Tag) -> Entry? { nil }
    public static func entry(forKeyword keyword: String) -> Entry? { nil }
    /// The keywords nearest in spelling, best first, at most `limit`: for "did you mean".
    public static func keywords(like text: String, limit: Int) -> [String] { [] }
}
