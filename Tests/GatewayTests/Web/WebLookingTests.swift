import Access
import DICOMCore
import DICOMFile
import DICOMWeb
import Foundation
import NIOCore
import RuleLanguage
import Synchronization
import TestSupport
import Testing

@testable import Deidentification
@testable import Gatekeeper
@testable import Gateway
@testable import Host
@testable import Inputs
@testable import Registry

/// DICOMweb before, Orthanc with its DICOMweb plugin behind: who may not see a study cannot search, see or fetch it.
@Suite(.serialized) struct WebLookingTests {
    static let program = ["/usr/sbin/Orthanc", "/usr/bin/Orthanc"].first { FileManager.default.fileExists(atPath: $0) }
    static let plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
    static let isThere = program != nil && FileManager.default.fileExists(atPath: plugin)
    private static let studies = LookingTests.studies
    private static let vip = LookingTests.vip

    /// The word behind `Bearer` is the group.
    private struct Groups: Authenticator {
        func caller(_ credentials: Credentials) async throws -> Caller {
            let group = credentials.authorization.first?.split(separator: " ").last.map(String.init) ?? ""
            let token = VerifiedToken(
                issuer: "https://idp", subject: "someone", expires: .max, claims: ["groups": .text(group)])
            return Caller(address: credentials.address, token: token)
        }
    }

