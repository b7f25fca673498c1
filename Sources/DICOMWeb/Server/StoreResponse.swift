import DICOMCore
import DICOMFile
import HTTPTypes

/// The answer to a Store request (PS3.18 I.2.2): what was stored, and what was not, and why.
struct StoreResponse {
    private let base: String
    private let study: String?
    private var outcomes: [StoreOutcome] = []

    init(base: String, study: String?) {
        self.base = base
        self.study = study
    }

    var isEmpty: Bool { outcomes.isEmpty }

    mutating func add(_ outcome: StoreOutcome) { outcomes.append(outcome) }

    /// PS3.18 Table 10.5.3-1. Nothing stored for reasons that pass is 503, so that a sender keeps its objects and comes
    /// again.
    var status: Int {
        let stored = outcomes.filter(\.isStored)
        if stored.isEmpty {
            let isTransient = outcomes.allSatisfy { outcome in
                if case .failure(let reason) = outcome.result { reason.isTransient } else { false }
            }
            return isTransient ? 503 : 409
        }
        return outcomes.allSatisfy { $0.result == .stored } ? 200 : 202
    }

    /// - Parameter status: nil for what the outcomes make of it.
    func answer(_ representation: MetadataRepresentation, status: Int? = nil) throws -> WebAnswer {
        let (type, bytes) = representation.bytes(try dataSet().file())
        var answer = WebAnswer(status ?? self.status, type: type, bytes: bytes)
        if answer.status == 503 { answer.headers[.retryAfter] = "30" }
        return answer
    }

    func dataSet() throws(MetadataError) -> WebDataSet {
        let studies = Set(outcomes.filter(\.isStored).compactMap(\.study))
        var elements: [WebDataSet.Element] = []
        // Retrieve URL of the study, when it is one.
        if let study = study ?? (studies.count == 1 ? studies.first : nil), !studies.isEmpty {
            elements.append(Self.text(.retrieveURL, .UR, "\(base)/studies/\(study)"))
        }
        let stored = outcomes.filter(\.isStored)
        let failed = outcomes.filter { !$0.isStored && $0.sopInstance != nil }
        let unknown = outcomes.filter { !$0.isStored && $0.sopInstance == nil }
        if !failed.isEmpty { elements.append(Self.sequence(.failedSOPSequence, failed.map(item))) }
        if !stored.isEmpty { elements.append(Self.sequence(.referencedSOPSequence, stored.map(item))) }
        // Those of which not even the UIDs could be read.
        if !unknown.isEmpty { elements.append(Self.sequence(.otherFailuresSequence, unknown.map(item))) }
        return try WebDataSet(elements)
    }

    private func item(_ outcome: StoreOutcome) -> [WebDataSet.Element] {
        var item: [WebDataSet.Element] = []
        if let uid = outcome.sopClass { item.append(Self.text(.referencedSOPClassUID, .UI, uid)) }
        if let uid = outcome.sopInstance { item.append(Self.text(.referencedSOPInstanceUID, .UI, uid)) }
        if outcome.isStored, let study = outcome.study, let series = outcome.series, let uid = outcome.sopInstance {
            let path = StudyResource(study: study, series: series, instance: uid).path
            item.append(Self.text(.retrieveURL, .UR, "\(base)/\(path)"))
        }
        switch outcome.result {
        case .stored: break
        case .warning(let reason): item.append(Self.number(.warningReason, reason.rawValue))
        case .failure(let reason): item.append(Self.number(.failureReason, reason.rawValue))
        }
        return item.sorted { $0.tag < $1.tag }
    }

    private static func text(_ tag: Tag, _ vr: VR, _ text: String) -> WebDataSet.Element {
        WebDataSet.Element(tag: tag, vr: vr, value: .bytes(Array(text.utf8)))
    }

    private static func number(_ tag: Tag, _ value: UInt16) -> WebDataSet.Element {
        let bytes = [UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        return WebDataSet.Element(tag: tag, vr: .US, value: .bytes(bytes))
    }

    private static func sequence(_ tag: Tag, _ items: [[WebDataSet.Element]]) -> WebDataSet.Element {
        WebDataSet.Element(tag: tag, vr: .SQ, value: .items(items))
    }
}

extension Tag {
    static let referencedSOPClassUID = Tag(0x0008, 0x1150)
    static let referencedSOPInstanceUID = Tag(0x0008, 0x1155)
    static let retrieveURL = Tag(0x0008, 0x1190)
    static let warningReason = Tag(0x0008, 0x1196)
    static let failureReason = Tag(0x0008, 0x1197)
    static let failedSOPSequence = Tag(0x0008, 0x1198)
    static let referencedSOPSequence = Tag(0x0008, 0x1199)
    static let otherFailuresSequence = Tag(0x0008, 0x119A)
}
