import DICOMCore
import DICOMFile
import DICOMWeb
import Foundation
import NIOCore
import NIOSSL
import Registry
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// STOW-RS in, STOW-RS out: the built gateway between our client with a certificate and a server that keeps what it gets.
struct WebEndToEndTests {
    /// A destination. It refuses, or is busy, as often as it is told to.
    private final class Destination: DICOMWeb.ObjectReceiver {
        let objects = Mutex<[[UInt8]]>([])
        let answers: Mutex<[StoreReason]>

        init(_ answers: [StoreReason] = []) { self.answers = Mutex(answers) }

        func store(_ object: DICOMWeb.IncomingObject, from caller: Caller) async -> StoreOutcome {
            var bytes: [UInt8] = []
            do {
                while let piece = try await object.bytes.next() { bytes += piece.readableBytesView }
            } catch {
                return StoreOutcome(.failure(.processingFailure))
            }
            let file = try? DICOMFile(bytes: bytes)
            let own = (file?.text(.sopClassUID), file?.text(.sopInstanceUID))
            if let reason = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                return StoreOutcome(.failure(reason), sopClass: own.0, sopInstance: own.1)
            }
            objects.withLock { $0.append(bytes) }
            return StoreOutcome(
                .stored, sopClass: own.0, sopInstance: own.1, study: file?.text(.studyInstanceUID),
                series: file?.text(.seriesInstanceUID))
        }
    }

    private struct Anybody: Authenticator {
        func caller(_ credentials: Credentials) async throws -> Caller { Caller(address: credentials.address) }
    }

    private func withGateway(
        _ destination: Destination, _ body: (Site, DICOMWebClient, _ stranger: DICOMWebClient) async throws -> Void
    ) async throws {
        let folder = try WorkFolder()
        let own = try await KeyFiles("gateway", folder), modality = try await KeyFiles("modality", folder)
        let other = try await KeyFiles("stranger", folder)
        let roots = try KeyFiles.roots([modality, other], folder)
        let behind = DICOMWebServer(
            WebServerSettings(), WebServices(authenticator: Anybody(), receiver: destination))
        let running = Task(executorPreference: serverThreads) { try await behind.run() }
        let port = try Ports.take()
        let result: Result<Void, any Error>
        do {
            let site = try await Site(
                folder: folder,
                peers: """
                    <peer id="scanner" certificate="\(modality.certificate)" addresses="127.0.0.1 ::1" roles="send"/>
                    <peer id="web" url="http://127.0.0.1:\(try await behind.port)" roles="receive"/>
                    """,
                routes: #"<route id="all"><to peer="web" audience="archive"/></route>"#,
                more: """
                    <web host="127.0.0.1" port="\(port)" login="certificate">
                      <tls certificate="\(own.certificate)" key="\(own.key)" clients="\(roots)"/>
                    </web>
                    """)
            let gateway = try await site.start()
            func client(_ pair: KeyFiles) throws -> DICOMWebClient {
                var settings = WebClientSettings(url: "https://localhost:\(port)/dicom-web")
                settings.tls = try pair.tls(trusting: own)
                return DICOMWebClient(settings)
            }
            try await body(site, try client(modality), try client(other))
            await gateway.stop()
            #expect(gateway.program.status == 0, "\(site.log)")
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await behind.stop()
        try await running.value
        try result.get()
    }

    private func store(_ files: [[UInt8]], _ client: DICOMWebClient, study: String? = nil) async throws -> StoreReport {
        try await client.store(
            files.map { OutgoingObject(length: $0.count, bytes: Feed([ByteBuffer(bytes: $0)])) }, study: study)
    }

    @Test func `what is stored is in the vault before it is answered, and arrives once, byte for byte`() async throws {
        let destination = Destination()
        try await withGateway(destination) { site, client, stranger in
            let files = (1...5).map { Instances.file($0) }
            // Nobody's peer.
            let refused = try await store(files, stranger)
            #expect(refused.status == 409)
            #expect(refused.outcomes.allSatisfy { $0.result == .failure(.notAuthorized) })

            let report = try await store(files, client, study: Instances.study())
            #expect(report.status == 200)
            #expect((1...5).allSatisfy { report.outcome(of: Instances.uid($0))?.result == .stored })
            // Answered means kept.
            #expect(try site.registry().instances(inStudy: Instances.study()).count == 5)
            // The same again is the same.
            #expect(try await store(files, client).status == 200)

            let wrong = try await store([Instances.file(9, study: 9)], client, study: Instances.study())
            #expect(wrong.status == 409)
            #expect(try site.registry().instances(inStudy: Instances.study(9)).isEmpty)
            // However far behind the beginning the study is named.
            var parts = Instances.dataSet(9, study: 9).parts
            parts.insert(
                contentsOf: [
                    .element(Tag(0x0009, 0x0010), .LO, Array("CORDON TEST".utf8)),
                    .element(Tag(0x0009, 0x1001), .OB, [UInt8](repeating: 1, count: 300_000)),
                ], at: 8)
            let far = try await store([DataSetBuilder(parts).file()], client, study: Instances.study())
            #expect(far.status == 409)
            #expect(try site.registry().instances(inStudy: Instances.study(9)).isEmpty)
            let nothing = try await store([Array("nothing".utf8)], client)
            #expect(nothing.status == 409)
            #expect(nothing.outcomes.first?.result == .failure(.cannotUnderstand))

            try await eventually("all have arrived: \(site.log)") { destination.objects.withLock { $0.count } >= 5 }
            #expect(Set(destination.objects.withLock { $0 }) == Set(files))
            #expect(!site.log.contains("GEHEIM") && !site.log.contains(Instances.root), "no patient data in the log")
        }
        #expect(destination.objects.withLock { $0.count } == 5)
    }

    @Test func `a destination that is busy is tried again, and what it refuses becomes a dead letter`() async throws {
        // Busy twice; then it refuses the same object as often as a site waits for.
        let destination = Destination([
            .outOfResources, .outOfResources, .cannotUnderstand, .cannotUnderstand, .cannotUnderstand,
        ])
        try await withGateway(destination) { site, client, _ in
            #expect(try await store([Instances.file(1)], client).status == 200)
            try await eventually("it is a dead letter: \(site.log)") { try site.lines("dead-letter").count == 1 }
            #expect(destination.objects.withLock { $0.isEmpty })
            #expect(try await store([Instances.file(2)], client).status == 200)
            try await eventually("the next has arrived: \(site.log)") { destination.objects.withLock { $0.count } == 1 }
        }
    }
}
