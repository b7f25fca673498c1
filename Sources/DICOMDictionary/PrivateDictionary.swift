public import DICOMCore

/// Private elements that vendors have described, by creator.
public enum PrivateDictionary {
    public struct Entry: Hashable, Sendable {
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
    public static func entry(creator: String, group: UInt16, element: UInt8) -> Entry? { nil }
    public static func isKnown(creator: String) -> Bool { false }
    public static func creators(like text: String, limit: Int) -> [String] { [] }
}
