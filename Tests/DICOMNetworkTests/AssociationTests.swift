import DICOMNetwork
import NIOCore
import NIOSSL
import TestSupport
import Testing

private let secondaryCapture = "1.2.840.10008.5.1.4.1.1.7"
private let explicit = "1.2.840.10008.1.2.1"

struct AssociationTests {
    @Test func `an echo is answered, and the asker is known`() async throws {
        let receiver = Receiver()
        var asked = request()
        asked.user.identity = UserIdentity(.username, primary: Array("reader".utf8))
        try await withServer(receiver) { port in
            let status = try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { try await $0.echo() }
            #expect(status == .success)
        }
        let asker = try #require(receiver.askers.first)
        #expect(asker.request == asked)
        #expect(asker.address?.ipAddress == "127.0.0.1")
        #expect(asker.certificate == nil)
    }

    @Test(arguments: [0, 1, 2, 131_066, 131_068, 131_070, 5_000_000])
    func `a data set arrives byte for byte, whatever its size`(size: Int) async throws {
        let receiver = Receiver()
        var generator = Repeatable(state: UInt64(size))
        let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try await withServer(receiver) { port in
            let status = try await AssociationClient.open(
                host: "127.0.0.1", port: port, request([secondaryCapture: [explicit]])
            ) { try await Self.store(bytes, on: $0) }
            #expect(status == .success)
        }
        #expect(receiver.objects.map(\.bytes) == [bytes])
        #expect(receiver.objects.first?.request.transferSyntax == explicit)
    }

    private static func store(_ bytes: [UInt8], on association: Association) async throws -> Status {
        var position = 0
        return try await association.store(
            sopClass: secondaryCapture, sopInstance: "1.2.3", transferSyntax: explicit
        ) { maximum in
            guard position < bytes.count else { return nil }
            let end = min(position + maximum, bytes.count)
            defer { position = end }
            return bytes[position..<end]
        }
    }

    @Test func `the status of the handler is what the sender hears`() async throws {
        try await withServer(Receiver(status: .outOfResources)) { port in
            let status = try await AssociationClient.open(
                host: "127.0.0.1", port: port, request([secondaryCapture: [explicit]])
            ) { try await Self.store([1, 2], on: $0) }
            #expect(status == .outOfResources)
        }
    }

    @Test func `a refusal says why`() async throws {
        try await withServer(Receiver(refusal: .callingTitleNotRecognized)) { port in
            _ = await #expect(throws: AssociationError.refused(.callingTitleNotRecognized)) {
                try await AssociationClient.open(host: "127.0.0.1", port: port, request()) { try await $0.echo() }
            }
        }
        try await withServer(Receiver(), maximum: 0) { port in
            _ = await #expect(throws: AssociationError.refused(.localLimitExceeded)) {
                try await AssociationClient.open(host: "127.0.0.1", port: port, request()) { try await $0.echo() }
            }
        }
    }

    @Test func `a context that is accepted in a transfer syntax that nobody proposed is none`() async throws {
        struct Odd: AssociationProvider {
            func answer(_ asker: Asker) async -> Answer {
                let contexts = asker.request.contexts.map {
                    ContextResult(id: $0.id, reason: .acceptance, transferSyntax: "1.2.840.10008.1.2.2")
                }
                return .accept(Acceptance(contexts: contexts, services: Services()))
            }
        }
        try await withServer(Odd()) { port in
            _ = await #expect(throws: AssociationError.noContext(sopClass: "1.2.840.10008.1.1")) {
                try await AssociationClient.open(host: "127.0.0.1", port: port, request()) { try await $0.echo() }
            }
        }
    }

    @Test func `two hundred associations at once are served side by side`() async throws {
        let receiver = Receiver()
        // Patience for a machine that has other work: what is asked is that all are served, not how soon.
        var settings = ConnectionSettings()
        settings.artim = .minutes(10)
        settings.idle = .minutes(10)
        settings.connect = .minutes(10)
        let patient = settings
        let statuses = try await withServer(receiver, settings: patient) { port in
            try await withThrowingTaskGroup(of: Status.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        try await AssociationClient.open(
                            host: "127.0.0.1", port: port, request([secondaryCapture: [explicit]]), settings: patient
                        ) { try await Self.store([UInt8](repeating: 7, count: 10_000), on: $0) }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(statuses == [Status](repeating: .success, count: 200))
        #expect(receiver.objects.count == 200)
    }

    @Test func `TLS proves the server, and the client where that is asked`() async throws {
        let pair = try KeyPair.shared.get()
        let certificate = try NIOSSLCertificate(bytes: pair.certificate, format: .pem)
        let key = try NIOSSLPrivateKey(bytes: pair.key, format: .pem)
        var server = ConnectionSettings(), client = ConnectionSettings()
        server.tls = .dicomServer(chain: [certificate], key: key, clients: [certificate])
        var withCertificate = TLSConfiguration.dicomClient(roots: [certificate], chain: [certificate], key: key)
        // The certificate of the test names no address; the chain is checked.
        withCertificate.certificateVerification = .noHostnameVerification
        let receiver = Receiver()
        try await withServer(receiver, settings: server) { port in
            client.tls = withCertificate
            let status = try await AssociationClient.open(
                host: "127.0.0.1", port: port, request(), settings: client
            ) { try await $0.echo() }
            #expect(status == .success)
            var stranger = withCertificate
            stranger.certificateChain = []
            stranger.privateKey = nil
            for configuration in [stranger, .dicomClient(roots: [certificate], chain: [certificate], key: key), nil] {
                client.tls = configuration
                let settings = client
                _ = await #expect(throws: (any Error).self) {
                    try await AssociationClient.open(
                        host: "127.0.0.1", port: port, request(), settings: settings
                    ) { try await $0.echo() }
                }
            }
        }
        #expect(receiver.askers.count == 1)
        #expect(receiver.askers.first?.certificate == certificate)
    }
}
