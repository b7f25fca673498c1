import CustodyLog
import DICOMCore
import DICOMFile
import Foundation
import RuleEngine
import RuleLanguage
import Synchronization
import TestSupport
import Testing

@testable import Access
@testable import Deidentification
@testable import Gatekeeper
@testable import Host
@testable import Inputs
@testable import Registry

/// Testing has tags, too.
typealias Tag = DICOMCore.Tag

/// A site with an archive, a registry that has decided what is in it, and a core between them and the askers.
struct Site {
    let archive: MemoryArchive
    let registry: Registry
    let ruleSet: RuleSet
    let clerk: Person
    let folder: String

    static let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
    static let time = Instant(milliseconds: 1_795_500_000_000)

    static let rules = """
        <ruleset xmlns="urn:cordon:rules:1" id="looking" revision="3" tier="2">
          <vocabulary>
            <label id="vip" tier="2" is-a="sensitive"/><label id="violence" tier="2" is-a="sensitive"/>
            <label id="consented" tier="2" lifts="vip"/><label id="both" tier="2" is-a="sensitive"/>
          </vocabulary>
          <tier number="1">
            <rule id="any-abuse">
              <when><contains attribute="StudyDescription" value="ABUSE"/></when><tag study="sensitive"/>
            </rule>
          </tier>
          <tier number="2">
            <rule id="numbered-vip">
              <when><starts-with attribute="PatientID" value="V-2"/></when><tag patient="vip"/>
            </rule>
            <rule id="abuse">
              <when><contains attribute="StudyDescription" value="ABUSE"/></when><tag study="violence"/>
            </rule>
          </tier>
          <profile id="names-out">
            <keep anything="true"/><empty vr="PN"/><replace attribute="PatientID" value="ANON"/>
          </profile>
          <profile id="new-names">
            <keep anything="true"/><empty vr="PN"/><pseudonym attribute="PatientID"/>
            <uid attribute="StudyInstanceUID"/><uid attribute="SeriesInstanceUID"/><uid attribute="SOPInstanceUID"/>
            <remove attribute="AccessionNumber"/><empty attribute="StudyDescription"/>
          </profile>
          <audience id="ward">
            <always><release/></always><on label="violence"><flag/></on>
            <on label="vip" unless="consented"><sequester/></on>
          </audience>
          <audience id="research">
            <always><deidentify profile="names-out"/></always><on label="violence"><sequester/></on>
          </audience>
          <audience id="registry">
            <always><deidentify profile="new-names"/></always><on label="vip violence"><sequester/></on>
          </audience>
          <audience id="mixed">
            <always><release/></always><on label="vip"><deidentify profile="names-out"/></on>
            <on label="violence"><sequester/></on>
          </audience>
          <audience id="emergency"><always><release/></always></audience>
        </ruleset>
        """

    init(
        _ archive: MemoryArchive, rules: String = Site.rules, storage: any RegistryStorage = MemoryStorage()
    ) throws {
        self.archive = archive
        registry = Registry(storage: storage)
        let (ruleSet, findings) = RuleSetLoader().load(text: rules)
        self.ruleSet = try #require(ruleSet, "\(findings)")
        clerk = try #require(Person("clerk"))
        folder = archive.folder
    }

    /// Somebody of an audience: their AE title is its name in capitals.
    static func asker(_ audience: String) -> Principal { Principal(callingAETitle: audience.uppercased()) }

    func policy(
        unseen: AccessPolicy.Unseen = .withhold, deidentified: [String: AccessPolicy.DeidentifiedStudies] = [:]
    ) -> AccessPolicy {
        AccessPolicy(
            table: AudienceTable(
                rows: ruleSet.audiences.keys.map {
                    .init(audience: $0, criteria: [.callingAETitle($0.uppercased())])
                }), unseen: unseen, deidentified: deidentified, quantum: .zero)
    }

    func core(_ policy: AccessPolicy? = nil, at time: Instant = Site.time) throws -> AccessCore {
        try AccessCore(
            ruleSet: ruleSet, policy: policy ?? self.policy(), registry: registry, archive: archive,
            key: Self.key, scratch: folder, clock: { time })
    }

