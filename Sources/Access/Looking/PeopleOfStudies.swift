import DICOMCore
import DICOMFile
import Deidentification
import Gatekeeper
import Registry
import RuleEngine
import RuleLanguage
import Synchronization

/// What is known of the people of studies that were retrieved last: whoever fetches a study instance by instance asks for the same
/// each time, and it is read out of every original. It is good for as long as the registry and the archive say the same.
///
/// Of one study one at a time gathers, so that many who fetch it at once read it once, and no more than a few of all read originals at
/// the same time (P9). Whose study is known already waits for none of them.
final class PeopleOfStudies: Sendable {
    struct Key: Hashable {
        var audience: String
        var study: String
        /// Whether what the originals say is part of it.
        var isOfOriginals: Bool
    }

    /// What it was gathered from: digests of instances, and the archive's word.
    struct Basis: Hashable {
        var digests: Set<String>
        var people: [Identifier]
    }

    private struct Entry {
        var key: Key
        var basis: Basis
        var people: [String: PatientIdentifiers]
    }

    /// Whoever gathers for a study has its turn.
    private final class Turn: Sendable {
        let lock = Mutex(())
    }

    private let entries = Mutex<[Entry]>([])
    private let turns: [Turn] = (0..<8).map { _ in Turn() }
    private static let most = 16

    func people(
        _ key: Key, _ basis: Basis, gather: () throws -> [String: PatientIdentifiers]
    ) throws -> [String: PatientIdentifiers] {
        if let known = known(key, basis) { return known }
        // Remainders of hashes are not negative where the hash is taken as a bit pattern.
        let number = Int(UInt(bitPattern: key.hashValue) % UInt(turns.count))
        return try turns[number].lock.withLock { _ in
            if let known = known(key, basis) { return known }
            let people = try gather()
            entries.withLock { entries in
                entries.removeAll { $0.key == key }
                if entries.count >= Self.most { entries.removeFirst() }
                entries.append(Entry(key: key, basis: basis, people: people))
            }
            return people
        }
    }

    private func known(_ key: Key, _ basis: Basis) -> [String: PatientIdentifiers]? {
        entries.withLock { entries in entries.first { $0.key == key && $0.basis == basis }?.people }
    }
}

extension Session {
    /// What was made ready to be looked for last.
    struct ReadyPeople {
        var audience: String
        var profile: String?
        var people: [String: PatientIdentifiers]
        var prepared: PreparedIdentifiers?
    }

    /// What a copy is cleaned of, as an export of the same study is: names, numbers, dates and places that any of its instances and
    /// the other studies of its patients say, and what the file says itself. Nil where the profile cleans no text.
    ///
    /// - Parameter originals: whether the originals are read, too; without, what the registry and the archive say has to do, for
    ///   lists of many studies.
    func known(
        of file: DICOMFile, in study: String, _ verdict: Verdict, _ gate: Gate, _ decision: Decision, originals: Bool
    ) throws(AccessError) -> PreparedIdentifiers? {
        guard gate.prepared([:], under: decision) != nil else { return nil }
        var people = try peopleKnown(of: study, verdict, gate, originals: originals)
        for (profile, own) in gate.identifiers(in: file) {
            people[profile, default: PatientIdentifiers()].formUnion(own)
        }
        if let ready, ready.audience == gate.audience.id, ready.profile == decision.profile, ready.people == people {
            return ready.prepared
        }
        let prepared = gate.prepared(people, under: decision)
        ready = ReadyPeople(
            audience: gate.audience.id, profile: decision.profile, people: people, prepared: prepared)
        return prepared
    }

    private func peopleKnown(
        of study: String, _ verdict: Verdict, _ gate: Gate, originals: Bool
    ) throws(AccessError) -> [String: PatientIdentifiers] {
        let key = PeopleOfStudies.Key(audience: gate.audience.id, study: study, isOfOriginals: originals)
        if let known = gathered[key] { return known }
        var records = [try core.storing { try core.registry.record(ofStudy: study, ruleSet: core.ruleSet.id) }]
        for other in try relatives(of: study, verdict.patients) {
            records.append(try core.storing { try core.registry.record(ofStudy: other, ruleSet: core.ruleSet.id) })
        }
        let all = records
        func gather() throws -> [String: PatientIdentifiers] {
            var result: [String: PatientIdentifiers] = [:]
            func add(_ file: DICOMFile) {
                for (profile, more) in gate.identifiers(in: file) {
                    result[profile, default: PatientIdentifiers()].formUnion(more)
                }
            }
            for person in verdict.people { add(try person.file()) }
            for said in Self.saidOfPeople(all) { add(try said.file()) }
            guard originals, let kept = core.originals else { return result }
            for (place, record) in all.enumerated() {
                for known in record.instances {
                    var isRead = false
                    try kept(known.instance.digest) { file in
                        add(file)
                        isRead = true
                    }
                    // Of another study one says what the others say.
                    if place > 0, isRead { break }
                }
            }
            return result
        }
        let found = try core.storing {
            guard originals, core.originals != nil else { return try gather() }
            let digests = Set(all.flatMap { $0.instances.map(\.instance.digest) })
            return try core.people.people(
                key, PeopleOfStudies.Basis(digests: digests, people: verdict.people), gather: gather)
        }
        if gathered.count < Self.mostPeople { gathered[key] = found }
        return found
    }

    private static let mostPeople = 16
    private static let mostRelatives = 50

    /// Other studies of a study's patients, also of those who may be the same.
    private func relatives(of study: String, _ patients: [PatientIdentity]) throws(AccessError) -> [String] {
        var others: Set<String> = []
        for patient in patients { others.formUnion(try studies(of: patient).map { $0.0 }) }
        others.remove(study)
        return Array(others.sorted().prefix(Self.mostRelatives))
    }

    /// What the registry keeps of instances, each once.
    private static func saidOfPeople(_ records: [StudyRecord]) -> [Identifier] {
        var seen: Set<[InstanceAttribute: String]> = []
        var result: [Identifier] = []
        for known in records.flatMap(\.instances) {
            let said = known.instance.attributes.filter { ofPeople.contains($0.key) && $0.value.utf8.count < 60_000 }
            guard seen.insert(said).inserted else { continue }
            var own = Identifier()
            own.set(.specificCharacterSet, "ISO_IR 192")
            for (attribute, text) in said { own.set(attribute.tag, text) }
            result.append(own)
        }
        return result
    }

    private static let ofPeople: Set<InstanceAttribute> = [
        .patientID, .issuerOfPatientID, .patientName, .patientBirthDate, .accessionNumber, .studyDate,
        .studyDescription, .institutionName, .referringPhysicianName, .stationName,
    ]
}
