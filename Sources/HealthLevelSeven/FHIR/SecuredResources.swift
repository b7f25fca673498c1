/// The Patients and Encounters of a Bundle, of a notification, of a single resource, or of a bulk file.
public struct SecuredResources: Sendable {
    public private(set) var resources: [SecuredResource] = []
    /// How many resources of other types there were.
    public private(set) var others = 0
    /// Patients by how others refer to them.
    private var identifiers: [String: [SecuredResource.Identifier]] = [:]

    public init() {}

    /// Reads one resource in JSON: a Patient, an Encounter, or a Bundle of such; of a Bundle that notifies of a subscription
    /// (R4 backport: type `history` or `subscription-notification`), what is to be told is in its entries too.
    public mutating func read(_ bytes: [UInt8], at place: String = "") throws(FHIRError) {
        try read(FHIRValue(parsing: bytes, at: place), fullURL: nil)
    }

    /// Of a Bundle in a Bundle what is in it, too. How deep they lie in one another is limited where the text is read.
    private mutating func read(_ value: FHIRValue, fullURL: String?) throws(FHIRError) {
        guard let type = value["resourceType"].text else {
            throw FHIRError(value.place, "no resource: it has no resourceType")
        }
        guard type == "Bundle" else { return try add(value, fullURL: fullURL) }
        let entries = value["entry"]
        guard !entries.isPresent || entries.isArray else { throw FHIRError(entries.place, "an array is expected") }
        for entry in entries.elements {
            let resource = entry["resource"]
            // What was deleted has no resource.
            guard resource.isPresent else { continue }
            try read(resource, fullURL: entry["fullUrl"].text)
        }
    }

    private mutating func add(_ value: FHIRValue, fullURL: String?) throws(FHIRError) {
        guard let resource = try SecuredResource(value) else {
            others += 1
            return
        }
        resources.append(resource)
        guard resource.kind == .patient, !resource.identifiers.isEmpty else { return }
        for name in [resource.id.map { "Patient/\($0)" }, fullURL].compactMap({ $0 }) {
            // Of several with one name each may be meant.
            let known = identifiers[name] ?? []
            identifiers[name] = known + resource.identifiers.filter { !known.contains($0) }
        }
    }

    /// Gives Encounters the identifiers of the Patients that they refer to, as far as those have been read; and has resources
    /// with one id that say different things take nothing away, where it cannot be told which was said last.
    public mutating func resolve() {
        var places: [String: [Int]] = [:]
        for index in resources.indices {
            guard let id = resources[index].id else { continue }
            places["\(resources[index].kind.rawValue)/\(id)", default: []].append(index)
        }
        for twins in places.values where twins.count > 1 {
            let times = Set(twins.compactMap { resources[$0].lastUpdated })
            guard times.count < twins.count, Set(twins.map { resources[$0].codes }).count > 1 else { continue }
            for index in twins { resources[index].isWhole = false }
        }
        for index in resources.indices where resources[index].identifiers.isEmpty {
            guard let subject = resources[index].subject else { continue }
            resources[index].identifiers = patient(subject)
        }
    }

    /// What a reference calls a Patient: its id, whatever server and version it names; the reference itself where it is none of a
    /// Patient, as a `urn:uuid:`.
    public static func name(of reference: String) -> String {
        let parts = reference.split(separator: "/")
        guard let place = parts.lastIndex(of: "Patient"), place + 1 < parts.count else { return reference }
        return String(parts[place + 1])
    }

    /// The identifiers of whom a reference means: `Patient/12`, `https://server/fhir/Patient/12/_history/3`, a `urn:uuid:`.
    public func patient(_ reference: String) -> [SecuredResource.Identifier] {
        if let found = identifiers[reference] { return found }
        return identifiers["Patient/\(Self.name(of: reference))"] ?? []
    }
}
