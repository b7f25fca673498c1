@testable import DICOMWeb
import DICOMCore
import DICOMFile
import Foundation
import NIOCore
import TestSupport
import Testing

/// Our client against Orthanc with its DICOMweb plugin.
@Suite(.serialized) struct `Orthanc as an archive` {
    static let program = ["/usr/sbin/Orthanc", "/usr/bin/Orthanc"].first { FileManager.default.fileExists(atPath: $0) }
    static let plugin = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
    static let isThere = program != nil && FileManager.default.fileExists(atPath: plugin)

    @discardableResult
    private func withOrthanc<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        try await withFolder { folder in
            let port = try Ports.take()
            let configuration = """
                {"Name": "TEST", "StorageDirectory": "\(folder.path)/storage", "IndexDirectory": "\(folder.path)/index",
                 "HttpServerEnabled": true, "HttpPort": \(port), "DicomServerEnabled": false,
                 "RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomAlwaysAllowStore": true,
                 "Plugins": ["\(Self.plugin)"], "DicomWeb": {"Enable": true, "Root": "/dicom-web/"}}
                """
            let file = folder.appendingPathComponent("orthanc.json")
            try Data(configuration.utf8).write(to: file)
            let orthanc = try Companion([try #require(Self.program), file.path], folder: folder)
            let url = "http://127.0.0.1:\(port)/dicom-web"
            do {
                // It says when it listens; on a machine that is busy that takes a while.
                for _ in 0..<1200 where orthanc.isRunning {
                    if await (try? Web.get("\(url)/studies"))?.status == 200 { break }
                    try await Task.sleep(for: .milliseconds(100))
                }
                let value = try await body(url)
                await orthanc.stop()
                return value
            } catch {
                Issue.record("Orthanc said: \(orthanc.text.suffix(2000))")
                await orthanc.stop()
                throw error
            }
        }
    }

    @Test(.enabled(if: isThere, "Orthanc is not installed"))
    func `takes what we store, and gives back what we ask for`() async throws {
        try await withOrthanc { url in
            let client = DICOMWebClient(WebClientSettings(url: url))
            let files = (1...5).map {
                Sample.file(series: "1.2.3.\($0 % 2 + 1)", instance: "1.2.3.4.\($0)", name: "DOE^JANE")
            }
            let report = try await client.store(
                files.map { OutgoingObject(length: $0.count, bytes: Feed([ByteBuffer(bytes: $0)])) })
            #expect(report.status == 200)
            #expect(report.outcomes.count == 5)
            #expect((1...5).allSatisfy { report.outcome(of: "1.2.3.4.\($0)")?.isStored == true })

            // One that is no DICOM.
            let bad = try await Result {
                try await client.store([OutgoingObject(bytes: Feed([ByteBuffer(string: "x")]))])
            }
            if case .success(let report) = bad {
                #expect(report.outcomes.allSatisfy { !$0.isStored })
            }

            let studies = try await client.search(WebQuery(.study, matches: [.init(path: [.patientID], value: "X1")]))
            let study = try #require(try await studies.dataSets.next())
            #expect(study.text(.studyInstanceUID) == "1.2.3")
            #expect(study.text(.patientName) == "DOE^JANE")
            #expect(try await studies.dataSets.next() == nil)
            let none = try await client.search(WebQuery(.study, matches: [.init(path: [.patientID], value: "NOBODY")]))
            #expect(try await none.dataSets.all().isEmpty)
            #expect(try await client.search(WebQuery(.series, study: "1.2.3")).dataSets.all().count == 2)
            let instances = try await client.search(WebQuery(.instance, study: "1.2.3", limit: 2)).dataSets.all()
            #expect(instances.count == 2)
            #expect(try await client.search(WebQuery(.instance, study: "1.2.3", offset: 4)).dataSets.all().count == 1)

            #expect(try await client.metadata(of: StudyResource(study: "1.2.3")).all().count == 5)
            let retrieved = try await client.instances(of: StudyResource(study: "1.2.3"))
            var uids: Set<String> = []
            while let instance = try await retrieved.next() {
                let file = try DICOMFile(bytes: try await instance.bytes.collectBytes())
                uids.insert(file.text(.sopInstanceUID) ?? "")
                let pixels = try #require(file.dataSet.child(.pixelData))
                #expect(try file.bytes(of: pixels).count == 32)
            }
            #expect(uids == Set((1...5).map { "1.2.3.4.\($0)" }))
            let one = StudyResource(study: "1.2.3", series: "1.2.3.2", instance: "1.2.3.4.1")
            let frames = try await client.frames([2], of: one)
            let frame = try #require(try await frames.next())
            #expect(try await frame.bytes.collectBytes() == [UInt8](repeating: 2, count: 16))
            let picture = try await client.rendered(RenderedRequest(one, acceptable: ["image/png"]))
            #expect(picture.mediaType.hasPrefix("image/png"))
            #expect(try await picture.bytes.collectBytes().starts(with: [0x89, 0x50, 0x4E, 0x47]))
            await #expect(throws: WebClientError.status(404)) {
                _ = try await client.metadata(of: StudyResource(study: "1.2.99"))
            }
        }
    }
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async throws {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
