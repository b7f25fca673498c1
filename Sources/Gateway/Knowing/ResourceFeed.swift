package import HealthLevelSeven
package import Host
package import Registry

/// FHIR resources become labels of the registry: meta.security of Patient and Encounter, from a bulk file or a notification.
package struct ResourceFeed: Sendable {
    private let configuration: GatewayConfiguration.HL7
    private let registry: Registry
    private let person: Person
    private let indicators: IndicatorMap
    private let issuers: IssuerMap
    private let report: @Sendable (FeedReport) -> Void

    package init(
        _ configuration: GatewayConfiguration.HL7, registry: Registry, person: Person,
        report: @escaping @Sendable (FeedReport) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.registry = registry
        self.person = person
        indicators = IndicatorMap(configuration)
        issuers = IssuerMap(configuration)
        self.report = report
    }

    /// What came of resources.
    package struct Result: Sendable, Hashable {
        package var resources = 0
        package var others = 0
        package var repeated = 0
        package var given = 0
        package var withdrawn = 0
        package var linked = 0
        /// Patients that are the same person's as one that came, and have not come themselves: linked when they do.
        package var awaited = 0
        /// Those of the awaited that are of a server that the configuration does not name.
        package var elsewhere = 0
        /// Links by names that only another Bundle knows: nobody is linked by them.
        package var unnamed = 0
        /// Labels that a hold or a second person keeps.
        package var kept = 0
        /// Codes that the configuration does not have.
        package var unknownCodes = 0
        /// Resources that say something of nobody who could be found: the first hundred, and how many.
        package var refused: [FHIRError] = []
        package var refusedCount = 0
    }

    /// Takes in a notification of a subscription (a rest-hook's body): a resource, or a Bundle of them.
    ///
    /// - Throws: `FHIRError` when it cannot be read, or says something of nobody who can be found; the sender keeps it then.
    ///   `RegistryError` when the registry cannot have it.
    package func take(notification bytes: [UInt8], from sender: String, at time: Instant) throws -> Result {
        var resources = SecuredResources(servers: configuration.servers)
        do {
            try resources.read(bytes)
        } catch {
            report(FeedReport(feed: feed, kind: "FHIR", outcome: .refused, notes: [error.description], sender: sender))
            throw error
        }
        let result = try take(&resources, at: time, sender: sender)
        if let first = result.refused.first { throw first }
        return result
    }

    /// Takes in all that was read. What cannot be taken stands in the result, and the rest is done.
    package func take(_ resources: inout SecuredResources, at time: Instant, sender: String = "") throws -> Result {
        resources.resolve()
        var result = Result(others: resources.others)
        for resource in resources.resources {
            result.resources += 1
            do {
                try take(resource, resources, &result, time)
            } catch let error as FHIRError {
                result.refusedCount += 1
                if result.refused.count < 100 { result.refused.append(error) }
            }
        }
        var notes: [String] = []
        if result.unknownCodes > 0 { notes.append("\(result.unknownCodes) codes are not in the configuration") }
        if result.awaited > 0 {
            notes.append("\(result.awaited) links are to Patients that have not come; they are kept until they do")
        }
        if result.elsewhere > 0 {
            notes.append("\(result.elsewhere) of these Patients are of a server that `base` does not name")
        }
        if result.unnamed > 0 {
            notes.append("\(result.unnamed) links have names that only another Bundle knows; nobody is linked by them")
        }
        if result.refusedCount > 0 {
            notes.append("\(result.refusedCount) resources are about nobody who can be found")
        }
        report(
            FeedReport(
                feed: feed, kind: "FHIR", outcome: result.refusedCount > 0 ? .refused : .learned, notes: notes,
                sender: sender))
        return result
    }

    /// Apart from the feed of messages, whose labels are not this one's to withdraw.
    private var feed: String { configuration.feed + "-fhir" }

    private func take(
        _ resource: SecuredResource, _ all: SecuredResources, _ result: inout Result, _ time: Instant
    ) throws {
        let patients = issuers.identities(resource.identifiers)
        guard patients.count <= Self.most, resource.replaced.count <= Self.most else {
            throw FHIRError(resource.place, "there are more identifiers or links than one person has")
        }
        let key = resource.names.first.flatMap { Self.stored($0, resource.kind) }
        var others: [PatientIdentity] = [], seen: Set<PatientIdentity> = []
        var record = FeedNews.Record(
            names: resource.kind == .patient ? resource.names.compactMap { Self.stored($0, .patient) } : [],
            patients: patients)
        var elsewhere = 0
        for reference in resource.replaced {
            let named = issuers.identities(all.patient(reference))
            if named.isEmpty {
                if case .foreign = reference { elsewhere += 1 }
                if let name = Self.stored(reference, .patient) {
                    record.others.append(name)
                } else {
                    result.unnamed += 1
                }
            }
            others += named.filter { seen.insert($0).inserted }
            guard others.count <= Self.most * Self.most else {
                throw FHIRError(resource.place, "there are more identifiers or links than one person has")
            }
        }
        let links = PatientIdentity.pairs(joining: others, patients).map { FeedNews.Link.merge($0.0, $0.1) }
        // A resource speaks of its own: another Encounter's label is not withdrawn by it, nor that of another record of the
        // same person, which may well state the same identifier.
        var statements: [FeedNews.Statement] = []
        if !resource.codes.isEmpty || resource.isWhole {
            let indicator = Indicator(place: .security, statement: .values(resource.codes))
            let said = indicators.statements([indicator], of: patients)
            result.unknownCodes += said.warnings.count
            statements = said.0.map { statement in
                var statement = statement
                // What is left out of a shortened resource is not gone; and of one that cannot be told from another, nobody knows
                // what it said before.
                statement.isWhole = resource.isWhole && key != nil
                statement.place = "\(resource.kind.rawValue) meta.security \(key ?? Self.short(""))"
                return statement
            }
        }
        let isRecord = !record.names.isEmpty || !record.others.isEmpty
        guard !statements.isEmpty || !links.isEmpty || isRecord else { return }
        guard !patients.isEmpty else {
            result.awaited += record.others.count
            result.elsewhere += elsewhere
            // Nobody is to be protected, and nobody has been.
            if resource.codes.isEmpty { return }
            if case .foreign? = resource.subject {
                throw FHIRError(
                    resource.place,
                    "it says something of a patient of a server that `base` does not name, and no Patient of that URL is beside it"
                )
            }
            throw FHIRError(
                resource.place,
                "it says something of a patient whom neither it nor a Patient beside it names by an identifier")
        }
        let control = "\(resource.kind.rawValue)/\(resource.id ?? "")/\(resource.version ?? "")"
        let receipt = try registry.learn(
            FeedNews(
                feed: feed, control: control, digest: Self.digest(resource, statements, links, at: time),
                said: resource.lastUpdated, statements: statements, links: links, record: isRecord ? record : nil),
            by: person, at: time)
        if receipt.isRepeated { result.repeated += 1 }
        result.given += receipt.given.count
        result.withdrawn += receipt.withdrawn.count
        result.linked += receipt.linked.count
        result.awaited += receipt.awaited
        result.elsewhere += min(elsewhere, receipt.awaited)
        result.kept += receipt.kept.count + receipt.requested.count
    }

    /// Of identifiers and links; what has more is no person.
    private static let most = 100

    /// How the name of a resource of a kind stands in the registry; nil for one that says nothing outside of its Bundle.
    private static func stored(_ name: ResourceName, _ kind: SecuredResource.Kind) -> String? {
        switch name {
        case .own(let text):
            let prefix = "\(kind.rawValue)/"
            return short(text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text)
        case .foreign(let text), .universal(let text): return short(text)
        case .local: return nil
        }
    }

    private static func text(_ name: ResourceName) -> String {
        switch name {
        case .own(let text), .foreign(let text), .universal(let text), .local(let text, _): text
        }
    }

    /// How an id of a resource stands on the log, where nobody is to be named.
    private static func short(_ id: String) -> String {
        String(ContentDigest(of: id.utf8).hexadecimal.prefix(16))
    }

    /// Of what is taken from it, and what it means: the same resource in another order of members is the same. Another
    /// configuration, and a Patient beside it that was not there before, make it another. What has neither a version nor a
    /// time is never the same: it may say again what another one took back meanwhile.
    private static func digest(
        _ resource: SecuredResource, _ statements: [FeedNews.Statement], _ links: [FeedNews.Link], at time: Instant
    ) -> String {
        var parts = [
            resource.kind.rawValue, resource.id ?? "", resource.version ?? "", resource.isWhole ? "whole" : "part",
        ]
        parts.append(resource.lastUpdated?.description ?? "")
        parts += resource.identifiers.map { "\($0.system ?? "")\u{1}\($0.value)\u{1}\($0.type ?? "")" }
        parts += resource.codes.map { "\($0?.system ?? "")\u{1}\($0?.code ?? "?")" }
        parts += resource.replaced.map(text)
        for name in resource.names {
            if case .own = name { continue }
            parts.append(text(name))
        }
        func name(_ patient: PatientIdentity) -> String { "\(patient.id)\u{1}\(patient.issuer ?? "")" }
        for statement in statements {
            parts += statement.patients.map(name)
            parts += statement.labels.map { "\($0.name)\u{1}\($0.tellsOfHold)" }
        }
        for link in links {
            switch link {
            case .merge(let one, let other), .link(let one, let other), .unlink(let one, let other):
                parts += [name(one), name(other)]
            }
        }
        if resource.version == nil, resource.lastUpdated == nil { parts += [time.description, resource.place] }
        return ContentDigest(of: parts.joined(separator: "\u{2}").utf8).hexadecimal
    }
}
