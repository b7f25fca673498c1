public import CustodyLog
internal import Glibc
internal import Host
internal import Inputs
internal import RuleLanguage
public import Registry
public import Vault

/// Hands over what is held in a matter: a bag that somebody who has never heard of Cordon can check (docs/production.md).
///
/// The log is signed first, and what it says up to then is handed over with everything that was received up to then. When all is
/// written, its digest goes on the log (`produced`), the log is signed again, and that receipt joins the bag, which gets its
/// name last.
public struct MatterExport: Sendable {
    private let registry: Registry
    private let vault: Vault
    private let log: LogFolder
    /// Told how many originals have been copied, after each.
    public var progress: @Sendable (Int) -> Void = { _ in }

    public init(registry: Registry, vault: Vault, log: LogFolder) {
        self.registry = registry
        self.vault = vault
        self.log = log
    }

    /// - Throws: `ProductionError`, `RegistryError`, `LogError`, `VaultError`. Then there is nothing at the output's place.
    public func run(_ order: ProductionOrder) throws -> ProductionReport {
        let holds = try registry.holds(matter: order.matter)
        guard !holds.isEmpty else {
            throw ProductionError(.arguments, "no hold was ever placed in this matter; `cordon hold list` shows all")
        }
        let bag = try BagFolder(at: order.output)
        var signed = SignedLog(registry: registry, folder: log, time: order.time)
        if let url = order.timeStampURL {
            guard let authorities = order.authorities else {
                throw ProductionError(.arguments, "time stamps need the authority's certificates: `--tsa-ca FILE`")
            }
            signed.stamping = (url, authorities)
        }
        let size = try signed.sign()
        let scope = MatterScope(registry: registry, holds: holds, size: size)
        var report = ProductionReport()

        let originals = try Originals(scope, vault: vault, into: bag, progress: progress)
        report.instances = originals.count
        report.bytes = originals.bytes
        report.studies = originals.studies.count
        report.absent = originals.absent.count
        report.uncertain = originals.uncertain
        try stopIfAsked()
        let needed = Set(originals.ruleSets.keys)
        report.missingRules = needed.subtracting(order.ruleSets.map(\.digest)).sorted()
        guard report.missingRules.isEmpty || order.allowsMissingRules else {
            let names = report.missingRules.compactMap { originals.ruleSets[$0] }.map {
                "`\($0.id)` revision \($0.revision)"
            }
            throw ProductionError(
                .arguments,
                "rule sets that decided were not given: \(Set(names).sorted().joined(separator: ", ")); give each with "
                    + "`--rules FILE`, or say `--without-rules`")
        }
        let used = order.ruleSets.filter {
            needed.contains($0.digest) || !$0.audiences.keys.filter(order.audiences.contains).isEmpty
        }
        let rules = try RuleBundles(used, into: bag)

        let extract = try self.extract(order, scope, originals, bag)
        report.entries = extract.entries
        report.decisions = extract.decisions
        guard let firstHold = extract.firstHold else {
            throw ProductionError(.inconsistent, "no leaf of the log tells of a hold of the matter; check the log")
        }
        let sizes = try signed.sizes(from: firstHold, to: size)
        try signed.write(sizes, in: "metadata/log", into: bag)
        report.fingerprints = try signed.writeKeys(into: bag)
        if let authorities = order.authorities {
            try bag.file("metadata/tsa.pem", authorities)
            report.fingerprints += PEM.certificates(authorities).map {
                .init(role: "time stamping authority", name: "", digest: ContentDigest(of: $0).hexadecimal)
            }
        }
        try stopIfAsked()
        let released = try ReleasedForms(originals.count == 0 ? order.withoutAudiences : order, registry, into: bag)
        report.released = released.counts.reduce(0) { $0 + $1.released }
        try stopIfAsked()

        let pages = try StudyPages(Array(originals.studies.values), registry, scope, into: bag)
        let software = SoftwareIdentity(version: order.version)
        let page = IndexPage(
            order: order, report: report, holds: holds, studies: pages.entries, rules: rules, released: released.counts,
            software: software)
        try bag.file("index.html") { try page.write(to: $0) }
        try bag.file("verify.py", PackageResources.verify_py)
        let texts = BagTexts(order: order, report: report, software: software)
        try bag.file("README.txt", texts.readMe)
        try bag.file("metadata/certification.txt", texts.certification(bag.writePayloadManifests()))
        try bag.file("metadata/production.json", texts.production)
        try bag.file("bag-info.txt", texts.bagInfo(count: bag.payloadCount, size: bag.payloadSize))
        try stopIfAsked()
        try close(bag, order, signed, size, &report)
        return report
    }

