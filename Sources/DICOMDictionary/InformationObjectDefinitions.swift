public import DICOMCore

/// Which attributes an IOD has, and of which Type (PS3.3, PS3.4).
public enum InformationObjectDefinitions {
    /// PS3.5 7.4.
    public enum AttributeType: String, Hashable, Sendable {
        case type1 = "1", type1C = "1C", type2 = "2", type2C = "2C", type3 = "3"
    }

    /// An IOD by its place in the tables.
    public struct IOD: Hashable, Sendable {
        public let index: Int
        /// `ct-image`.
        public let name: String
    }

    /// The IOD of a storage SOP class; nil for private and unknown classes.
    public static func iod(forSOPClass uid: String) -> IOD? { nil }

    /// The strongest Type (1, 1C, 2, 2C, 3 in this order) that any module of the IOD gives the attribute at this path of
    /// tags; nil when no module has it there.
    public static func type(of path: [Tag], in iod: IOD) -> AttributeType? { nil }
}
