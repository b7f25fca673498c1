import Inputs

/// How an item's release ended.
enum ItemEnd: Hashable, Sendable {
    case studies(ItemStudies)
    case failed(ItemError)

    /// A line that names no patient: studies are counted.
    func json(_ inputDigest: String, _ id: String?) -> JSON {
        let id = id.flatMap { $0.isEmpty ? nil : JSON.string($0) }
        switch self {
        case .failed(let error):
            return .object([
                "type": .string("release"), "id": id, "inputDigest": .string(inputDigest), "status": .string("failed"),
                "error": .string(error.message), "retry": .bool(error.mayPass),
            ])
        case .studies(let studies):
            return .object([
                "type": .string("release"), "id": id, "inputDigest": .string(inputDigest),
                "status": .string(studies.status), "published": .number(studies.published),
                "present": .number(studies.present), "withheld": .number(studies.withheld),
                "sequestered": .number(studies.sequestered),
                "why": studies.reasons.isEmpty ? nil : .strings(studies.reasons.sorted()),
            ])
        }
    }
}

/// What became of the studies of an item.
struct ItemStudies: Hashable, Sendable {
    var published = 0
    var present = 0
    var withheld = 0
    /// Instances.
    var sequestered = 0
    private(set) var reasons: Set<String> = []

    mutating func withhold(_ why: [String]) {
        withheld += 1
        reasons.formUnion(why)
    }

    var status: String {
        if withheld > 0 { return "withheld" }
        if published > 0 { return "published" }
        return present > 0 ? "present" : "nothing"
    }
}
