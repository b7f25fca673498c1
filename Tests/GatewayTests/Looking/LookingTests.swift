import Access
import DICOMCore
import DICOMFile
import DICOMNetwork
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import Deidentification
@testable import Gatekeeper
@testable import Gateway
@testable import Host
@testable import Inputs
@testable import Registry

/// Askers before, an archive behind, both of other makers: who may not see a study cannot find, get or move it.
@Suite struct LookingTests {
    /// Two plain studies and one of a VIP, each with two series of two instances.
    static let studies = ["1.2.826.7.1", "1.2.826.7.2", "1.2.826.7.3"]
    static let vip = "1.2.826.7.3"

    static func file(_ study: String, series: Int, instance: Int) -> [UInt8] {
        let isVIP = study == vip
        let pixels = [UInt8](repeating: 7, count: 64 * 64)
        return DataSetBuilder()
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, "\(study).\(series).\(instance)")
            .text(Tag(0x0008, 0x0020), .DA, "20261010").text(Tag(0x0008, 0x0030), .TM, "101500")
            .text(Tag(0x0008, 0x0050), .SH, "A\(study.suffix(1))").text(.modality, .CS, series == 1 ? "CT" : "MR")
            .text(.patientName, .PN, isVIP ? "Stone^Rosetta" : "Roe^Jane")
            .text(.patientID, .LO, isVIP ? "V-1" : "P-\(study.suffix(1))")
            .text(Tag(0x0010, 0x0030), .DA, "19700101").text(Tag(0x0010, 0x0040), .CS, "F")
            .text(.studyInstanceUID, .UI, study).text(.seriesInstanceUID, .UI, "\(study).\(series)")
            .text(Tag(0x0020, 0x0010), .SH, "1").text(Tag(0x0020, 0x0011), .IS, "\(series)")
            .text(Tag(0x0020, 0x0013), .IS, "\(instance)")
            .integers(Tag(0x0028, 0x0002), .US, 1).text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
            .integers(Tag(0x0028, 0x0010), .US, 64).integers(Tag(0x0028, 0x0011), .US, 64)
            .integers(Tag(0x0028, 0x0100), .US, 8).integers(Tag(0x0028, 0x0101), .US, 8)
            .integers(Tag(0x0028, 0x0102), .US, 7).integers(Tag(0x0028, 0x0103), .US, 0)
            .text(.burnedInAnnotation, .CS, "NO")
            .bytes(.pixelData, .OW, pixels).file()
    }

    struct Scene {
        let folder: URL
        /// Where the askers call.
        let port: Int
        /// Where C-MOVEs go.
        let destination: Int
        let registry: Registry

        func find(_ title: String, _ keys: [String], model: String = "-S") async throws -> String {
            try await ArchiveBehind.tool(
                ["findscu", "-v", model, "-aet", title, "-aec", "CORDON", "127.0.0.1", "\(port)"]
                    + keys.flatMap { ["-k", $0] }
            ).output
        }

        func get(_ title: String, _ keys: [String]) async throws -> (files: [DICOMFile], output: String) {
            let out = folder.appendingPathComponent(UUID().uuidString)
            try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
            let result = try await ArchiveBehind.tool(
                ["getscu", "-v", "-S", "-aet", title, "-aec", "CORDON", "-od", out.path, "127.0.0.1", "\(port)"]
                    + keys.flatMap { ["-k", $0] })
            return (try Fixtures.files(under: out.path).map { try DICOMFile(path: $0) }, result.output)
        }
    }

    /// Everything between askers and archive, as a gateway composes it.
    private func withScene(
        _ archive: ArchiveBehind, decided: [String] = studies, mostBytes: Int64 = 16 << 30,
        _ body: (Scene) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("in"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var files: [URL] = []
        for study in Self.studies {
            for series in 1...2 {
                for instance in 1...2 {
                    let file = folder.appendingPathComponent("in/\(study).\(series).\(instance).dcm")
                    try Data(Self.file(study, series: series, instance: instance)).write(to: file)
                    files.append(file)
                }
            }
        }
        let registry = try Registry.open(folder.appendingPathComponent("registry").path)
        let (loaded, findings) = RuleSetLoader().load(text: LookingRules.text)
        let ruleSet = try #require(loaded, "\(findings)")
        let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
        for audience in ["ward", "research"] {
            _ = try BatchRun(
                ruleSet: ruleSet, audience: audience, key: key,
                registry: SiteRegistry(registry, person: try #require(Person("clerk")), time: .now),
                options: .init(
                    sources: InputSources(
                        paths: files.filter { file in decided.contains { file.lastPathComponent.hasPrefix($0 + ".") } }
                            .map(\.path)),
                    output: folder.appendingPathComponent(audience).path, jobs: 1, now: "20260101000000")
            ).run(progress: Progress(isQuiet: true))
        }
        try await archive.run(folder, files: files) { behind in
            let core = try AccessCore(
                ruleSet: ruleSet,
                policy: AccessPolicy(
                    table: AudienceTable(
                        rows: ["ward", "staff", "research"].map {
                            .init(audience: $0, criteria: [.callingAETitle($0.uppercased())])
                        }), quantum: .zero),
                registry: registry,
                archive: DIMSEArchive(
                    host: "127.0.0.1", port: behind, calledTitle: ArchiveBehind.title, callingTitle: "CORDON",
                    scratch: folder.path, mostBytes: mostBytes),
                key: key, scratch: folder.path)
            let destination = try Ports.take()
            try await withServer(Provider(core: core, destination: destination)) { port in
                try await body(Scene(folder: folder, port: port, destination: destination, registry: registry))
            }
        }
    }

    private struct Provider: AssociationProvider {
        let core: AccessCore
        let destination: Int

        func answer(_ asker: Asker) async -> Answer {
            let principal = Principal(
                asker, peer: asker.request.callingTitle.lowercased(), subject: { _ in nil })
            let places = ["WARD", "RESEARCH"].map {
                MoveDestinations.Place(
                    host: "127.0.0.1", port: destination, title: $0,
                    principal: Principal(peer: $0.lowercased(), callingAETitle: $0))
            }
            let service = LookingService(
                core: core, principal: principal, title: "CORDON", destinations: MoveDestinations(places))
            return .accept(
                Acceptance(asker.request, services: Services(query: service, move: service, get: service)))
        }
    }

    @Test(arguments: ArchiveBehind.installed)
    func `findscu finds what may be seen and nothing else`(archive: ArchiveBehind) async throws {
        try await withScene(archive) { scene in
            let list = try await scene.find(
                "WARD", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientID", "PatientName"])
            #expect(list.contains(Self.studies[0]))
            #expect(list.contains(Self.studies[1]))
            #expect(list.contains("Roe^Jane"))
            #expect(!list.contains(Self.vip))
            #expect(!list.contains("Stone"))
            // By a name, an ID or a UID it is no more there than one that never was.
            func responses(_ key: String) async throws -> [Substring] {
                try await scene.find("WARD", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID", key])
                    .split(separator: "\n").filter { $0.contains("esponse") || $0.contains("0008,0052") }
            }
            for (own, nobodys) in [
                ("PatientName=Stone*", "PatientName=Nobody*"), ("PatientID=V-1", "PatientID=X-1"),
                ("StudyInstanceUID=\(Self.vip)", "StudyInstanceUID=1.2.3.4"),
            ] {
                let one = try await responses(own), other = try await responses(nobodys)
                #expect(one == other)
            }
            for level in ["SERIES", "IMAGE"] {
                let keys = ["QueryRetrieveLevel=\(level)", "SeriesInstanceUID=\(Self.vip).1", "SOPInstanceUID"]
                let below = try await scene.find("WARD", keys + ["StudyInstanceUID=\(Self.vip)"])
                #expect(!below.contains("\(Self.vip).1.1"))
            }
            let series = try await scene.find(
                "WARD",
                ["QueryRetrieveLevel=SERIES", "StudyInstanceUID=\(Self.studies[0])", "SeriesInstanceUID", "Modality"])
            #expect(series.contains("\(Self.studies[0]).1"))
            #expect(series.contains("\(Self.studies[0]).2"))
            let images = try await scene.find(
                "WARD",
                [
                    "QueryRetrieveLevel=IMAGE", "StudyInstanceUID=\(Self.studies[0])",
                    "SeriesInstanceUID=\(Self.studies[0]).1", "SOPInstanceUID",
                ])
            #expect(images.contains("\(Self.studies[0]).1.1"))
            #expect(images.contains("\(Self.studies[0]).1.2"))
            let patients = try await scene.find(
                "WARD", ["QueryRetrieveLevel=PATIENT", "PatientID", "PatientName"], model: "-P")
            #expect(patients.contains("P-1"))
            #expect(!patients.contains("V-1"))
            let everything = try await scene.find("STAFF", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID"])
            #expect(everything.contains(Self.vip))
            let nobody = try await scene.find("STRANGER", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID"])
            #expect(!nobody.contains("1.2.826.7"))
        }
    }

    @Test(arguments: ArchiveBehind.installed)
    func `an object of the archive that is larger than any is not taken, and leaves nothing behind`(
        archive: ArchiveBehind
    ) async throws {
        try await withScene(archive, mostBytes: 100) { scene in
            let study = ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=\(Self.studies[0])"]
            let got = try await scene.get("WARD", study)
            #expect(got.files.isEmpty)
            #expect(!Fixtures.files(under: scene.folder.path).contains { $0.contains("arriving-") })
        }
    }

    @Test(arguments: ArchiveBehind.installed)
    func `getscu gets what may be seen, as it may be seen`(archive: ArchiveBehind) async throws {
        try await withScene(archive) { scene in
            let plain = try await scene.get(
                "WARD", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=\(Self.studies[0])"])
            #expect(plain.files.count == 4, "\(plain.output)")
            #expect(plain.files.allSatisfy { $0.text(.patientName) == "Roe^Jane" })
            let series = try await scene.get(
                "WARD",
                [
                    "QueryRetrieveLevel=SERIES", "StudyInstanceUID=\(Self.studies[0])",
                    "SeriesInstanceUID=\(Self.studies[0]).2",
                ])
            #expect(series.files.count == 2, "\(series.output)")
            let vip = try await scene.get("WARD", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=\(Self.vip)"])
            let none = try await scene.get("WARD", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=1.2.3"])
            #expect(vip.files.isEmpty && none.files.isEmpty)
            func shown(_ output: String) -> [Substring] {
                output.split(separator: "\n").filter { $0.contains("esponse") || $0.contains("ub-Op") }
            }
            #expect(shown(vip.output) == shown(none.output))
            let research = try await scene.get(
                "RESEARCH", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=\(Self.studies[0])"])
            #expect(research.files.count == 4, "\(research.output)")
            #expect(research.files.allSatisfy { $0.text(.patientName) == nil && $0.text(.patientID) == "ANON" })
        }
    }

    @Test(arguments: ArchiveBehind.installed)
    func `what nobody has looked at is not there`(archive: ArchiveBehind) async throws {
        try await withScene(archive, decided: [Self.studies[0]]) { scene in
            let list = try await scene.find("STAFF", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID"])
            #expect(list.contains(Self.studies[0]))
            #expect(!list.contains(Self.studies[1]))
            let files = try await scene.get(
                "STAFF", ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=\(Self.studies[1])"]
            ).files
            #expect(files.isEmpty)
        }
    }

    @Test(arguments: ArchiveBehind.installed)
    func `movescu moves what both may see`(archive: ArchiveBehind) async throws {
        try await withScene(archive) { scene in
            func move(_ destination: String, _ study: String) async throws -> (files: [DICOMFile], output: String) {
                let out = scene.folder.appendingPathComponent(UUID().uuidString)
                try FileManager.default.createDirectory(at: out, withIntermediateDirectories: true)
                let result = try await ArchiveBehind.tool([
                    "movescu", "-v", "-S", "-aet", "WARD", "-aec", "CORDON", "-aem", destination, "+P",
                    "\(scene.destination)", "-od", out.path, "127.0.0.1", "\(scene.port)", "-k",
                    "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID=\(study)",
                ])
                return (try Fixtures.files(under: out.path).map { try DICOMFile(path: $0) }, result.output)
            }
            let own = try await move("WARD", Self.studies[0])
            #expect(own.files.count == 4, "\(own.output)")
            let research = try await move("RESEARCH", Self.studies[0])
            #expect(research.files.count == 4, "\(research.output)")
            #expect(research.files.allSatisfy { $0.text(.patientName) == nil })
            let vip = try await move("WARD", Self.vip)
            #expect(vip.files.isEmpty)
            let unknown = try await move("NOWHERE", Self.studies[0])
            #expect(unknown.files.isEmpty)
            #expect(unknown.output.contains("MoveDestinationUnknown"), "\(unknown.output)")
        }
    }
}
