extension InstanceSelection {
    /// As it stands in the index; nil for all.
    var key: String? {
        switch self {
        case .all: nil
        case .sopInstance(let uid): Anchor.text(.sopInstanceUID, uid)
        case .study(let uid): Anchor.text(.studyInstanceUID, uid)
        case .patientKey(let key): Anchor.text(.patientID, key)
        case .accessionKey(let key): Anchor.text(.accessionNumber, key)
        case .unreadable(let attribute): "?" + attribute.rawValue
        }
    }

    /// By what it finds instances; nil for all.
    var attribute: InstanceAttribute? {
        switch self {
        case .all: nil
        case .sopInstance: .sopInstanceUID
        case .study: .studyInstanceUID
        case .patientKey: .patientID
        case .accessionKey: .accessionNumber
        case .unreadable(let attribute): attribute
        }
    }

    /// What instances are found by.
    static let attributes: Set<InstanceAttribute> = [.sopInstanceUID, .studyInstanceUID, .patientID, .accessionNumber]
}

extension Instance {
    /// All under which it is in the index.
    var indexKeys: Set<String> {
        var selections: [InstanceSelection] = []
        selections += values(of: .sopInstanceUID).map { .sopInstance($0) }
        selections += values(of: .studyInstanceUID).map { .study($0) }
        selections += values(of: .patientID).map { .patientKey(FoldedText.key($0)) }
        selections += values(of: .accessionNumber).map { .accessionKey(FoldedText.key($0)) }
        selections += unreadable.intersection(InstanceSelection.attributes).map { .unreadable($0) }
        return Set(selections.compactMap(\.key))
    }
}
