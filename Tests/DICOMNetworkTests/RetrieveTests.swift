import DICOMCore
import DICOMNetwork
import NIOCore
import Synchronization
import TestSupport
import Testing

/// C-MOVE and C-GET, both sides ours.
struct RetrieveTests {
    private static let secondaryCapture = "1.2.840.10008.5.1.4.1.1.7"
    private static let explicit = "1.2.840.10008.1.2.1"

    private static func proposals(receive: [String] = [secondaryCapture]) -> ContextProposals {
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.studyRootGet, in: [explicit])
        proposals.ask(ServiceClasses.studyRootMove, in: [explicit])
        for sopClass in receive { proposals.receive(sopClass, in: [explicit]) }
        return proposals
    }

    @Test func `what a C-GET asks for comes on its association, counted`() async throws {
        let archive = Archive(objects(5, size: 300_000)), asker = Receiver()
        let told = Mutex<[SubOperationCounts]>([])
        let asked = request(Self.proposals())
        try await withServer(archive) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                let result = try await association.get(
                    sopClass: ServiceClasses.studyRootGet, identifier(), into: asker
                ) { counts in told.withLock { $0.append(counts) } }
                #expect(result == .init(outcome: .success, counts: SubOperationCounts(completed: 5), failed: nil))
            }
        }
        #expect(asker.objects.map(\.bytes) == objects(5, size: 300_000).map(\.bytes))
        #expect(asker.objects.map(\.request.sopInstance) == (0..<5).map { "1.2.3.\($0)" })
        #expect(told.withLock { $0 } == (1...5).map { SubOperationCounts(remaining: 5 - $0, completed: $0) })
    }

    @Test func `what the asker has no context for, refuses or warns of, is counted and named`() async throws {
        final class Picky: StorageHandler {
            func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
                switch request.sopInstance.last {
                case "0": .outOfResources
                case "1": Status(rawValue: 0xB000)
                default: .success
                }
            }
        }
        let other = objects(1, sopClass: "1.2.840.10008.5.1.4.1.1.2").map { object in
            var object = object
            object.sopInstance = "1.2.9"
            return object
        }
        let archive = Archive(objects(3) + other)
        let asked = request(Self.proposals())
        try await withServer(archive) { port in
            let result = try await AssociationClient.open(host: "127.0.0.1", port: port, asked) {
                try await $0.get(sopClass: ServiceClasses.studyRootGet, identifier(), into: Picky())
            }
            #expect(result.outcome == Outcome(.subOperationsWithFailures))
            #expect(result.counts == SubOperationCounts(completed: 1, failed: 2, warning: 1))
            let list = DataSetBuilder().text(Tag(0x0008, 0x0058), .UI, "1.2.3.0\\1.2.9").encoded()
            #expect(result.failed == EncodedDataSet(transferSyntax: Self.explicit, bytes: list))
        }
        // Nothing of it can be sent: A702H.
        let none = request(Self.proposals(receive: []))
        try await withServer(archive) { port in
            let result = try await AssociationClient.open(host: "127.0.0.1", port: port, none) {
                try await $0.get(sopClass: ServiceClasses.studyRootGet, identifier(), into: Picky())
            }
            #expect(result.outcome == Outcome(.cannotPerformSubOperations))
            #expect(result.counts == SubOperationCounts(failed: 4))
        }
    }

    @Test func `a C-GET that is cancelled ends between two objects, and says what is left`() async throws {
        let archive = Archive(objects(1000)), asker = Receiver()
        let asked = request(Self.proposals())
        try await withServer(archive) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                let result = try await Task {
                    try await association.get(sopClass: ServiceClasses.studyRootGet, identifier(), into: asker) {
                        if $0.completed == 3 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }.value
                #expect(result.outcome == .cancel)
                #expect(result.counts.completed >= 3 && result.counts.remaining > 0)
                #expect(result.counts.completed + result.counts.remaining == 1000)
                // Whole objects only.
                #expect(asker.objects.count == result.counts.completed)
                let again = try await association.move(
                    sopClass: ServiceClasses.studyRootMove, identifier(), destination: "NOBODY")
                #expect(again.outcome == Outcome(.moveDestinationUnknown))
            }
        }
        #expect(archive.now.cancelled == 1)
    }

    @Test func `a C-MOVE sends to where its title stands for, and says on whose behalf`() async throws {
        let destination = Receiver()
        let asked = request(Self.proposals())
        try await withServer(destination) { port in
            let archive = Archive(objects(4), destinations: ["DEST": port])
            try await withServer(archive) { port in
                let told = Mutex<[SubOperationCounts]>([])
                let result = try await AssociationClient.open(host: "127.0.0.1", port: port, asked) {
                    try await $0.move(
                        sopClass: ServiceClasses.studyRootMove, identifier(), destination: "DEST"
                    ) { counts in told.withLock { $0.append(counts) } }
                }
                #expect(result == .init(outcome: .success, counts: SubOperationCounts(completed: 4), failed: nil))
                #expect(told.withLock { $0.map(\.remaining) } == [3, 2, 1, 0])
                let move = try #require(archive.now.moves.first)
                #expect(move.destination == "DEST" && move.identifier == identifier())
                #expect(
                    destination.objects.allSatisfy {
                        $0.request.moveOriginatorTitle == "ASKER"
                            && $0.request.moveOriginatorMessageID == move.originator.messageID
                    })
            }
        }
        #expect(destination.objects.map(\.bytes) == objects(4).map(\.bytes))
    }

    @Test func `a C-MOVE that fails says why in 64 characters of ASCII`() async throws {
        final class Wordy: AssociationProvider, MoveHandler {
            func answer(_ asker: Asker) async -> Answer {
                .accept(Acceptance(asker.request, services: Services(move: self)))
            }

            func move(_ request: MoveRequest, _ progress: SubOperations) async -> Outcome {
                Outcome(.cannotPerformSubOperations, comment: String(repeating: "é word ", count: 20))
            }
        }
        let asked = request(Self.proposals())
        try await withServer(Wordy()) { port in
            let result = try await AssociationClient.open(host: "127.0.0.1", port: port, asked) {
                try await $0.move(sopClass: ServiceClasses.studyRootMove, identifier(), destination: "DEST")
            }
            #expect(result.outcome.comment == String(String(repeating: "? word ", count: 20).prefix(64)))
        }
    }

    /// Takes two objects, says that a third has come, and answers that one when it is let.
    private final class Waiting: AssociationProvider, StorageHandler {
        let third = Gate(), end = Gate()
        private let count = Mutex(0)
        var taken: Int { count.withLock { $0 } }

        func answer(_ asker: Asker) async -> Answer {
            .accept(Acceptance(asker.request, services: Services(storage: self)))
        }

        func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 3 {
                third.open()
                await end.wait()
            }
            return .success
        }
    }

    @Test func `who goes in the midst of a C-MOVE has its task cancelled`() async throws {
        let destination = Waiting()
        let asked = request(Self.proposals())
        let archive = try await withServer(destination) { port in
            let archive = Archive(objects(2000), destinations: ["DEST": port])
            try await withServer(archive) { port in
                struct Gone: Error {}
                _ = await #expect(throws: Gone.self) {
                    try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                        try await withThrowingTaskGroup(of: Void.self) { group in
                            group.addTask {
                                _ = try await association.move(
                                    sopClass: ServiceClasses.studyRootMove, identifier(), destination: "DEST")
                            }
                            await destination.third.wait()
                            await association.abort()
                            destination.end.open()
                            _ = try? await group.next()
                            throw Gone()
                        }
                    }
                }
            }
            return archive
        }
        #expect(archive.now.cancelled == 1)
        #expect(destination.taken < 2000)
    }
}
