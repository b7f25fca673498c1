import DICOMCore
import DICOMFile
import RuleLanguage

/// What a de-identified data set says of itself (PS3.15 E.1.1): that it is one, how it became one, and what of time is
/// left in it.
struct InsertedElements {
    let elements: [NewElement]

    static let tags: Set<Tag> = [
        .patientIdentityRemoved, .deidentificationMethod, .deidentificationMethodCodeSequence,
        .longitudinalTemporalInformationModified,
    ]

    /// What a profile says of itself, whatever the instance.
    struct Statement: Sendable {
        fileprivate let codes: [[NewElement]]
        fileprivate let method: String
        fileprivate let temporal: String

        init(_ profile: Profile) {
            codes = profile.methodCodes.map { InsertedElements.item($0.code, $0.system, $0.meaning) }
            method = InsertedElements.method(profile)
            temporal = InsertedElements.temporal(profile)
        }
    }

    /// - Parameters: whether the pixels of this instance were cleaned of text, and of a face, whatever the profile calls
    ///   itself.
    init(_ statement: Statement, _ file: DICOMFile, hasCleanPixels: Bool = false, hasCleanFaces: Bool = false) {
        var items = Self.earlierCodes(file)
        let cleaned = [(hasCleanPixels, "113101"), (hasCleanFaces, "113102")].filter(\.0).map { _, code in
            Self.item(code, "DCM", Self.meanings[code] ?? "")
        }
        for new in statement.codes + cleaned {
            if !items.contains(where: { Self.identity($0) == Self.identity(new) }) { items.append(new) }
        }
        elements = [
            NewElement(tag: .patientIdentityRemoved, vr: .CS, text: "YES"),
            NewElement(tag: .deidentificationMethod, vr: .LO, text: statement.method),
            NewElement(tag: .deidentificationMethodCodeSequence, vr: .SQ, value: .items(items)),
            NewElement(tag: .longitudinalTemporalInformationModified, vr: .CS, text: statement.temporal),
        ]
    }

    /// Each replaces the element of that name at the top level, or comes in where there is none.
    func edits(_ file: DICOMFile) -> [Edit] {
        elements.map { element in
            file.dataSet.child(element.tag).map { .replace($0, element) } ?? .insert(into: nil, element)
        }
    }

    /// What an earlier de-identification wrote as text may be anything, and is not kept; its codes are.
    fileprivate static func method(_ profile: Profile) -> String {
        "Cordon, PS3.15 Annex E\\profile "
            + profile.id.unicodeScalars.filter(\.isASCII).prefix(56).map(String.init).joined()
    }

    /// Retain Longitudinal Temporal Information with Full Dates, with Modified Dates (CID 7050); a site's own statements
    /// that change dates say the latter.
    fileprivate static func temporal(_ profile: Profile) -> String {
        let codes = Set(profile.methodCodes.filter { $0.system == "DCM" }.map(\.code))
        if codes.contains("113107") || profile.statements.contains(where: { $0.action.changesDates }) {
            return "MODIFIED"
        }
        return codes.contains("113106") ? "UNMODIFIED" : "REMOVED"
    }

    fileprivate static func item(_ code: String, _ system: String, _ meaning: String) -> [NewElement] {
        [
            NewElement(tag: .codeValue, vr: .SH, text: code),
            NewElement(tag: .codingSchemeDesignator, vr: .SH, text: system),
            NewElement(tag: .codeMeaning, vr: .LO, text: meaning),
        ]
    }

    /// Value and scheme: two items with these are the same code.
    private static func identity(_ item: [NewElement]) -> [NewElement.Value] { item.prefix(2).map(\.value) }

    /// Codes of the standard that an earlier de-identification left, in their order. An item that is no such code tells
    /// a reader nothing that can be relied on.
    private static func earlierCodes(_ file: DICOMFile) -> [[NewElement]] {
        guard let sequence = file.dataSet.child(.deidentificationMethodCodeSequence) else { return [] }
        return file.dataSet.children(of: sequence).compactMap { item in
            func text(_ tag: Tag) -> String? {
                file.dataSet.child(tag, of: item).flatMap { try? file.values(of: $0).first }
            }
            guard text(.codingSchemeDesignator) == "DCM", let code = text(.codeValue), let meaning = meanings[code]
            else {
                return nil
            }
            return Self.item(code, "DCM", meaning)
        }
    }

    /// CID 7050 (PS3.16).
    static let meanings = [
        "113100": "Basic Application Confidentiality Profile",
        "113101": "Clean Pixel Data Option",
        "113102": "Clean Recognizable Visual Features Option",
        "113103": "Clean Graphics Option",
        "113104": "Clean Structured Content Option",
        "113105": "Clean Descriptors Option",
        "113106": "Retain Longitudinal Temporal Information Full Dates Option",
        "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
        "113108": "Retain Patient Characteristics Option",
        "113109": "Retain Device Identity Option",
        "113110": "Retain UIDs Option",
        "113111": "Retain Safe Private Option",
        "113112": "Retain Institution Identity Option",
    ]
}

extension ProfileAction {
    /// Whether it leaves dates that are not what they were.
    fileprivate var changesDates: Bool {
        switch self {
        case .shiftDate, .truncateDate: true
        case .encrypt(let then): then.changesDates
        case .lookup(_, let otherwise): otherwise.changesDates
        case .byType(let type1, let type2, let type3): [type1, type2, type3].contains(where: \.changesDates)
        case .keep, .remove, .empty, .replace, .dummy, .clean, .uid, .pseudonym, .capAge, .hash: false
        }
    }
}
