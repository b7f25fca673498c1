import DICOMCore
import DICOMNetwork
import Foundation
import NIOCore
import NIOSSL
import TestSupport
import Testing

/// DCMTK's programs as peers. Their time-outs are only there to end a hang: a busy machine is slow.
struct ToolkitTests {
    static let patient = ["-to", "500", "-ta", "500", "-td", "500"]
    /// Of those that have a time-out for sockets, too.
    static let patientSockets = patient + ["-ts", "500"]
    /// Of storescp, which asks for no connection.
    static let patientServer = ["-ts", "500", "-ta", "500", "-td", "500"]

    @Test func `echoscu and its abort are understood`() async throws {
        try await withServer(Receiver()) { port in
            for options in [[], ["--abort"], ["--repeat", "20"], ["--max-pdu", "4096"]] {
                let result = try await run(["echoscu"] + Self.patientSockets + options + ["127.0.0.1", "\(port)"])
                #expect(result.status == 0, "\(result.output)")
            }
        }
    }

    /// The data set of a file with file meta information: it begins after group 0002.
    private static func dataSet(_ file: URL) throws -> [UInt8] {
        let bytes = Array(try Data(contentsOf: file))
        try #require(bytes.count > 144)
        let length = (0..<4).reduce(0) { $0 | Int(bytes[140 + $1]) << (8 * $1) }
        return Array(bytes.dropFirst(144 + length))
    }

    @Test(arguments: [
        ("CT_small.dcm", "-xe"), ("CT_small.dcm", "-xi"), ("CT_small.dcm", "-xb"), ("JPEG2000.dcm", "-xw"),
        ("SC_rgb_jpeg_dcmtk.dcm", "-xy"), ("MR_small_RLE.dcm", "-xr"), ("image_dfl.dcm", "-xd"),
    ])
    func `what storescu sends arrives as storescp takes it, byte for byte`(name: String, syntax: String) async throws {
        guard let file = Fixtures.pydicom.map({ "\($0)/\(name)" }) else { return }
        try #require(FileManager.default.fileExists(atPath: file))
        let receiver = Receiver()
        func send(_ options: [String], to port: Int) async throws {
            let result = try await run(
                ["storescu"] + Self.patientSockets + [syntax] + options + ["127.0.0.1", "\(port)", file])
            #expect(result.status == 0, "\(result.output)")
        }
        try await withServer(receiver) { try await send([], to: $0) }
        let object = try #require(receiver.objects.first)
        // Again, and in the smallest PDUs.
        try await withServer(receiver) { try await send(["--max-send-pdu", "4096"], to: $0) }
        #expect(receiver.objects.last == object)
        // storescp writes the bytes as they come, too.
        try await withFolder { folder in
            try await Peer.serve(
                ["storescp"] + Self.patientServer + ["+B", "+xa", "-od", folder.path, "PORT"],
                folder: FileManager.default.temporaryDirectory
            ) { try await send([], to: $0) }
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.contains(".") }
            let expected = try Self.dataSet(folder.appendingPathComponent(try #require(names.first)))
            #expect(names.count == 1 && expected == object.bytes)
        }
    }

    private static func match(_ index: Int, size: Int = 10) -> DataSetBuilder {
        DataSetBuilder().text(Tag(0x0008, 0x0052), .CS, "STUDY").text(Tag(0x0010, 0x0010), .PN, "MATCH^\(index)")
            .text(Tag(0x0020, 0x000D), .UI, "1.2.\(index)")
            .text(Tag(0x0032, 0x4000), .LT, String(repeating: "x", count: size))
    }

    private static let keys = ["-k", "0008,0052=STUDY", "-k", "0020,000D=1.2.3"]

    @Test func `findscu finds, in every model that it knows, and cancels`() async throws {
        let archive = Archive(matches: (0..<3).map { Self.match($0) })
        try await withServer(archive) { port in
            for model in ["-S", "-P", "-O", "-W"] {
                let result = try await run(
                    ["findscu", "-v"] + Self.patientSockets + [model] + Self.keys + ["127.0.0.1", "\(port)"])
                #expect(result.status == 0, "\(result.output)")
                for index in 0..<3 { #expect(result.output.contains("MATCH^\(index)"), "\(result.output)") }
            }
        }
        #expect(
            archive.now.queries.map(\.sopClass) == [
                ServiceClasses.studyRootFind, ServiceClasses.patientRootFind, ServiceClasses.patientStudyOnlyFind,
                ServiceClasses.modalityWorklistFind,
            ])
        // More than what sockets hold: findscu hears of the end only when the cancel has come through.
        let endless = Archive(matches: (0..<4000).map { Self.match($0, size: 10_000) })
        try await withServer(endless) { port in
            let result = try await run(
                ["findscu", "-S"] + Self.patientSockets + ["--cancel", "2"] + Self.keys + ["127.0.0.1", "\(port)"])
            #expect(result.status == 0, "\(result.output)")
        }
        #expect(endless.now.cancelled == 1 && endless.now.sent < 4000)
    }

    @Test func `movescu has objects sent, and getscu gets them`() async throws {
        let receiver = Receiver()
        try await withServer(receiver) { port in
            let archive = Archive(objects(4, size: 100_000), destinations: ["DEST": port])
            try await withServer(archive) { port in
                let moved = try await run(
                    ["movescu", "-v", "-S", "-aem", "DEST"] + Self.patient + Self.keys + ["127.0.0.1", "\(port)"])
                #expect(moved.status == 0, "\(moved.output)")
                #expect(receiver.objects.map(\.bytes) == objects(4, size: 100_000).map(\.bytes))
                let nowhere = try await run(
                    ["movescu", "-S", "-aem", "NOBODY"] + Self.patient + Self.keys + ["127.0.0.1", "\(port)"])
                #expect(
                    nowhere.output.contains("MoveDestinationUnknown"),
                    "\(nowhere.output)")
                try await withFolder { folder in
                    let got = try await run(
                        ["getscu", "-S", "+B", "-od", folder.path] + Self.patient + Self.keys
                            + ["127.0.0.1", "\(port)"])
                    #expect(got.status == 0, "\(got.output)")
                    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
                    let received = try files.map { try Self.dataSet(folder.appendingPathComponent($0)) }
                    #expect(Set(received) == Set(objects(4, size: 100_000).map(\.bytes)), "\(got.output)")
                }
            }
        }
    }