    private func extract(
        _ order: ProductionOrder, _ scope: MatterScope, _ originals: Originals, _ bag: BagFolder
    ) throws -> LogExtract {
        var linked: Set<PatientIdentity> = []
        for hold in scope.holds {
            guard case .patient(let patient) = hold.scope else { continue }
            linked.insert(patient)
            linked.formUnion(try registry.aliases(of: patient))
        }
        let subjects = LogExtract.Subjects(
            matter: order.matter, holds: Set(scope.holds.map(\.id)),
            isOurs: { digest in
                originals.absent.contains(digest) || FileSystem.status(bag.place(Originals.file(digest))) != nil
            },
            studies: Set(originals.studies.keys).subtracting([""]), patients: Set(scope.holds.compactMap(\.patient)),
            linked: linked,
            ruleSets: Set(originals.ruleSets.keys))
        var result: LogExtract?
        try bag.file("metadata/custody.csv") { table in
            try bag.file("metadata/custody.html") { page in
                let custody = try CustodyTable(table, page, title: "Custody in the matter \(order.matter)")
                result = try LogExtract(
                    registry, size: scope.size, about: subjects, tellsOpenings: !order.withholdsOpenings,
                    custody: custody, into: bag)
                try custody.finish()
            }
        }
        guard let result else { throw ProductionError(.inconsistent, "the log was not read; please report this") }
        return result
    }

    /// The receipt, and the name.
    private func close(
        _ bag: BagFolder, _ order: ProductionOrder, _ signed: SignedLog, _ size: Int, _ report: inout ProductionReport
    ) throws {
        report.tagManifest = try bag.writeTagManifest()
        let event = CustodyEvent(
            .produced, time: order.time, actor: order.person.name,
            facts: [
                CustodyEvent.Fact("matter", order.matter), CustodyEvent.Fact("tag-manifest", report.tagManifest),
                CustodyEvent.Fact("instances", String(report.instances)),
                CustodyEvent.Fact("absent", String(report.absent)),
                CustodyEvent.Fact("entries", String(report.entries)),
            ] + Set(order.audiences).sorted().map { CustodyEvent.Fact("audience", $0) },
            personal: [CustodyEvent.Fact("reason", order.reason)])
        let leaf = try registry.record(event)
        report.leaf = leaf
        let after = try signed.sign()
        let (bytes, proof) = try registry.readLog { log in
            (try log.leafBytes(at: leaf) ?? [], try log.inclusionProof(of: leaf, size: after))
        }
        try bag.file(
            "receipt/entry.jsonl",
            JSONText.line([
                "index": .number(leaf), "leaf": .string(Base64.encode(bytes)), "proof": JSONText.hashes(proof),
            ]))
        try signed.write([after], after: size, in: "receipt", into: bag)
        try bag.finish()
    }

    private func stopIfAsked() throws(ProductionError) {
        if StopSignal.number != nil {
            throw ProductionError(.output, "stopped before it was done; nothing was left of it")
        }
    }
}

extension Hold {
    fileprivate var patient: String? { if case .patient(let patient) = scope { patient.id } else { nil } }
}

extension ProductionOrder {
    fileprivate var withoutAudiences: ProductionOrder {
        var order = self
        order.audiences = []
        return order
    }
}
