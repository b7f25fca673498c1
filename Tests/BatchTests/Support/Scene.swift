import CustodyLog
import DICOMCore
import Deidentification
import Foundation
import TestSupport
import Testing

@testable import Host
@testable import Registry

/// A site in a folder: rules, a key, a registry, studies, and the folder of its workers.
struct Scene {
    static let patientName = "GEHEIMNIS^ROSALINDE"
    /// Whatever betrays a patient.
    static let planted = ["GEHEIM", "ROSALINDE", "1.2.826.0.1.3680043.8.498"]
    static let root = "1.2.826.0.1.3680043.8.498"

    static let rules = """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="2">
          <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15.xml"/>
          <vocabulary>
            <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
            <label id="held" tier="2" is-a="sensitive"/>
          </vocabulary>
          <list id="guarded" registry="guarded" key="PatientID"/>
          <tier number="2">
            <rule id="marked"><when><equals attribute="PatientComments" value="VIP"/></when><tag study="vip"/></rule>
            <rule id="known"><when><equals attribute="PatientComments" value="KNOWN"/></when><tag patient="vip"/></rule>
            <rule id="listed"><when><in list="guarded"/></when><tag patient="vip"/></rule>
            <rule id="held"><when><held/></when><tag study="held"/></rule>
            <rule id="coroner">
              <when><equals attribute="PatientComments" value="CORONER"/></when><tag study="sensitive"/>
              <hold scope="study" matter="M 9" custodian="Legal" reason="unexplained death"/>
            </rule>
          </tier>
          <audience id="archive"><always><release/></always><on label="vip held"><sequester/></on></audience>
          <audience id="research">
            <always><deidentify profile="ps3.15-basic"/></always><on label="vip held"><sequester/></on>
          </audience>
        </ruleset>
        """

    let folder = WorkFolder()
    let clerk: Person
    let registry: Registry

    init() throws {
        clerk = try #require(Person("clerk"))
        registry = try Registry.open(folder("registry"))
        try registry.change(
            list: "guarded", columns: ["PatientID"], adding: [["NOBODY"]], reason: "begun", by: clerk, at: .now)
        try folder.write("rules.xml", Self.rules)
        try DeidentificationKey.create(at: folder("key"))
    }

    /// An instance of a study, and of a patient who is called by the study if nothing else is said.
    static func file(study: Int, instance: Int = 1, patient: String? = nil, comments: String? = nil) -> [UInt8] {
        var builder = DataSetBuilder()
            .text(Tag(0x0008, 0x0008), .CS, "ORIGINAL\\PRIMARY\\AXIAL")
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, "\(root).\(1000 + study).1.\(instance)")
            .text(Tag(0x0008, 0x0020), .DA, "20260101")
            .text(Tag(0x0008, 0x0050), .SH, "ACC-GEHEIM")
            .text(.modality, .CS, "CT")
            .text(.patientName, .PN, patientName)
            .text(.patientID, .LO, patient ?? "GEHEIM-\(study)")
            .text(Tag(0x0010, 0x0030), .DA, "19700101")
        if let comments { builder = builder.text(Tag(0x0010, 0x4000), .LT, comments) }
        return
            builder
            .text(.studyInstanceUID, .UI, "\(root).\(1000 + study)")
            .text(.seriesInstanceUID, .UI, "\(root).\(1000 + study).1")
            .text(Tag(0x0020, 0x0013), .IS, "\(instance)")
            .integers(Tag(0x0028, 0x0002), .US, 1)
            .text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
            .integers(Tag(0x0028, 0x0010), .US, 8)
            .integers(Tag(0x0028, 0x0011), .US, 8)
            .integers(Tag(0x0028, 0x0100), .US, 8)
            .integers(Tag(0x0028, 0x0101), .US, 8)
            .integers(Tag(0x0028, 0x0102), .US, 7)
            .integers(Tag(0x0028, 0x0103), .US, 0)
            .text(Tag(0x0028, 0x0301), .CS, "NO")
            .bytes(.pixelData, .OB, (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ instance) })
            .file(.explicitLittleEndian)
    }

    /// Writes a study into `in/<patient's name>/<study>`.
    func add(study: Int, instances: Int = 3, patient: String? = nil, comments: String? = nil) throws {
        for instance in 1...instances {
            try folder.write(
                "\(Self.place(study))/IM\(instance)",
                Self.file(
                    study: study, instance: instance, patient: patient, comments: instance == 1 ? comments : nil))
        }
    }

    static func place(_ study: Int) -> String { "in/\(patientName)/s\(study)" }

    /// Lines of work, an item a study.
    func work(_ studies: some Sequence<Int>) -> String {
        studies.map { line("item-\($0)", [Self.place($0)]) }.joined()
    }

    func line(_ id: String, _ places: [String]) -> String {
        let object: [String: Any] = ["id": id, "paths": places.map { folder($0) }]
        let data = (try? JSONSerialization.data(withJSONObject: object)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    @discardableResult
    func snapshot(_ name: String = "snapshot", age seconds: Int64 = 0) throws -> RegistrySnapshot {
        try registry.takeSnapshot(to: folder(name), by: clerk, at: Instant.now.adding(seconds: -seconds))
    }

    func workerArguments(
        out: String = "out", audience: String = "research", snapshot: String? = "snapshot", _ more: [String] = []
    ) -> [String] {
        var arguments = [
            "worker", "--batch", "--rules", folder("rules.xml"), "--audience", audience, "--key", folder("key"),
            "--out",
            folder(out),
        ]
        if let snapshot { arguments += ["--snapshot", folder(snapshot)] }
        return arguments + more
    }

    func worker(
        _ work: String, out: String = "out", audience: String = "research", snapshot: String? = "snapshot",
        _ more: [String] = []
    ) throws -> Command.Result {
        try Command.run(workerArguments(out: out, audience: audience, snapshot: snapshot, more), input: work)
    }

    func releaseArguments(
        out: String = "out", to: String = "published", snapshot: String? = "snapshot", _ more: [String] = []
    ) -> [String] {
        var arguments = [
            "release", "--rules", folder("rules.xml"), "--registry", folder("registry"), "--as", "clerk",
        ]
        if let snapshot { arguments += ["--snapshot", folder(snapshot)] }
        return arguments + more + [folder(out), folder(to)]
    }

    func release(
        out: String = "out", to: String = "published", snapshot: String? = "snapshot", _ more: [String] = []
    ) throws -> Command.Result {
        try Command.run(releaseArguments(out: out, to: to, snapshot: snapshot, more))
    }

    /// Folders of finished items, sorted.
    func items(_ out: String = "out") throws -> [String] {
        try folder.tree(out).keys.filter { $0.hasPrefix("items/") && $0.split(separator: "/").count == 3 }.sorted()
    }

    /// Studies below `released/`, each with its files.
    func studies(_ place: String = "published") throws -> [String: Int] {
        guard folder.exists(place + "/released") else { return [:] }
        var found: [String: Int] = [:]
        for path in try folder.files(place + "/released") {
            found[path.split(separator: "/").prefix(2).joined(separator: "/"), default: 0] += 1
        }
        return found
    }

    func logSize() throws -> Int { try registry.readLog { try $0.logSize() } }
}