    /// Looks at a study as a gateway does, and records what is decided for audiences.
    ///
    /// - Parameter instances: of these only; nil for all.
    func decide(_ study: Hospital.Study, for audiences: [String], instances: Set<String>? = nil) throws {
        let reader = SiteRegistry(registry, person: clerk, time: Self.time)
        let evaluator = Evaluator(ruleSet)
        var book = StudyBook(ruleSet)
        var seen: [(file: DICOMFile, digest: String, evaluation: Evaluation)] = []
        for series in study.series {
            for instance in series.instances where instances?.contains(instance.uid) ?? true {
                let bytes = Hospital.file(study, series, instance)
                let file = try DICOMFile(bytes: bytes)
                let evaluation = evaluator.evaluate(file, known: try reader.knowledge(of: file))
                book.add(evaluation)
                seen.append((file, ContentDigest(of: bytes).hexadecimal, evaluation))
            }
        }
        let resolved = book.resolve()
        for audience in audiences {
            let gate = try Gate(
                ruleSet: ruleSet, audience: try #require(ruleSet.audiences[audience]),
                key: Self.key, time: "20260101000000")
            var records: [RecordedDecision] = []
            for (file, digest, evaluation) in seen {
                let labels = resolved.labels(study: evaluation.study, patient: evaluation.patient)
                let decision = try gate.decide(labels)
                var disposition = decision.disposition
                if case .sequester = gate.passage(of: file, under: decision) { disposition = .sequester }
                records.append(
                    RecordedDecision(
                        digest: digest, size: file.size, identity: reader.seen(file), disposition: disposition.name,
                        profile: decision.profile, key: nil,
                        explanation: JSON.object(DecisionRecord.explanation(of: decision)).text, output: nil,
                        context: .init(
                            audience: audience, ruleSet: ruleSet.id, revision: ruleSet.revision,
                            ruleSetDigest: ruleSet.digest, tier: ruleSet.tier)))
            }
            try reader.record(records)
        }
    }

    func decideAll(for audiences: [String]) throws {
        for study in archive.hospital.studies { try decide(study, for: audiences) }
    }
}

/// A registry on a disk that a test takes away.
final class ShutStorage: RegistryStorage {
    private let inner = MemoryStorage()
    private let shut = Mutex(false)

    func close() { shut.withLock { $0 = true } }

    func read<Result: Sendable>(_ body: @escaping @Sendable (any StorageReading) throws -> Result) throws -> Result {
        try inner.read(body)
    }

    func write<Result: Sendable>(_ body: @escaping @Sendable (any StorageWriting) throws -> Result) throws -> Result {
        guard !shut.withLock({ $0 }) else { throw RegistryError(.full, "the disk is full", advice: "") }
        return try inner.write(body)
    }
}

extension AccessCore {
    /// All answers.
    func answers(_ query: Query, by principal: Principal) async throws -> [Identifier] {
        var found: [Identifier] = []
        try await self.query(query, by: principal) {
            found.append($0)
            return true
        }
        return found
    }

    /// What a retrieval gives: how many were said to come, and what came.
    func retrieved(
        _ retrieval: Retrieval, by principal: Principal, to destination: Destination = .asker
    ) async throws -> (announced: Int, instances: [Delivered], failed: [String]) {
        var announced = -1
        var instances: [Delivered] = []
        var failed: [String] = []
        try await retrieve(retrieval, by: principal, to: destination) {
            announced = $0
        } each: { next in
            switch next {
            case .instance(let delivery):
                instances.append(
                    Delivered(
                        sopInstance: delivery.sopInstance, study: delivery.study, size: delivery.size,
                        patientName: delivery.file.text(.patientName), patientID: delivery.file.text(.patientID),
                        bytes: Fixtures.bytes(delivery.path) ?? []))
            case .failed(let uid): failed.append(uid)
            }
        }
        return (announced, instances, failed)
    }
}

struct Delivered: Hashable {
    var sopInstance: String
    var study: String
    var size: Int
    var patientName: String?
    var patientID: String?
    var bytes: [UInt8]
}

extension Query {
    /// Keys as text by tag.
    init(_ level: QueryLevel, _ keys: [Tag: String], limit: Int? = nil, offset: Int = 0) {
        var identifier = Identifier()
        for (tag, text) in keys { identifier.set(tag, text) }
        self.init(level: level, keys: identifier, offset: offset, limit: limit)
    }
}
