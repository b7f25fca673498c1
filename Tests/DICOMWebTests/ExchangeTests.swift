@testable import DICOMWeb
import DICOMCore
import DICOMFile
import Foundation
import NIOCore
import TestSupport
import Testing

/// Store, search and retrieve, by hand and by our own client.
@Suite struct `Store, search and retrieve` {
    private static let instance = StudyResource(study: "1.2.3", series: "1.2.3.4", instance: "1.2.3.4.5")

    @discardableResult
    private func serve<Value: Sendable>(
        _ archive: MemoryArchive, _ change: (inout WebServerSettings) -> Void = { _ in },
        body: (_ url: String, _ client: DICOMWebClient) async throws -> Value
    ) async throws -> Value {
        let services = WebServices(
            authenticator: AnonymousAuthenticator(), receiver: archive, queries: archive, retrieval: archive)
        return try await withServer(services, change) { url in
            try await body(url, DICOMWebClient(WebClientSettings(url: url)))
        }
    }

    private static let multipart = [
        "Content-Type": "multipart/related; type=\"application/dicom\"; boundary=b0undary"
    ]

    // MARK: - Store

    @Test func `what is stored is what was sent, byte for byte`() async throws {
        var generator = SeededGenerator(seed: 9)
        let files = (0..<20).map { number -> [UInt8] in
            let pixels = (0..<generator.below(40_000)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            return Sample.object(instance: "1.2.3.4.\(number)").bytes(Tag(0xFFFC, 0xFFFC), .OB, pixels).file()
        }
        let archive = MemoryArchive()
        let report = try await serve(archive) { _, client in
            try await client.store(
                files.map { OutgoingObject(length: $0.count, bytes: Feed([ByteBuffer(bytes: $0)])) })
        }
        #expect(report.status == 200)
        #expect(report.outcomes.allSatisfy { $0.result == .stored })
        #expect(report.outcome(of: "1.2.3.4.7")?.isStored == true)
        #expect(archive.objects.map(\.bytes) == files)
    }

    @Test func `a report says what was not stored, and why`() async throws {
        let good = Sample.file()
        let other = Sample.file(study: "9.9", instance: "1.2.3.4.6")
        let archive = MemoryArchive()
        try await serve(archive) { url, client in
            let mixed = try await Web.send(
                "POST", "\(url)/studies/1.2.3", Self.multipart,
                body: Web.body([
                    ("application/dicom", nil, good), ("application/dicom", nil, other),
                    ("application/dicom", nil, Array("nothing".utf8)), ("image/png", nil, [1, 2]),
                ]))
            #expect(mixed.status == 202)
            let set = try WebDataSet(json: mixed.body)
            func items(_ tag: DICOMCore.Tag) -> Int {
                guard case .items(let items)? = set.elements.first(where: { $0.tag == tag })?.value else { return 0 }
                return items.count
            }
            #expect(items(.referencedSOPSequence) == 1)
            #expect(items(.failedSOPSequence) == 1)
            #expect(items(.otherFailuresSequence) == 2)
            #expect(mixed.text.contains("\(url)/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.5"))

            let none = try await client.store([OutgoingObject(bytes: Feed([ByteBuffer(bytes: other)]))], study: "1.2.3")
            #expect(none.status == 409)
            #expect(none.outcome(of: "1.2.3.4.6")?.result == .failure(.cannotUnderstand))

            let asXML = try await Web.send(
                "POST", "\(url)/studies", Self.multipart.merging(["Accept": "application/dicom+xml"]) { $1 },
                body: Web.body([("application/dicom", nil, good)]))
            #expect(asXML.status == 200)
            #expect(try WebDataSet(xml: asXML.body).elements.contains { $0.tag == .referencedSOPSequence })
        }
        let full = MemoryArchive(refusal: .outOfResources)
        try await serve(full) { url, client in
            let report = try await client.store([OutgoingObject(bytes: Feed([ByteBuffer(bytes: good)]))])
            #expect(report.status == 503)
            #expect(report.outcome(of: "1.2.3.4.5")?.result == .failure(.outOfResources))
        }
    }

    @Test func `bodies that cannot be read are refused, and what was stored before is said`() async throws {
        let good = Sample.file()
        let archive = MemoryArchive()
        let whole = Web.body([("application/dicom", nil, good), ("application/dicom", nil, good)])
        try await serve(archive, { $0.multipart.parts = 10 }) { url, _ in
            func post(_ body: [UInt8], _ headers: [String: String] = Self.multipart) async throws -> Answer {
                try await Web.send("POST", "\(url)/studies", headers, body: body)
            }
            #expect(try await post([]).status == 400)
            #expect(try await post(Array("--b0undary--\r\n".utf8)).status == 400)
            #expect(try await post(whole, [:]).status == 415)
            #expect(try await post(whole, ["Content-Type": "text/plain"]).status == 415)
            #expect(
                try await post(whole, ["Content-Type": "multipart/related; type=\"image/png\"; boundary=b0undary"])
                    .status == 415)
            #expect(try await post(whole, ["Content-Type": "multipart/related"]).status == 400)
            #expect(try await post(whole, Self.multipart.merging(["Accept": "image/png"]) { $1 }).status == 406)
            let many = Web.body([(String, String?, [UInt8])](repeating: ("application/dicom", nil, [1]), count: 11))
            #expect(try await post(many).status == 413)
            let before = archive.objects.count
            // The second part ends in its midst: it is not stored, the first is.
            let cut = try await post(Array(whole.dropLast(good.count / 2)))
            #expect(cut.status == 400)
            #expect(try WebDataSet(json: cut.body).elements.contains { $0.tag == .referencedSOPSequence })
            #expect(archive.objects.count == before + 1)
        }
    }

