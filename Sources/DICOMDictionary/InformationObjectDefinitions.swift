import CDICOMTables
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
    public static func iod(forSOPClass uid: String) -> IOD? {
        let index = Tables.findIOD(sopClass: uid)
        guard index >= 0 else { return nil }
        return IOD(index: Int(index), name: Tables.iodText(cdicom_iod_at(index).name))
    }

    /// The strongest Type (1, 1C, 2, 2C, 3 in this order) that any module of the IOD gives the attribute at this path of
    /// tags; nil when no module has it there.
    ///
    /// Modules count alike, whether the instance must have them (M) or not (C, U). Repeating groups are found by any of
    /// their tags. Content items and functional groups are known at their places, content items at any depth.
    public static func type(of path: [Tag], in iod: IOD) -> AttributeType? {
        attribute(at: path, in: iod).flatMap { type(of: $0.type) }
    }

    /// The strongest Type that the modules with usage M give the attribute: what every instance of the IOD must fulfil.
    /// Nil when only conditional or optional modules have it.
    public static func mandatoryType(of path: [Tag], in iod: IOD) -> AttributeType? {
        attribute(at: path, in: iod).flatMap { type(of: $0.mandatory) }
    }

    private static func attribute(at path: [Tag], in iod: IOD) -> cdicom_iod_attribute? {
        guard iod.index >= 0, iod.index < Int(cdicom_iod_count) else { return nil }
        var node = cdicom_iod_at(Int32(iod.index)).root
        var found: cdicom_iod_attribute?
        for tag in path {
            let index = cdicom_find_iod_attribute(node, StandardDictionary.base(of: tag).rawValue)
            guard index >= 0 else { return nil }
            let attribute = cdicom_iod_attribute_at(index)
            node = UInt32(attribute.items)
            found = attribute
        }
        return found
    }

    /// As Scripts/generate/iods.py numbers them.
    private static func type(of code: UInt8) -> AttributeType? {
        switch code {
        case 1: .type1
        case 2: .type1C
        case 3: .type2
        case 4: .type2C
        case 5: .type3
        default: nil
        }
    }
}