    /// Which question an archive was asked, so that nothing reaches it beside the core.
    private func withScene(_ body: (_ url: String, _ client: (String) -> DICOMWebClient) async throws -> Void)
        async throws
    {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("in"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var files: [[UInt8]] = []
        for study in Self.studies {
            for series in 1...2 {
                for instance in 1...2 {
                    let bytes = LookingTests.file(study, series: series, instance: instance)
                    files.append(bytes)
                    try Data(bytes).write(to: folder.appendingPathComponent("in/\(study).\(series).\(instance).dcm"))
                }
            }
        }
        let registry = try Registry.open(folder.appendingPathComponent("registry").path)
        let (loaded, findings) = RuleSetLoader().load(text: LookingRules.text)
        let ruleSet = try #require(loaded, "\(findings)")
        let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
        // It waits for disks.
        try await WebThreads.run {
            for audience in ["ward", "research"] {
                _ = try BatchRun(
                    ruleSet: ruleSet, audience: audience, key: key,
                    registry: SiteRegistry(registry, person: try #require(Person("clerk")), time: .now),
                    options: .init(
                        sources: InputSources(paths: [folder.appendingPathComponent("in").path]),
                        output: folder.appendingPathComponent(audience).path, jobs: 1, now: "20260101000000")
                ).run(progress: Progress(isQuiet: true))
            }
        }
        try await withOrthanc(folder) { behind in
            let archive = DICOMWebClient(WebClientSettings(url: behind))
            do {
                let report = try await archive.store(
                    files.map { OutgoingObject(length: $0.count, bytes: Feed([ByteBuffer(bytes: $0)])) })
                try #require(report.status == 200)
            } catch {
                Issue.record("Orthanc did not take the instances: \(error)")
                throw error
            }
            let core = try AccessCore(
                ruleSet: ruleSet,
                policy: AccessPolicy(
                    table: AudienceTable(
                        rows: ["ward", "staff", "research"].map {
                            .init(audience: $0, criteria: [.claim(name: "groups", value: $0)])
                        }),
                    quantum: .zero),
                registry: registry, archive: WebArchive(client: archive, scratch: folder.path), key: key,
                scratch: folder.path)
            let looking = WebLooking(core: { core })
            var settings = WebServerSettings()
            settings.basePath = "dicom-web"
            let server = DICOMWebServer(
                settings, WebServices(authenticator: Groups(), queries: looking, retrieval: looking))
            let running = Task(executorPreference: serverThreads) { try await server.run() }
            let result: Result<Void, any Error>
            do {
                let url = "http://127.0.0.1:\(try await server.port)/dicom-web"
                try await body(url) { role in
                    var settings = WebClientSettings(url: url)
                    settings.authorization = { "Bearer \(role)" }
                    return DICOMWebClient(settings)
                }
                result = .success(())
            } catch {
                result = .failure(error)
            }
            await server.stop()
            try await running.value
            try result.get()
        }
    }

    private func withOrthanc(_ folder: URL, _ body: (String) async throws -> Void) async throws {
        let port = try Ports.take()
        // Of its own, so that nobody else who has come to have the port answers in its place.
        let root = "dicom-web-\(UUID().uuidString)"
        let configuration = folder.appendingPathComponent("orthanc.json")
        try """
        {"Name": "test", "HttpPort": \(port), "DicomServerEnabled": false, "RemoteAccessAllowed": false,
         "AuthenticationEnabled": false, "StorageDirectory": "\(folder.path)/archive",
         "IndexDirectory": "\(folder.path)/archive", "Plugins": ["\(Self.plugin)"],
         "DicomWeb": {"Enable": true, "Root": "/\(root)/"}}
        """.write(to: configuration, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Self.program))
        process.arguments = [configuration.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let ended = Flag()
        process.terminationHandler = { _ in ended.raise() }
        try process.run()
        let url = "http://127.0.0.1:\(port)/\(root)"
        let result: Result<Void, any Error>
        do {
            let client = DICOMWebClient(WebClientSettings(url: url))
            var isUp = false
            for _ in 0..<1200 where !isUp && !ended.isRaised {
                isUp = (try? await client.search(WebQuery(.study))) != nil
                if !isUp { try await Task.sleep(for: .milliseconds(100)) }
            }
            try #require(isUp)
            result = .success(try await body(url))
        } catch {
            result = .failure(error)
        }
        process.terminate()
        for _ in 0..<500 where !ended.isRaised { try? await Task.sleep(for: .milliseconds(20)) }
        if !ended.isRaised { kill(process.processIdentifier, SIGKILL) }
        try result.get()
    }

    private func uids(_ answers: QueryAnswers, _ tag: DICOMCore.Tag) async throws -> Set<String> {
        var result: Set<String> = []
        while let answer = try await answers.dataSets.next() { result.insert(answer.text(tag) ?? "") }
        return result
    }

    @Test(.enabled(if: isThere, "Orthanc is not installed"))
    func `each audience searches and fetches what it may see, and nothing else`() async throws {
        try await withScene { url, client in
            let staff = client("staff"), ward = client("ward"), stranger = client("nobody")
            #expect(try await uids(staff.search(WebQuery(.study)), .studyInstanceUID) == Set(Self.studies))
            #expect(try await uids(ward.search(WebQuery(.study)), .studyInstanceUID) == Set(Self.studies.dropLast()))
            #expect(try await uids(stranger.search(WebQuery(.study)), .studyInstanceUID).isEmpty)
            // By name, by number, by its own UID: the same as for one that never was.
            for match in [
                WebQuery.Match(path: [.patientID], value: "V-1"), .init(path: [.patientName], value: "Stone*"),
                .init(path: [.studyInstanceUID], value: Self.vip),
            ] {
                #expect(
                    try await uids(staff.search(WebQuery(.study, matches: [match])), .studyInstanceUID) == [Self.vip])
                #expect(try await uids(ward.search(WebQuery(.study, matches: [match])), .studyInstanceUID).isEmpty)
            }
            #expect(try await uids(ward.search(WebQuery(.series)), .seriesInstanceUID).count == 4)
            #expect(try await uids(staff.search(WebQuery(.series)), .seriesInstanceUID).count == 6)
            #expect(try await uids(ward.search(WebQuery(.instance, study: Self.vip)), .sopInstanceUID).isEmpty)
            #expect(
                try await uids(ward.search(WebQuery(.instance, study: Self.studies[0])), .sopInstanceUID).count == 4)
            // Pages are those of what may be seen.
            #expect(try await uids(ward.search(WebQuery(.study, limit: 2)), .studyInstanceUID).count == 2)
            #expect(try await uids(ward.search(WebQuery(.study, offset: 1)), .studyInstanceUID).count == 1)
            #expect(try await uids(ward.search(WebQuery(.study, offset: 2)), .studyInstanceUID).isEmpty)

            let open = StudyResource(study: Self.studies[0])
            let instances = try await ward.instances(of: open)
            var count = 0
            while let instance = try await instances.next() {
                let file = try DICOMFile(bytes: try await Self.bytes(instance.bytes))
                #expect(file.text(.patientName) == "Roe^Jane")
                count += 1
            }
            #expect(count == 4)
            let closed = StudyResource(study: Self.vip)
            let never = StudyResource(study: "1.2.826.7.99")
            let one = StudyResource(study: Self.vip, series: "\(Self.vip).1", instance: "\(Self.vip).1.1")
            for resource in [closed, never, one] {
                await #expect(throws: WebClientError.status(404)) { _ = try await ward.instances(of: resource) }
                await #expect(throws: WebClientError.status(404)) { _ = try await ward.metadata(of: resource) }
            }
            await #expect(throws: WebClientError.status(404)) { _ = try await ward.frames([1], of: one) }
            await #expect(throws: WebClientError.status(404)) {
                _ = try await ward.bulkData("\(url)/\(one.path)/bulkdata/7FE00010")
            }
            let frames = try await staff.frames([1], of: one)
            let frame = try #require(try await frames.next())
            #expect(try await Self.bytes(frame.bytes).count == 4096)
            #expect(try await staff.metadata(of: closed).collect(atMost: 100)?.count == 4)
            // Nobody renders for us what we might have to mask.
            await #expect(throws: WebClientError.status(501)) { _ = try await staff.rendered(RenderedRequest(one)) }
        }
    }

    @Test(.enabled(if: isThere, "Orthanc is not installed"))
    func `research gets copies that name nobody`() async throws {
        try await withScene { _, client in
            let research = client("research")
            let answers = try await research.search(
                WebQuery(.study, fields: .these([[.patientName], [.patientID]])))
            var studies: [String] = []
            while let answer = try await answers.dataSets.next() {
                // Masked: the name says that it is, and all else of the patient is empty.
                #expect(answer.text(.patientName) == "MASKED")
                #expect(answer.text(.patientID) == nil)
                studies.append(answer.text(.studyInstanceUID) ?? "")
            }
            #expect(studies.count == 2)
            for study in studies {
                let files = try await research.instances(of: StudyResource(study: study))
                while let instance = try await files.next() {
                    let file = try DICOMFile(bytes: try await Self.bytes(instance.bytes))
                    #expect(file.text(.patientName) == nil)
                    #expect(file.text(.patientID) == "ANON")
                }
            }
        }
    }

    private static func bytes(_ feed: Feed<ByteBuffer>) async throws -> [UInt8] {
        var result: [UInt8] = []
        while let buffer = try await feed.next() { result += buffer.readableBytesView }
        return result
    }

    // MARK: - Who asks

    @Test func `a caller becomes a principal with what was proved`() {
        let token = VerifiedToken(
            issuer: "https://idp", subject: "42", expires: 1,
            claims: [
                "preferred_username": .text("alice"),
                "realm_access": .object(["roles": .list([.text("a"), .text("b")])]),
                "scope": .text("x y"), "acr": .text("2"), "amr": .list([.text("otp")]),
            ])
        let caller = Caller(
            address: "10.0.0.1", certificate: ClientCertificate(subject: "CN=x", fingerprint: "ff"), token: token)
        let principal = Principal(caller, peer: "ws1", nameClaim: "sub")
        #expect(principal.peer == "ws1")
        #expect(principal.address == "10.0.0.1")
        #expect(principal.certificate?.subject == "CN=x")
        #expect(principal.token?.subject == "42")
        #expect(principal.token?.claims["realm_access.roles"] == ["a", "b"])
        #expect(principal.token?.claims["scope"] == ["x", "y"])
        #expect(principal.token?.acr == "2")
        #expect(principal.token?.amr == ["otp"])
        #expect(Principal(caller, peer: nil, nameClaim: "preferred_username").token?.name == "alice")
    }

    @Test func `a question in a URL becomes a question of the core`() throws {
        let query = try WebQuery(
            .series, study: "1.2",
            matches: [
                .init(path: [.modality], value: "CT"),
                .init(path: [Tag(0x0040, 0x0275), Tag(0x0040, 0x0009)], value: "7"),
            ], fields: .these([[.patientName], [.modality]]), limit: 5, offset: 2
        ).accessQuery
        #expect(query.level == .series)
        #expect(query.keys.text(.studyInstanceUID) == "1.2")
        #expect(query.keys.text(.modality) == "CT")
        #expect(query.keys[.patientName] != nil)
        #expect(query.keys[Tag(0x0040, 0x0275)]?.vr == .SQ)
        #expect((query.limit, query.offset) == (5, 2))
        // Two values for one attribute are no question.
        #expect(throws: WebProblem.self) {
            try WebQuery(.series, study: "1.2", matches: [.init(path: [.studyInstanceUID], value: "1.3")]).accessQuery
        }
    }

    @Test func `all attributes of a level are asked for by name`() throws {
        var query = WebQuery(.study)
        let usual = try query.accessQuery
        query.fields = .all
        let all = try query.accessQuery
        #expect(Set(usual.keys.tags).isStrictSubset(of: Set(all.keys.tags)))
        #expect(all.keys[Tag(0x0008, 0x1030)] != nil && usual.keys[Tag(0x0008, 0x1030)] == nil)
        #expect(all.keys.tags.allSatisfy { !all.keys.hasValue($0) || $0 == .specificCharacterSet })
    }

    @Test(arguments: ["", ".", "..", "1/2", "../1.2", "1.2?x", "1.2#x", "1.2 ", "1.2%2F", "1.2\\1.3", "１.2"])
    func `what is no UID becomes no part of a URL`(text: String) { #expect(!WebArchive.isPlain(text)) }

    @Test func `a UID that is built otherwise than the standard says is one`() {
        #expect(WebArchive.isPlain("1.2.840.0001") && WebArchive.isPlain(String(repeating: "1", count: 64)))
        #expect(!WebArchive.isPlain(String(repeating: "1", count: 65)))
    }
}
