internal import Host
internal import Registry
internal import Vault

/// The bytes as they were received, from the vault into the bag, and a table that tells what they are.
struct Originals {
    /// A study that something of is handed over.
    struct Study {
        var uid: String
        var patientName = ""
        var patientID = ""
        var issuer = ""
        var date = ""
        var description = ""
        var modalities: Set<String> = []
        var count = 0
    }

    private(set) var studies: [String: Study] = [:]
    private(set) var count = 0
    private(set) var bytes = 0
    /// Digests of bytes that were removed before.
    private(set) var absent: Set<String> = []
    private(set) var uncertain = 0
    /// Of all that decided on any of them.
    private(set) var ruleSets: [String: RuleSetName] = [:]

    struct RuleSetName: Hashable {
        var id: String
        var revision: Int64
    }

    static let header = [
        "file", "digest", "size", "SOPInstanceUID", "SOPClassUID", "Modality", "SeriesInstanceUID", "StudyInstanceUID",
        "StudyDate", "PatientID", "IssuerOfPatientID", "PatientName", "received", "source", "entry",
    ]

    static func file(_ digest: String) -> String { "data/originals/\(digest).dcm" }

    init(
        _ scope: MatterScope, vault: Vault, into bag: BagFolder, progress: @Sendable (Int) -> Void = { _ in }
    ) throws {
        let run = try bag.run("data/originals/")
        try bag.file("metadata/originals.csv") { table in
            try table.write(CSV.line(Self.header))
            try bag.file("metadata/absent.csv") { missing in
                try missing.write(CSV.line(["digest", "removed", "SOPInstanceUID", "entry"]))
                try scope.forEach(uncertain: { _ in uncertain += 1 }) { record in
                    try note(record, scope.registry)
                    if let removed = record.removed {
                        absent.insert(record.instance.digest)
                        try missing.write(
                            CSV.line([
                                record.instance.digest, removed.description,
                                record.instance.attributes[.sopInstanceUID] ?? "", String(record.leaf),
                            ]))
                    } else {
                        try copy(record.instance, vault, bag, run)
                        try table.write(CSV.line(Self.cells(record)))
                        progress(count)
                    }
                }
            }
        }
    }

    private mutating func copy(
        _ instance: Instance, _ vault: Vault, _ bag: BagFolder, _ run: ManifestRun
    ) throws {
        let written: (digests: BagFile.Digests, size: Int)
        do {
            written = try bag.file(Self.file(instance.digest), in: run) { file in
                try vault.read(instance.digest) { try file.write($0) }
            }
        } catch let error as VaultError {
            throw ProductionError(.missing, "an original of the matter is not to be had: \(error)")
        }
        guard written.digests.sha256 == instance.digest, Int64(written.size) == instance.size else {
            throw ProductionError(
                .missing, "original \(instance.digest) is not what was received; check the vault: cordon vault fsck")
        }
        count += 1
        bytes += written.size
    }

    private mutating func note(_ record: RecordedInstance, _ registry: Registry) throws {
        for decision in try registry.decisions(ofInstance: record.instance.digest) {
            ruleSets[decision.ruleSetDigest] = RuleSetName(id: decision.ruleSet, revision: decision.revision)
        }
        guard record.removed == nil else { return }
        func value(_ attribute: InstanceAttribute) -> String { record.instance.attributes[attribute] ?? "" }
        let uid = value(.studyInstanceUID)
        var study = studies[uid] ?? Study(uid: uid)
        // Of values that differ within a study, the first by digest is told here; the table tells them all.
        if study.patientName.isEmpty { study.patientName = value(.patientName) }
        if study.patientID.isEmpty { (study.patientID, study.issuer) = (value(.patientID), value(.issuerOfPatientID)) }
        if study.date.isEmpty { study.date = value(.studyDate) }
        if study.description.isEmpty { study.description = value(.studyDescription) }
        if !value(.modality).isEmpty { study.modalities.insert(value(.modality)) }
        study.count += 1
        studies[uid] = study
    }

    private static func cells(_ record: RecordedInstance) -> [String] {
        let instance = record.instance
        func value(_ attribute: InstanceAttribute) -> String { instance.attributes[attribute] ?? "" }
        return [
            file(instance.digest), instance.digest, String(instance.size), value(.sopInstanceUID),
            value(.sopClassUID), value(.modality), value(.seriesInstanceUID), value(.studyInstanceUID),
            value(.studyDate), value(.patientID), value(.issuerOfPatientID), value(.patientName),
            instance.received.description, instance.source, String(record.leaf),
        ]
    }
}
