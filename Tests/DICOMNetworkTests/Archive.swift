import DICOMCore
import DICOMNetwork
import Synchronization
import TestSupport

/// An archive in memory that serves everything, for peers of all kinds. It reads no identifier: what it has is what it gives.
final class Archive: AssociationProvider, StorageHandler, QueryHandler, MoveHandler, GetHandler, CommitmentHandler,
    EventReportHandler
{
    struct Object: Hashable, Sendable {
        var sopClass: String
        var sopInstance: String
        var transferSyntax: String
        var bytes: [UInt8]
    }

    struct State {
        var objects: [Object] = []
        var askers: [Asker] = []
        var queries: [QueryRequest] = []
        var moves: [MoveRequest] = []
        var retrieves: [GetRequest] = []
        var actions: [ActionRequest] = []
        var events: [EventReport] = []
        var sent = 0
        var cancelled = 0
    }

    let state: Mutex<State>
    /// What every query matches.
    let matches: [DataSetBuilder]
    /// How every query ends.
    let outcome: Outcome
    /// Ports by AE title.
    let destinations: [String: Int]
    let policy: ContextPolicy
    let identityResponse: [UInt8]?
    /// Opened when an event has come.
    let reported = Gate()

    init(
        _ objects: [Object] = [], matches: [DataSetBuilder] = [], outcome: Outcome = .success,
        destinations: [String: Int] = [:], policy: ContextPolicy = ContextPolicy(), identityResponse: [UInt8]? = nil
    ) {
        state = Mutex(State(objects: objects))
        self.matches = matches
        self.outcome = outcome
        self.destinations = destinations
        self.policy = policy
        self.identityResponse = identityResponse
    }

    var now: State { state.withLock { $0 } }

    func answer(_ asker: Asker) async -> Answer {
        state.withLock { $0.askers.append(asker) }
        let services = Services(
            storage: self, query: self, move: self, get: self, commitment: self, events: self)
        var acceptance = Acceptance(asker.request, policy: policy, services: services)
        acceptance.identityResponse = identityResponse
        return .accept(acceptance)
    }

    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
        var bytes: [UInt8] = []
        do throws(AssociationError) {
            while let piece = try await data.next() { bytes += piece }
        } catch {
            return .cannotUnderstand
        }
        let object = Object(
            sopClass: request.sopClass, sopInstance: request.sopInstance, transferSyntax: request.transferSyntax,
            bytes: bytes)
        state.withLock { $0.objects.append(object) }
        return .success
    }

    func find(_ request: QueryRequest, _ matches: MatchSender) async -> Outcome {
        state.withLock { $0.queries.append(request) }
        let encoding = TransferSyntax(uid: matches.transferSyntax).encoding
        for match in self.matches {
            do throws(AssociationError) { try await matches.send(match.encoded(encoding)) } catch {
                state.withLock { $0.cancelled += 1 }
                return .cancel
            }
            state.withLock { $0.sent += 1 }
        }
        return outcome
    }

    func move(_ request: MoveRequest, _ progress: SubOperations) async -> Outcome {
        state.withLock { $0.moves.append(request) }
        guard let port = destinations[request.destination] else { return Outcome(.moveDestinationUnknown) }
        let objects = now.objects
        progress.announce(objects.count)
        var proposals = ContextProposals()
        proposals.send(
            objects.map { ContextProposals.Pair(sopClass: $0.sopClass, transferSyntax: $0.transferSyntax) })
        let asked = AssociateRequest(
            calledTitle: request.destination, callingTitle: "ARCHIVE", proposals)
        do {
            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                for object in objects {
                    let status = try await association.store(
                        sopClass: object.sopClass, sopInstance: object.sopInstance,
                        transferSyntax: object.transferSyntax, originator: request.originator,
                        piece: pieces(object.bytes))
                    try await progress.report(status, sopInstance: object.sopInstance)
                }
            }
        } catch {
            state.withLock { $0.cancelled += 1 }
            return progress.isCancelled ? .cancel : Outcome(.cannotPerformSubOperations, comment: "destination failed")
        }
        return progress.outcome
    }

    func get(_ request: GetRequest, _ asker: GetDestination) async -> Outcome {
        state.withLock { $0.retrieves.append(request) }
        let objects = now.objects
        asker.progress.announce(objects.count)
        for object in objects {
            do {
                try await asker.store(
                    sopClass: object.sopClass, sopInstance: object.sopInstance, transferSyntax: object.transferSyntax,
                    piece: pieces(object.bytes))
            } catch {
                state.withLock { $0.cancelled += 1 }
                return .cancel
            }
        }
        return asker.progress.outcome
    }

    func commit(_ request: ActionRequest, _ association: Association) async -> Outcome {
        state.withLock { $0.actions.append(request) }
        return .success
    }

    /// Reports at once where the asker is there to hear it: event information of success is the action information.
    func answered(_ request: ActionRequest, _ association: Association) async {
        guard let information = request.information, destinations.isEmpty else { return }
        _ = try? await association.report(.storageCommitment(isComplete: true, information))
    }

    func receive(_ event: EventReport, _ association: Association) async -> Outcome {
        state.withLock { $0.events.append(event) }
        reported.open()
        return .success
    }
}

/// Some objects of the given count and size.
func objects(_ count: Int, size: Int = 1000, sopClass: String = "1.2.840.10008.5.1.4.1.1.7") -> [Archive.Object] {
    (0..<count).map { index in
        Archive.Object(
            sopClass: sopClass, sopInstance: "1.2.3.\(index)", transferSyntax: "1.2.840.10008.1.2.1",
            bytes: DataSetBuilder().text(Tag(0x0008, 0x0016), .UI, sopClass)
                .text(Tag(0x0008, 0x0018), .UI, "1.2.3.\(index)")
                .text(Tag(0x0010, 0x0010), .PN, "TEST^\(index)")
                .bytes(Tag(0x0042, 0x0011), .OB, [UInt8](repeating: UInt8(index & 255), count: size)).encoded())
    }
}

/// A key for studies.
func identifier(_ syntax: String = "1.2.840.10008.1.2.1") -> EncodedDataSet {
    let keys = DataSetBuilder().text(Tag(0x0008, 0x0052), .CS, "STUDY").text(Tag(0x0020, 0x000D), .UI, "1.2.3")
    return EncodedDataSet(transferSyntax: syntax, bytes: keys.encoded(TransferSyntax(uid: syntax).encoding))
}