    @Test func `more data sets than objects are taken in one request are refused before any is stored`() async throws {
        let archive = MemoryArchive()
        try await serve(archive, { $0.multipart.parts = 2 }) { url, _ in
            let headers = ["Content-Type": "multipart/related; type=\"application/dicom+json\"; boundary=b0undary"]
            func post(_ json: String) async throws -> Int {
                let body = Web.body([("application/dicom+json", nil, Array(json.utf8))])
                return try await Web.send("POST", "\(url)/studies", headers, body: body).status
            }
            let tooMany = try await post("[{},{},{}]"), allowed = try await post("[{},{}]")
            #expect(tooMany == 413)
            #expect(allowed == 409)
        }
        #expect(archive.objects.isEmpty)
    }

    @Test func `one object alone is taken, too`() async throws {
        let archive = MemoryArchive()
        let good = Sample.file()
        try await serve(archive) { url, _ in
            let answer = try await Web.send("POST", "\(url)/studies", ["Content-Type": "application/dicom"], body: good)
            #expect(answer.status == 200)
        }
        #expect(archive.objects.first?.bytes == good)
    }

    @Test(arguments: ["json", "xml"])
    func `metadata and bulk data make the object that they came from`(form: String) async throws {
        let original = try DICOMFile(
            bytes: DataSetBuilder(
                [.element(.specificCharacterSet, .CS, Array("ISO_IR 192".utf8))]
                    + Sample.object(name: "MÜLLER^JÖRG").parts
            ).file())
        var options = JSONModel.Options()
        options.inlineBinaryLimit = 0
        options.namesBulkDataByPath = true
        options.bulkDataBase = "bulk"
        var json = JSONWriter()
        json.array { JSONModel(original, options: options).write(to: &$0) }
        let metadata = form == "json" ? json.bytes : NativeModel(original, options: options).bytes
        let pixels = try original.bytes(of: try #require(original.dataSet.child(.pixelData)))
        let archive = MemoryArchive()
        try await serve(archive) { url, _ in
            let headers = [
                "Content-Type": "multipart/related; type=\"application/dicom+\(form)\"; boundary=b0undary"
            ]
            let answer = try await Web.send(
                "POST", "\(url)/studies", headers,
                body: Web.body([
                    ("application/dicom+\(form)", nil, metadata), ("application/octet-stream", "bulk/7FE00010", pixels),
                ]))
            #expect(answer.status == 200, "\(answer.text)")
            // Bulk data that is not there, and pixels that are no image.
            let without = try await Web.send(
                "POST", "\(url)/studies", headers, body: Web.body([("application/dicom+\(form)", nil, metadata)]))
            #expect(without.status == 409)
            let twice = try await Web.send(
                "POST", "\(url)/studies", headers,
                body: Web.body([
                    ("application/dicom+\(form)", nil, metadata), ("application/octet-stream", "x", [1]),
                    ("application/octet-stream", "x", [2]),
                ]))
            #expect(twice.status == 400)
        }
        let stored = try #require(archive.objects.first).file
        #expect(stored.text(.patientName) == "MÜLLER^JÖRG")
        #expect(try stored.bytes(of: try #require(stored.dataSet.child(.pixelData))) == pixels)
        var first = JSONWriter()
        var second = JSONWriter()
        JSONModel(original).write(to: &first)
        JSONModel(stored).write(to: &second)
        #expect(second.text == first.text)
    }

    @Test func `a compressed image comes as one frame`() async throws {
        let meta =
            #"[{"00080016":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.7"]},"00080018":{"vr":"UI","Value":["1.2"]},"0020000D":{"vr":"UI","Value":["1.3"]},"0020000E":{"vr":"UI","Value":["1.4"]},"7FE00010":{"vr":"OB","BulkDataURI":"p"}}]"#
        let archive = MemoryArchive()
        try await serve(archive) { url, _ in
            let answer = try await Web.send(
                "POST", "\(url)/studies",
                ["Content-Type": "multipart/related; type=\"application/dicom+json\"; boundary=b0undary"],
                body: Web.body([
                    ("application/dicom+json", nil, Array(meta.utf8)),
                    ("image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50", "p", [0xFF, 0xD8, 0xFF]),
                ]))
            #expect(answer.status == 200, "\(answer.text)")
        }
        let file = try #require(archive.objects.first).file
        #expect(file.transferSyntax.uid == "1.2.840.10008.1.2.4.50")
        #expect(try await FrameIndex(file)?.bytes(of: 0, in: file).collectBytes() == [0xFF, 0xD8, 0xFF, 0])
    }

    // MARK: - Search

    private func archive() -> MemoryArchive {
        MemoryArchive([
            Sample.file(), Sample.file(instance: "1.2.3.4.6"), Sample.file(series: "1.2.3.5", instance: "1.2.3.5.1"),
            Sample.file(study: "1.2.4", series: "1.2.4.1", instance: "1.2.4.1.1", name: "ROE^RICHARD", patient: "Y2"),
        ])
    }

    @Test func `all six resources are searched`() async throws {
        try await serve(archive()) { url, client in
            for (path, count) in [
                ("studies", 2), ("series", 3), ("instances", 4), ("studies/1.2.3/series", 2),
                ("studies/1.2.3/instances", 3), ("studies/1.2.3/series/1.2.3.4/instances", 2),
            ] {
                let answer = try await Web.get("\(url)/\(path)")
                #expect((answer.json as? [Any])?.count == count, "\(path)")
                #expect(answer.mediaType?.essence == "application/dicom+json")
            }
            #expect(try await client.search(WebQuery(.series, study: "1.2.3")).dataSets.all().count == 2)
            #expect(
                try await client.search(WebQuery(.instance, study: "1.2.3", series: "1.2.3.5")).dataSets.all().count
                    == 1)
        }
    }

