import DICOMNetwork
import NIOCore
import Synchronization
import Testing

/// Storage commitment, several operations at once, and roles, both sides ours.
struct CommitmentTests {
    private static let explicit = "1.2.840.10008.1.2.1"
    private static let secondaryCapture = "1.2.840.10008.5.1.4.1.1.7"

    @Test func `the result of a commitment comes on the same association, after its answer`() async throws {
        let archive = Archive(), asker = Archive()
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.storageCommitment, in: [Self.explicit])
        let asked = request(proposals)
        try await withServer(archive) { port in
            try await AssociationClient.open(
                host: "127.0.0.1", port: port, asked, services: Services(events: asker)
            ) { association in
                let outcome = try await association.commit(identifier())
                #expect(outcome == .success)
                await asker.reported.wait()
            }
        }
        let action = try #require(archive.now.actions.first)
        #expect(action.actionType == 1 && action.information == identifier())
        #expect(asker.now.events == [.storageCommitment(isComplete: true, identifier())])
    }

    /// Asks for something itself before it says that it has heard a result.
    private final class Busy: EventReportHandler {
        private let state = Mutex<[Outcome]>([])
        let heard = Gate()
        var echoes: [Outcome] { state.withLock { $0 } }

        func receive(_ event: EventReport, _ association: Association) async -> Outcome {
            if let echo = try? await association.echo() { state.withLock { $0.append(Outcome(echo)) } }
            heard.open()
            return .success
        }
    }

    @Test func `a peer that asks for something before it answers a result is served`() async throws {
        let archive = Archive(), busy = Busy()
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.storageCommitment, in: [Self.explicit])
        proposals.ask(ServiceClasses.verification, in: [Self.explicit])
        let asked = request(proposals)
        try await withServer(archive) { port in
            try await AssociationClient.open(
                host: "127.0.0.1", port: port, asked, services: Services(events: busy)
            ) { association in
                let outcome = try await association.commit(identifier())
                #expect(outcome == .success)
                await busy.heard.wait()
            }
        }
        #expect(busy.echoes == [.success])
    }

    @Test func `it comes on another association, too, where the SCP takes its own role by selection`() async throws {
        let asker = Archive()
        var proposals = ContextProposals()
        proposals.receive(ServiceClasses.storageCommitment, in: [Self.explicit])
        #expect(
            proposals.roles == [RoleSelection(sopClass: ServiceClasses.storageCommitment, user: false, provider: true)])
        let reporting = request(proposals)
        try await withServer(asker) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, reporting) { association in
                let event = EventReport.storageCommitment(isComplete: false, identifier())
                #expect(association.reportTransferSyntax(sopClass: ServiceClasses.storageCommitment) == Self.explicit)
                let outcome = try await association.report(event)
                #expect(outcome == .success)
                // In this role nothing can be asked for.
                await #expect(throws: AssociationError.noContext(sopClass: ServiceClasses.storageCommitment)) {
                    try await association.commit(identifier())
                }
            }
        }
        #expect(asker.now.events.map(\.eventType) == [2])
    }

    @Test func `without role selection who asks may not report, and who takes that role may not send objects`()
        async throws
    {
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.storageCommitment, in: [Self.explicit])
        proposals.receive(Self.secondaryCapture, in: [Self.explicit])
        let asked = request(proposals)
        try await withServer(Archive()) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                await #expect(throws: AssociationError.noContext(sopClass: ServiceClasses.storageCommitment)) {
                    try await association.report(.storageCommitment(isComplete: true, identifier()))
                }
                await #expect(throws: AssociationError.noContext(sopClass: Self.secondaryCapture)) {
                    try await association.store(
                        sopClass: Self.secondaryCapture, sopInstance: "1.2", transferSyntax: Self.explicit,
                        piece: pieces([1, 2]))
                }
            }
        }
    }

    /// Answers nobody before so many have come.
    private final class Together: AssociationProvider, StorageHandler {
        private let state = Mutex<(now: Int, most: Int)>((0, 0))
        private let count: Int
        let all = Gate()

        init(_ count: Int) { self.count = count }

        var most: Int { state.withLock { $0.most } }

        func answer(_ asker: Asker) async -> Answer {
            .accept(Acceptance(asker.request, services: Services(storage: self)))
        }

        func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
            while let piece = try? await data.next() { _ = piece }
            let now = state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
                return state.now
            }
            if now >= count { all.open() }
            await all.wait()
            state.withLock { $0.now -= 1 }
            return .success
        }
    }

    private static func storeMany(_ count: Int, _ port: Int, window: AsynchronousWindow?) async throws -> [Status] {
        var proposals = ContextProposals()
        proposals.ask(secondaryCapture, in: [explicit])
        return try await AssociationClient.open(
            host: "127.0.0.1", port: port, request(proposals, window: window)
        ) { association in
            try await withThrowingTaskGroup(of: Status.self) { group in
                for object in objects(count, size: 200_000) {
                    group.addTask {
                        try await association.store(
                            sopClass: object.sopClass, sopInstance: object.sopInstance,
                            transferSyntax: object.transferSyntax, piece: pieces(object.bytes))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }

    @Test(arguments: [
        (AsynchronousWindow(invoked: 3, performed: 1), 3), (AsynchronousWindow(invoked: 0, performed: 0), 8),
        (AsynchronousWindow(invoked: 100, performed: 1), 8),
    ])
    func `as many stores are open as both agreed on, and no more`(window: AsynchronousWindow, most: Int) async throws {
        // Where fewer were open at once this would never end, and where more were, `most` shows it.
        let receiver = Together(most)
        try await withServer(receiver) { port in
            let statuses = try await Self.storeMany(20, port, window: window)
            #expect(statuses == [Status](repeating: .success, count: 20))
        }
        #expect(receiver.most == most)
    }

    @Test func `without a window one operation is open at a time, whoever asks`() async throws {
        let receiver = Together(1)
        try await withServer(receiver) { port in
            let statuses = try await Self.storeMany(5, port, window: nil)
            #expect(statuses.count == 5)
        }
        #expect(receiver.most == 1)
    }

    @Test func `the answer to a window is never more than was proposed`() async throws {
        for (proposed, answered) in [
            (AsynchronousWindow(invoked: 0, performed: 0), AsynchronousWindow(invoked: 8, performed: 8)),
            (AsynchronousWindow(invoked: 2, performed: 1), AsynchronousWindow(invoked: 2, performed: 1)),
            (AsynchronousWindow(invoked: 9, performed: 9), AsynchronousWindow(invoked: 8, performed: 8)),
        ] {
            var asked = request()
            asked.user.asynchronousWindow = proposed
            let opening = asked
            try await withServer(Archive()) { port in
                let window = try await AssociationClient.open(host: "127.0.0.1", port: port, opening) {
                    $0.accepted.user.asynchronousWindow
                }
                #expect(window == answered)
            }
        }
    }

    @Test func `an error in the midst of an object ends the association, before it nothing`() async throws {
        struct Broken: Error {}
        let receiver = Receiver()
        let asked = request([Self.secondaryCapture: [Self.explicit]])
        try await withServer(receiver) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                func store(failingAt piece: Int) async throws -> Status {
                    var count = 0
                    return try await association.store(
                        sopClass: Self.secondaryCapture, sopInstance: "1.2", transferSyntax: Self.explicit
                    ) { maximum in
                        count += 1
                        if count == piece { throw Broken() }
                        return count > 3 ? nil : [UInt8](repeating: 1, count: maximum)[...]
                    }
                }
                await #expect(throws: Broken.self) { try await store(failingAt: 1) }
                let status = try await store(failingAt: 0)
                #expect(status == .success)
                await #expect(throws: Broken.self) { try await store(failingAt: 3) }
                await #expect(throws: AssociationError.self) { try await store(failingAt: 0) }
            }
        }
        #expect(receiver.objects.count == 1)
    }
}