    /// An object that dcmqrscp can file.
    private static func object(_ index: Int) -> Archive.Object {
        let sopClass = "1.2.840.10008.5.1.4.1.1.7"
        let data = DataSetBuilder().text(Tag(0x0008, 0x0016), .UI, sopClass)
            .text(Tag(0x0008, 0x0018), .UI, "1.2.3.4.\(index)").text(Tag(0x0008, 0x0020), .DA, "20200101")
            .text(Tag(0x0008, 0x0060), .CS, "OT").text(Tag(0x0010, 0x0010), .PN, "TEST^ONE")
            .text(Tag(0x0010, 0x0020), .LO, "X1").text(Tag(0x0020, 0x000D), .UI, "1.2.3")
            .text(Tag(0x0020, 0x000E), .UI, "1.2.3.4").text(Tag(0x0020, 0x0010), .SH, "1")
            .text(Tag(0x0020, 0x0013), .IS, "\(index)").bytes(
                Tag(0x7FE0, 0x0010), .OB, [UInt8](repeating: 1, count: 5000))
        return Archive.Object(
            sopClass: sopClass, sopInstance: "1.2.3.4.\(index)", transferSyntax: "1.2.840.10008.1.2.1",
            bytes: data.encoded())
    }

    @Test func `dcmqrscp keeps, finds, sends and gives what we ask of it`() async throws {
        let receiver = Receiver(), explicit = "1.2.840.10008.1.2.1"
        let kept = (1...5).map(Self.object)
        try await withFolder { folder in
            try await withServer(receiver) { destination in
                let store = folder.appendingPathComponent("store")
                try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
                try """
                NetworkTCPPort = PORT
                MaxPDUSize = 16384
                MaxAssociations = 16
                HostTable BEGIN
                dest = (DEST, 127.0.0.1, \(destination))
                HostTable END
                VendorTable BEGIN
                VendorTable END
                AETable BEGIN
                ARCHIVE \(store.path) RW (200, 1024mb) ANY
                AETable END

                """.write(to: folder.appendingPathComponent("qr.cfg.in"), atomically: true, encoding: .utf8)
                try await Peer.serve(
                    ["dcmqrscp"] + Self.patient + ["+xe", "-c", "qr.cfg", "PORT"], templates: ["qr.cfg"],
                    folder: folder
                ) { port in
                    var proposals = ContextProposals()
                    for sopClass in [
                        ServiceClasses.studyRootFind, ServiceClasses.studyRootMove, ServiceClasses.studyRootGet,
                    ] { proposals.ask(sopClass, in: [explicit]) }
                    proposals.receive("1.2.840.10008.5.1.4.1.1.7", in: [explicit])
                    let (asked, got) = (request(proposals), Receiver())
                    try await AssociationClient.open(
                        host: "127.0.0.1", port: port,
                        request(["1.2.840.10008.5.1.4.1.1.7": [explicit]], called: "ARCHIVE")
                    ) { association in
                        for object in kept {
                            let status = try await association.store(
                                sopClass: object.sopClass, sopInstance: object.sopInstance,
                                transferSyntax: explicit, piece: pieces(object.bytes))
                            #expect(status == .success)
                        }
                    }
                    try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                        let keys = EncodedDataSet(
                            transferSyntax: explicit,
                            bytes: DataSetBuilder().text(Tag(0x0008, 0x0018), .UI, "")
                                .text(Tag(0x0008, 0x0052), .CS, "IMAGE").text(Tag(0x0020, 0x000D), .UI, "1.2.3")
                                .text(Tag(0x0020, 0x000E), .UI, "1.2.3.4").encoded())
                        var count = 0
                        for try await _ in try await association.find(sopClass: ServiceClasses.studyRootFind, keys) {
                            count += 1
                        }
                        #expect(count == 5)
                        let study = identifier(explicit)
                        let move = try await association.move(
                            sopClass: ServiceClasses.studyRootMove, study, destination: "DEST")
                        #expect(move.outcome.status == .success && move.counts.completed == 5)
                        let get = try await association.get(
                            sopClass: ServiceClasses.studyRootGet, study, into: got)
                        #expect(get.outcome.status == .success && get.counts.completed == 5)
                        #expect(Set(got.objects.map(\.request.sopInstance)) == Set(kept.map(\.sopInstance)))
                        let unknown = try await association.move(
                            sopClass: ServiceClasses.studyRootMove, study, destination: "NOBODY")
                        #expect(unknown.outcome.status == .moveDestinationUnknown)
                    }
                }
            }
        }
        #expect(Set(receiver.objects.map(\.request.sopInstance)) == Set(kept.map(\.sopInstance)))
        #expect(receiver.objects.allSatisfy { $0.request.moveOriginatorTitle == "ASKER" })
    }

    @Test func `TLS is spoken with echoscu, findscu, storescu and storescp, with certificates on both sides`()
        async throws
    {
        let pair = try await onThread { try KeyPair.shared.get() }
        let certificate = try NIOSSLCertificate(bytes: pair.certificate, format: .pem)
        let key = try NIOSSLPrivateKey(bytes: pair.key, format: .pem)
        var server = ConnectionSettings(), client = ConnectionSettings()
        server.tls = .dicomServer(chain: [certificate], key: key, clients: [certificate])
        var configuration = TLSConfiguration.dicomClient(roots: [certificate], chain: [certificate], key: key)
        // The certificate of the test names no address; the chain is checked.
        configuration.certificateVerification = .noHostnameVerification
        client.tls = configuration
        let archive = Archive(matches: [Self.match(1)]), ours = client
        try await withFolder { folder in
            try Data(pair.key).write(to: folder.appendingPathComponent("key"))
            try Data(pair.certificate).write(to: folder.appendingPathComponent("certificate"))
            let object = Self.object(1)
            try Data(DataSetBuilder([.raw(object.bytes)]).file(.explicitLittleEndian))
                .write(to: folder.appendingPathComponent("object.dcm"))
            let tls = ["+tls", "key", "certificate", "+cf", "certificate"] + Self.patientSockets
            try await withServer(archive, settings: server) { port in
                for command in [
                    ["echoscu"] + tls + ["127.0.0.1", "\(port)"],
                    ["findscu", "-S"] + tls + Self.keys + ["127.0.0.1", "\(port)"],
                    ["storescu", "-R"] + tls + ["127.0.0.1", "\(port)", "object.dcm"],
                ] {
                    let result = try await run(command, folder: folder)
                    #expect(result.status == 0, "\(command) \(result.output)")
                }
                let stranger = try await run(
                    ["echoscu"] + Self.patientSockets + ["+tla", "-ic", "127.0.0.1", "\(port)"], folder: folder)
                let plain = try await run(["echoscu"] + Self.patientSockets + ["127.0.0.1", "\(port)"], folder: folder)
                #expect(stranger.status != 0 && plain.status != 0)
            }
            #expect(archive.now.askers.allSatisfy { $0.certificate == certificate } && archive.now.askers.count == 3)
            let store = folder.appendingPathComponent("store")
            try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
            try await Peer.serve(
                ["storescp", "-od", "store", "+B", "+tls", "key", "certificate", "+cf", "certificate"]
                    + Self.patientServer + ["PORT"], folder: folder
            ) { port in
                let status = try await AssociationClient.open(
                    host: "127.0.0.1", port: port,
                    request([object.sopClass: [object.transferSyntax]]), settings: ours
                ) {
                    try await $0.store(
                        sopClass: object.sopClass, sopInstance: object.sopInstance,
                        transferSyntax: object.transferSyntax, piece: pieces(object.bytes))
                }
                #expect(status == .success)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: store.path)
            #expect(try Self.dataSet(store.appendingPathComponent(try #require(names.first))) == object.bytes)
        }
    }
}