    @Test(arguments: [
        ("PatientID=X1", 1), ("00100020=Y2", 1), ("PatientName=DOE*", 1), ("PatientName=D%C3%96*", 0),
        ("StudyInstanceUID=1.2.3,1.2.4", 2), ("StudyInstanceUID=1.2.3%5C1.2.4", 2), ("0020000D=1.2.9", 0),
        ("RequestAttributesSequence.ScheduledProcedureStepID=STEP7", 2), ("00400275.00400009=STEP8", 0),
        ("limit=1", 1), ("offset=1", 1), ("limit=0", 0), ("offset=9", 0), ("limit=5&offset=0", 2),
        ("includefield=all", 2), ("includefield=PatientBirthDate,00081030&includefield=StudyID", 2), ("", 2),
    ])
    func `attributes are matched by keyword, tag and path`(query: String, count: Int) async throws {
        try await serve(archive()) { url, _ in
            let answer = try await Web.get("\(url)/studies?\(query)")
            #expect(answer.status == (count == 0 ? 204 : 200))
            #expect((answer.json as? [Any])?.count ?? 0 == count)
        }
    }

    @Test(arguments: [
        "Foo=1", "0010=1", "PatientID=1&PatientID=2", "PatientID=1&00100020=2", "limit=x", "limit=-1", "offset=1.5",
        "StudyInstanceUID=abc", "RequestAttributesSequence=1", "PatientID.PatientName=1", "includefield=Foo", "a=%zz",
        "emptyvaluematching=true", "=1", "limit=99999999999999999999",
    ])
    func `a search that cannot be meant is refused`(query: String) async throws {
        let archive = archive()
        try await serve(archive) { url, _ in
            let answer = try await Web.get("\(url)/studies?\(query)")
            #expect(answer.status == 400)
        }
        #expect(archive.asked.isEmpty)
    }

