import DICOMCore
import DICOMNetwork
import NIOCore
import TestSupport
import Testing

/// C-FIND, both sides ours.
struct QueryTests {
    static func open<Value: Sendable>(
        _ port: Int, _ model: String = ServiceClasses.studyRootFind, syntax: String = "1.2.840.10008.1.2.1",
        body: (Association) async throws -> Value
    ) async throws -> Value {
        var proposals = ContextProposals()
        proposals.ask(model, in: [syntax])
        return try await AssociationClient.open(
            host: "127.0.0.1", port: port, request(proposals), settings: .patient, body: body)
    }

    private static func matches(_ count: Int, size: Int = 10) -> [DataSetBuilder] {
        (0..<count).map { index in
            DataSetBuilder().text(Tag(0x0020, 0x000D), .UI, "1.2.\(index)")
                .bytes(Tag(0x0042, 0x0011), .OB, [UInt8](repeating: 7, count: size))
        }
    }

    @Test(arguments: ServiceClasses.find.sorted(), ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"])
    func `every information model is asked and answered in the agreed transfer syntax`(
        model: String, syntax: String
    ) async throws {
        let archive = Archive(matches: Self.matches(3))
        try await withServer(archive) { port in
            try await Self.open(port, model, syntax: syntax) { association in
                var found: [Match] = []
                for try await match in try await association.find(sopClass: model, identifier(syntax)) {
                    found.append(match)
                }
                let encoding = TransferSyntax(uid: syntax).encoding
                #expect(found.map(\.identifier.bytes) == Self.matches(3).map { $0.encoded(encoding) })
                #expect(found.allSatisfy { $0.identifier.transferSyntax == syntax && $0.supportsAllKeys })
            }
        }
        let query = try #require(archive.now.queries.first)
        #expect(query.sopClass == model && query.identifier == identifier(syntax) && query.priority == .medium)
    }

    @Test(arguments: [0, 1, 2000]) func `matches come whole, in their order, and then the association goes on`(
        count: Int
    ) async throws {
        let archive = Archive(matches: Self.matches(count)), expected = Self.matches(count).map { $0.encoded() }
        try await withServer(archive) { port in
            try await Self.open(port) { association in
                for _ in 0..<2 {
                    var found: [[UInt8]] = []
                    for try await match in try await association.find(
                        sopClass: ServiceClasses.studyRootFind, identifier())
                    {
                        found.append(match.identifier.bytes)
                    }
                    #expect(found == expected)
                }
            }
        }
        #expect(archive.now.sent == 2 * count)
    }

    @Test func `who leaves the loop cancels the query, and what is not taken is not made`() async throws {
        // 100 MB: more than sockets hold.
        let archive = Archive(matches: Self.matches(1000, size: 100_000))
        try await withServer(archive) { port in
            try await Self.open(port) { association in
                for _ in 0..<2 {
                    for try await _ in try await association.find(
                        sopClass: ServiceClasses.studyRootFind, identifier())
                    { break }
                }
            }
        }
        #expect(archive.now.queries.count == 2 && archive.now.cancelled == 2)
        #expect(archive.now.sent < 1000)
    }

    @Test func `a task that is cancelled cancels its query at the peer`() async throws {
        let archive = Archive(matches: Self.matches(1000, size: 100_000))
        try await withServer(archive) { port in
            try await Self.open(port) { association in
                let matches = try await association.find(sopClass: ServiceClasses.studyRootFind, identifier())
                let task = Task {
                    var count = 0
                    do throws(AssociationError) {
                        var iterator = matches.makeAsyncIterator()
                        while try await iterator.next() != nil {
                            count += 1
                            if count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                        }
                        return (count, AssociationError?.none)
                    } catch {
                        return (count, error)
                    }
                }
                let (count, error) = await task.value
                #expect(error == .cancelled)
                #expect(count >= 3 && count < 1000)
            }
        }
        #expect(archive.now.cancelled == 1)
    }

    @Test func `a failure is told with its status and its comment, of which 64 characters travel`() async throws {
        let long = String(repeating: "x", count: 100)
        let archive = Archive(matches: Self.matches(1), outcome: Outcome(.outOfResources, comment: long))
        try await withServer(archive) { port in
            try await Self.open(port) { association in
                let matches = try await association.find(sopClass: ServiceClasses.studyRootFind, identifier())
                var iterator = matches.makeAsyncIterator()
                #expect(try await iterator.next() != nil)
                let expected = Outcome(.outOfResources, comment: String(long.prefix(64)))
                await #expect(throws: AssociationError.failed(expected)) { try await iterator.next() }
            }
        }
    }

    @Test func `what is served by nobody is answered 0211H, and the association goes on`() async throws {
        struct Nothing: AssociationProvider {
            func answer(_ asker: Asker) async -> Answer {
                let results = asker.request.contexts.map {
                    ContextResult(id: $0.id, reason: .acceptance, transferSyntax: $0.transferSyntaxes.first ?? "")
                }
                return .accept(Acceptance(contexts: results, services: Services()))
            }
        }
        var proposals = ContextProposals()
        let every = [
            ServiceClasses.verification, ServiceClasses.studyRootFind, ServiceClasses.studyRootMove,
            ServiceClasses.studyRootGet, ServiceClasses.storageCommitment, "1.2.840.10008.5.1.4.1.1.7",
        ]
        for sopClass in every { proposals.ask(sopClass, in: ["1.2.840.10008.1.2.1"]) }
        let asked = request(proposals)
        try await withServer(Nothing()) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                let refused = Outcome(.unrecognizedOperation)
                let matches = try await association.find(sopClass: ServiceClasses.studyRootFind, identifier())
                var iterator = matches.makeAsyncIterator()
                await #expect(throws: AssociationError.failed(refused)) { try await iterator.next() }
                let move = try await association.move(
                    sopClass: ServiceClasses.studyRootMove, identifier(), destination: "X")
                let get = try await association.get(
                    sopClass: ServiceClasses.studyRootGet, identifier(), into: Receiver())
                #expect(move.outcome == refused && get.outcome == refused)
                #expect(try await association.commit(identifier()) == refused)
                let object = try #require(objects(1, size: 300_000).first)
                let status = try await association.store(
                    sopClass: object.sopClass, sopInstance: object.sopInstance, transferSyntax: object.transferSyntax,
                    piece: pieces(object.bytes))
                #expect(status == .unrecognizedOperation)
                #expect(try await association.echo() == .success)
            }
        }
    }

    @Test func `identifiers have a limit, on both sides`() async throws {
        var settings = ConnectionSettings()
        settings.limits.identifierLength = 1000
        let archive = Archive(matches: Self.matches(1, size: 2000))
        let asked = identifier().bytes + [UInt8](repeating: 0, count: 2000)
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.studyRootFind, in: ["1.2.840.10008.1.2.1"])
        let (opening, limited) = (request(proposals), settings)
        // The server's limit, then the client's.
        for (bytes, server, client) in [
            (asked, limited, ConnectionSettings()), (identifier().bytes, ConnectionSettings(), limited),
        ] {
            try await withServer(archive, settings: server) { port in
                _ = await #expect(throws: AssociationError.self) {
                    try await AssociationClient.open(
                        host: "127.0.0.1", port: port, opening, settings: client
                    ) { association in
                        let keys = EncodedDataSet(transferSyntax: "1.2.840.10008.1.2.1", bytes: bytes)
                        for try await _ in try await association.find(sopClass: ServiceClasses.studyRootFind, keys) {}
                    }
                }
            }
        }
    }
}
