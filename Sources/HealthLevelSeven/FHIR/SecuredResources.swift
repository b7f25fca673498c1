/// The Patients and Encounters of a Bundle, of a notification, of a single resource, or of a bulk file.
public struct SecuredResources: Sendable {
    public private(set) var resources: [SecuredResource] = []
    /// How many resources of other types there were.
    public private(set) var others = 0
    /// Patients by how others refer to them.
    private var identifiers: [ResourceName: [SecuredResource.Identifier]] = [:]
    private let servers: Set<String>
    /// How many texts and Bundles were read.
    private var bundles = 0

    /// - Parameter servers: base URLs of the one server that the resources are of, by which references name it. What names
    ///   another, or any where none is given, means only what came with that very URL.
    public init(servers: [String] = []) { self.servers = Set(servers.map(ResourceContext.canonical)) }

    /// Reads one resource in JSON: a Patient, an Encounter, or a Bundle of such; of a Bundle that notifies of a subscription
    /// (R4 backport: type `history` or `subscription-notification`), what is to be told is in its entries too.
    public mutating func read(_ bytes: [UInt8], at place: String = "") throws(FHIRError) {
        bundles += 1
        try read(
            FHIRValue(parsing: bytes, at: place),
            in: ResourceContext(servers: servers, bundle: bundles, fullURL: nil))
    }

    /// Of a Bundle in a Bundle what is in it, too. How deep they lie in one another is limited where the text is read.
    private mutating func read(_ value: FHIRValue, in context: ResourceContext) throws(FHIRError) {
        guard let type = value["resourceType"].text else {
            throw FHIRError(value.place, "no resource: it has no resourceType")
        }
        guard type == "Bundle" else { return try add(value, in: context) }
        let entries = value["entry"]
        guard !entries.isPresent || entries.isArray else { throw FHIRError(entries.place, "an array is expected") }
        bundles += 1
        let bundle = bundles
        for entry in entries.elements {
            let resource = entry["resource"]
            // What was deleted has no resource.
            guard resource.isPresent else { continue }
            try read(
                resource, in: ResourceContext(servers: servers, bundle: bundle, fullURL: entry["fullUrl"].text))
        }
    }

    private mutating func add(_ value: FHIRValue, in context: ResourceContext) throws(FHIRError) {
        guard let resource = try SecuredResource(value, in: context) else {
            others += 1
            return
        }
        resources.append(resource)
        guard resource.kind == .patient, !resource.identifiers.isEmpty else { return }
        for name in resource.names {
            // Of several with one name each may be meant.
            let known = identifiers[name] ?? []
            identifiers[name] = known + resource.identifiers.filter { !known.contains($0) }
        }
    }

    /// Gives Encounters the identifiers of the Patients that they refer to, as far as those have been read; and has resources
    /// with one id that say different things take nothing away, where it cannot be told which was said last.
    public mutating func resolve() {
        var places: [ResourceName: [Int]] = [:]
        for index in resources.indices {
            guard let name = resources[index].names.first else { continue }
            places[name, default: []].append(index)
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

    /// The identifiers of whom a reference means, as far as a Patient with that name has been read.
    public func patient(_ name: ResourceName) -> [SecuredResource.Identifier] { identifiers[name] ?? [] }
}
