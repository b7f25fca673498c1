/// The options of PS3.15 Annex E that a data set declares, in the order in which the generated table numbers them.
struct DeidentificationOptions: OptionSet, Hashable, Sendable {
    let rawValue: UInt16

    static let retainSafePrivate = DeidentificationOptions(rawValue: 1 << 0)
    static let retainUIDs = DeidentificationOptions(rawValue: 1 << 1)
    static let retainDeviceIdentity = DeidentificationOptions(rawValue: 1 << 2)
    static let retainInstitutionIdentity = DeidentificationOptions(rawValue: 1 << 3)
    static let retainPatientCharacteristics = DeidentificationOptions(rawValue: 1 << 4)
    static let retainFullDates = DeidentificationOptions(rawValue: 1 << 5)
    static let retainModifiedDates = DeidentificationOptions(rawValue: 1 << 6)
    static let cleanDescriptors = DeidentificationOptions(rawValue: 1 << 7)
    static let cleanStructuredContent = DeidentificationOptions(rawValue: 1 << 8)
    static let cleanGraphics = DeidentificationOptions(rawValue: 1 << 9)
    static let basicProfile = DeidentificationOptions(rawValue: 1 << 10)
    static let cleanPixelData = DeidentificationOptions(rawValue: 1 << 11)
    static let cleanVisualFeatures = DeidentificationOptions(rawValue: 1 << 12)

    /// CID 7050.
    private static let codes: [String: DeidentificationOptions] = [
        "113100": .basicProfile, "113101": .cleanPixelData, "113102": .cleanVisualFeatures, "113103": .cleanGraphics,
        "113104": .cleanStructuredContent, "113105": .cleanDescriptors, "113106": .retainFullDates,
        "113107": .retainModifiedDates, "113108": .retainPatientCharacteristics, "113109": .retainDeviceIdentity,
        "113110": .retainUIDs, "113111": .retainSafePrivate, "113112": .retainInstitutionIdentity,
    ]

    /// The option with a code of CID 7050 in coding scheme DCM; nil for any other.
    init?(code: String) {
        guard let option = Self.codes[code] else { return nil }
        self = option
    }

    init(rawValue: UInt16) { self.rawValue = rawValue }
}