    @Test func `what is not done or cut off is said in a warning`() async throws {
        try await serve(archive(), { $0.searchResults = 1 }) { url, client in
            let fuzzy = try await Web.get("\(url)/studies?fuzzymatching=true&PatientID=X1")
            #expect(fuzzy.status == 200)
            #expect(fuzzy.headers["warning"]?.contains("fuzzymatching parameter is not supported") == true)
            let cut = try await Web.get("\(url)/studies")
            #expect((cut.json as? [Any])?.count == 1)
            #expect(cut.headers["warning"]?.contains("exceeded") == true)
            #expect(try await client.search(WebQuery(.study)).isTruncated)
            // Who asks for one gets one, and knows it.
            #expect(try await Web.get("\(url)/studies?limit=1").headers["warning"] == nil)
        }
    }

    @Test func `answers are XML in parts when that is asked for`() async throws {
        try await serve(archive()) { url, _ in
            let answer = try await Web.get(
                "\(url)/studies", ["Accept": "multipart/related; type=\"application/dicom+xml\""])
            let parts = try await Web.parts(answer)
            #expect(parts.count == 2)
            #expect(parts.first?.headers.contentType == .dicomXML)
            #expect(try WebDataSet(xml: parts[0].body).file().text(.patientID) == "X1")
            #expect(try await Web.get("\(url)/studies", ["Accept": "image/png"]).status == 406)
            #expect(try await Web.get("\(url)/studies", ["Accept": "x"]).status == 400)
            #expect(
                try await Web.get("\(url)/studies?accept=application%2Fdicom%2Bjson", ["Accept": "image/png"]).status
                    == 200)
        }
    }

    // MARK: - Retrieve

    @Test func `instances come as parts, or one alone`() async throws {
        let archive = archive()
        try await serve(archive) { url, client in
            let path = Self.instance.path
            let all = try await Web.get("\(url)/studies/1.2.3")
            #expect(try await Web.parts(all).map(\.body) == archive.objects.prefix(3).map(\.bytes))
            #expect(all.mediaType?["type"] == "application/dicom")
            let one = try await Web.get("\(url)/\(path)", ["Accept": "application/dicom; transfer-syntax=*"])
            #expect(one.body == archive.objects[0].bytes)
            #expect(one.mediaType?["transfer-syntax"] == "1.2.840.10008.1.2.1")
            #expect(one.headers["content-length"] == "\(one.body.count)")
            let head = try await Web.send("HEAD", "\(url)/\(path)", ["Accept": "application/dicom"])
            #expect(head.headers["content-length"] == "\(one.body.count)")
            for (accept, status) in [
                ("image/jpeg", 406), ("application/dicom; transfer-syntax=1.2.840.10008.1.2.4.50", 406),
                ("*/*", 200), ("multipart/related; type=\"application/dicom\"; q=0", 406),
                ("text/*;q=0.5, */*;q=0.1", 200),
            ] {
                #expect(try await Web.get("\(url)/\(path)", ["Accept": accept]).status == status, "\(accept)")
            }
            let files = try await client.instances(of: StudyResource(study: "1.2.3"))
            var count = 0
            while let file = try await files.next() {
                #expect(try await file.bytes.collectBytes() == archive.objects[count].bytes)
                #expect(file.transferSyntax == "1.2.840.10008.1.2.1")
                count += 1
            }
            #expect(count == 3)
            await #expect(throws: WebClientError.status(404)) {
                _ = try await client.instances(of: StudyResource(study: "1.2.9"))
            }
        }
    }

    @Test func `metadata names bulk data, which is there then`() async throws {
        try await serve(archive()) { url, client in
            let answer = try await Web.get("\(url)/\(Self.instance.path)/metadata")
            let set = try #require(try WebDataSet.all(json: answer.body).first)
            let pixels = set.elements.first { $0.tag == .pixelData }
            // Thirty-two bytes are inline; what is long is by reference.
            #expect(pixels.map { if case .bytes = $0.value { true } else { false } } == true)
            #expect(try await client.metadata(of: StudyResource(study: "1.2.3")).all().count == 3)
            let xml = try await Web.get(
                "\(url)/studies/1.2.3/metadata", ["Accept": "multipart/related; type=\"application/dicom+xml\""])
            #expect(try await Web.parts(xml).count == 3)
        }
        let large = MemoryArchive([Sample.file(frames: 200)])
        try await serve(large) { url, client in
            let answer = try await Web.get("\(url)/studies/1.2.3/metadata")
            let set = try #require(try WebDataSet.all(json: answer.body).first)
            guard case .bulkData(let uri)? = set.elements.first(where: { $0.tag == .pixelData })?.value else {
                Issue.record("it is inline")
                return
            }
            #expect(uri == "\(url)/\(Self.instance.path)/bulkdata/7FE00010")
            let part = try #require(try await client.bulkData(uri).next())
            #expect(try await part.bytes.collectBytes().count == 3200)
            await #expect(throws: WebClientError.self) { _ = try await client.bulkData("https://evil.example.org/x") }
            let some = try await Web.get(
                uri, ["Accept": "application/octet-stream", "Range": "bytes=16-47"])
            #expect(some.status == 206)
            #expect(some.headers["content-range"] == "bytes 16-47/3200")
            #expect(some.body == [UInt8](repeating: 2, count: 16) + [UInt8](repeating: 3, count: 16))
            let beyond = try await Web.get(uri, ["Accept": "application/octet-stream", "Range": "bytes=3200-"])
            #expect(beyond.status == 416)
            #expect(beyond.headers["content-range"] == "bytes */3200")
            #expect(try await Web.get("\(url)/\(Self.instance.path)/bulkdata/00400275").status == 404)
            #expect(
                try await Web.get("\(url)/\(Self.instance.path)/bulkdata/00400275/1/00400009", ["Accept": "*/*"]).status
                    == 200)
            #expect(try await Web.get("\(url)/\(Self.instance.path)/bulkdata/x").status == 404)
            #expect(try await Web.get(uri, ["Accept": "image/png"]).status == 406)
        }
    }

    @Test func `frames come in the order that they were asked for`() async throws {
        try await serve(archive(), { $0.frames = 3 }) { url, client in
            let path = "\(url)/\(Self.instance.path)/frames"
            let answer = try await Web.get("\(path)/2,1,2")
            #expect(try await Web.parts(answer).map { $0.body.first } == [2, 1, 2])
            let one = try await Web.get("\(path)/2", ["Accept": "application/octet-stream"])
            #expect(one.body == [UInt8](repeating: 2, count: 16))
            #expect(one.mediaType?["transfer-syntax"] == "1.2.840.10008.1.2.1")
            #expect(try await Web.get("\(path)/3").status == 404)
            #expect(try await Web.get("\(path)/0").status == 400)
            #expect(try await Web.get("\(path)/1,2,1,2").status == 400)
            #expect(try await Web.get("\(path)/1", ["Accept": "image/jpeg"]).status == 406)
            let frames = try await client.frames([1, 2], of: Self.instance)
            var bodies: [[UInt8]] = []
            while let frame = try await frames.next() { bodies.append(try await frame.bytes.collectBytes()) }
            #expect(bodies.map(\.first) == [1, 2])
        }
    }

    @Test func `compressed frames are given as they are, to those who take them`() async throws {
        let jpeg = "1.2.840.10008.1.2.4.50"
        let file = DataSetBuilder(Sample.object().parts.dropLast()).fragments(
            .pixelData, .OB, [[], [0xFF, 0xD8], [1, 2]]
        )
        .file(TransferSyntax(uid: jpeg))
        try await serve(MemoryArchive([file])) { url, _ in
            let path = "\(url)/\(Self.instance.path)/frames/2"
            for (accept, status) in [
                ("multipart/related; type=\"image/jpeg\"", 200),
                ("multipart/related; type=\"image/jpeg\"; transfer-syntax=\(jpeg)", 200),
                ("multipart/related; type=\"application/octet-stream\"; transfer-syntax=*", 200), ("*/*", 200),
                ("multipart/related; type=\"image/jpeg\"; transfer-syntax=1.2.840.10008.1.2.4.70", 406),
                ("multipart/related; type=\"application/octet-stream\"", 406), ("image/png", 406),
            ] {
                let answer = try await Web.get(path, ["Accept": accept])
                #expect(answer.status == status, "\(accept)")
                if status == 200 { #expect(try await Web.parts(answer).map(\.body) == [[1, 2]], "\(accept)") }
            }
            #expect(
                try await Web.parts(try await Web.get(path, ["Accept": "*/*"])).first?.headers.contentType?.essence
                    == "image/jpeg")
        }
    }

    @Test func `rendered images are passed on with their parameters`() async throws {
        let archive = archive()
        try await serve(archive) { url, client in
            let answer = try await Web.get("\(url)/\(Self.instance.path)/rendered?quality=5", ["Accept": "image/png"])
            #expect(answer.mediaType?.essence == "image/png")
            #expect(answer.body.count == 4)
            let passed = try await client.rendered(RenderedRequest(Self.instance, frames: [1], isThumbnail: true))
            #expect(try await passed.bytes.collectBytes().count == 4)
            #expect(archive.asked.last == "thumbnail")
        }
    }

    @Test func `an answer that fails in its midst is cut off, not ended`() async throws {
        struct Failing: RetrieveProvider {
            struct Lost: Error {}
            func instances(of resource: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws
                -> Feed<RetrievedInstance>
            {
                let pieces = Feed([ByteBuffer(repeating: 1, count: 1000)])
                return Feed([
                    RetrievedInstance(
                        transferSyntax: "1.2",
                        bytes: Feed { if let piece = try await pieces.next() { piece } else { throw Lost() } })
                ])
            }
            func metadata(of resource: StudyResource, for caller: Caller) async throws -> Feed<DICOMFile> { Feed([]) }
            func file(of instance: StudyResource, acceptable: AcceptableSyntaxes, for caller: Caller) async throws
                -> DICOMFile
            { throw WebProblem.notFound }
            func rendered(_ request: RenderedRequest, for caller: Caller) async throws -> RenderedAnswer {
                throw WebProblem.notImplemented
            }
        }
        let services = WebServices(authenticator: AnonymousAuthenticator(), retrieval: Failing())
        try await withServer(services) { url in
            await #expect(throws: (any Error).self) { _ = try await Web.get("\(url)/studies/1.2") }
            let client = DICOMWebClient(WebClientSettings(url: url))
            let files = try await client.instances(of: StudyResource(study: "1.2"))
            let file = try #require(try await files.next())
            await #expect(throws: (any Error).self) { _ = try await file.bytes.collectBytes() }
            // Metadata of nothing is not found.
            #expect(try await Web.get("\(url)/studies/1.2/metadata").status == 404)
        }
    }

    @Test func `a client tells what passes from what does not`() async throws {
        let port = try Ports.take()
        let client = DICOMWebClient(WebClientSettings(url: "http://127.0.0.1:\(port)"))
        do {
            _ = try await client.store([OutgoingObject(bytes: Feed([ByteBuffer(bytes: Sample.file())]))])
            Issue.record("somebody answered")
        } catch let error as WebClientError {
            #expect(error.isTransient)
            #expect(!"\(error)".contains("127.0.0.1"))
        }
        #expect(WebClientError.status(503).isTransient)
        #expect(!WebClientError.status(400).isTransient)
        #expect(!WebClientError.malformed("x").isTransient)
    }

    @Test func `an error of what is sent is the sender's own`() async throws {
        struct Mine: Error {}
        try await serve(MemoryArchive()) { _, client in
            await #expect(throws: Mine.self) {
                _ = try await client.store([OutgoingObject(bytes: Feed { throw Mine() })])
            }
        }
    }
}
