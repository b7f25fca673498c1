import Access
import DICOMCore
import DICOMFile
import DICOMNetwork
import Foundation
import RuleLanguage
import Synchronization
import TestSupport
import Testing

@testable import Gateway
@testable import Registry

/// Walks every service and information model of an association, with a core that shows nothing: not a byte of the archive comes
/// through, and every answer is that of an empty archive.
@Suite struct EveryServiceTests {
    /// An archive that has everything that anybody asks for.
    private final class Plenty: Access.Archive {
        let retrieved = Mutex(0)

        func find(
            _ level: QueryLevel, _ keys: Identifier, leave: borrowing ArchiveLeave,
            each: (Identifier) async throws -> Bool
        ) async throws {
            var answer = keys
            for (tag, text) in [
                (Tag.studyInstanceUID, "1.2.826.7.3"), (.seriesInstanceUID, "1.2.826.7.3.1"),
                (.sopInstanceUID, "1.2.826.7.3.1.1"), (.patientID, "V-1"), (.patientName, "Stone^Rosetta"),
            ] { answer.set(tag, text) }
            _ = try await each(answer)
        }

        func retrieve(
            _ instances: [InstanceReference], leave: borrowing ArchiveLeave,
            each: (RetrievedInstance) async throws -> Void
        ) async throws {
            retrieved.withLock { $0 += instances.count }
        }
    }

    private struct Provider: AssociationProvider {
        let core: AccessCore
        func answer(_ asker: Asker) async -> Answer {
            let principal = Principal(asker, peer: nil, subject: { _ in nil })
            let service = LookingService(
                core: core, principal: principal, title: "CORDON",
                destinations: MoveDestinations([
                    .init(host: "127.0.0.1", port: 1, title: "WARD", principal: Principal(callingAETitle: "WARD"))
                ]))
            return .accept(
                Acceptance(asker.request, services: Services(query: service, move: service, get: service)))
        }
    }

    private struct Sink: StorageHandler {
        let count = Counter()
        final class Counter: Sendable {
            let value = Mutex(0)
        }
        func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
            count.value.withLock { $0 += 1 }
            return .success
        }
    }

    private func withAssociation(
        _ sopClass: String, title: String = "WARD", _ body: (Association, Plenty) async throws -> Void
    ) async throws {
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="shut" revision="1" tier="1">
              <audience id="ward"><always><sequester/></always></audience>
            </ruleset>
            """
        let ruleSet = try #require(RuleSetLoader().load(text: rules).ruleSet)
        let archive = Plenty()
        var policy = AccessPolicy(
            table: AudienceTable(rows: [.init(audience: "ward", criteria: [.callingAETitle("WARD")])]), quantum: .zero)
        policy.unseen = .evaluate
        let core = try AccessCore(
            ruleSet: ruleSet, policy: policy, registry: Registry(storage: MemoryStorage()), archive: archive,
            scratch: NSTemporaryDirectory())
        var proposals = ContextProposals()
        proposals.ask(sopClass)
        proposals.receive("1.2.840.10008.5.1.4.1.1.2")
        let request = AssociateRequest(calledTitle: "CORDON", callingTitle: title, proposals)
        try await withServer(Provider(core: core)) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, request, settings: .patient) {
                try await body($0, archive)
            }
        }
    }

    private func identifier(_ level: String, _ association: Association, _ sopClass: String) throws -> EncodedDataSet {
        var keys = Identifier()
        for (tag, text) in [
            (Tag(0x0008, 0x0052), level), (.patientID, "V-1"), (.patientName, "Stone*"),
            (.studyInstanceUID, "1.2.826.7.3"), (.seriesInstanceUID, "1.2.826.7.3.1"),
            (.sopInstanceUID, "1.2.826.7.3.1.1"),
        ] { keys.set(tag, text) }
        let syntax = try association.context(sopClass: sopClass).transferSyntax
        return EncodedDataSet(
            transferSyntax: syntax, bytes: try keys.bytes(as: TransferSyntax(uid: syntax).encoding))
    }

    private static let levels = ["PATIENT", "STUDY", "SERIES", "IMAGE"]

    @Test(arguments: [
        ServiceClasses.patientRootFind, ServiceClasses.studyRootFind, ServiceClasses.patientStudyOnlyFind,
    ])
    func `no query says anything`(sopClass: String) async throws {
        for title in ["WARD", "STRANGER"] {
            try await withAssociation(sopClass, title: title) { association, _ in
                for level in Self.levels where !(level == "PATIENT" && sopClass == ServiceClasses.studyRootFind) {
                    var count = 0
                    let matches = try await association.find(
                        sopClass: sopClass, try identifier(level, association, sopClass))
                    for try await _ in matches { count += 1 }
                    #expect(count == 0)
                }
            }
        }
    }

    @Test(arguments: [
        ServiceClasses.patientRootGet, ServiceClasses.studyRootGet, ServiceClasses.patientStudyOnlyGet,
    ])
    func `no C-GET gives anything`(sopClass: String) async throws {
        for title in ["WARD", "STRANGER"] {
            try await withAssociation(sopClass, title: title) { association, archive in
                for level in Self.levels where !(level == "PATIENT" && sopClass == ServiceClasses.studyRootGet) {
                    let sink = Sink()
                    let end = try await association.get(
                        sopClass: sopClass, try identifier(level, association, sopClass), into: sink)
                    #expect(end.outcome.status == .success)
                    #expect(end.counts == SubOperationCounts())
                    #expect(sink.count.value.withLock { $0 } == 0)
                }
                #expect(archive.retrieved.withLock { $0 } == 0)
            }
        }
    }

    @Test(arguments: [
        ServiceClasses.patientRootMove, ServiceClasses.studyRootMove, ServiceClasses.patientStudyOnlyMove,
    ])
    func `no C-MOVE sends anything`(sopClass: String) async throws {
        for title in ["WARD", "STRANGER"] {
            try await withAssociation(sopClass, title: title) { association, archive in
                for level in Self.levels where !(level == "PATIENT" && sopClass == ServiceClasses.studyRootMove) {
                    let end = try await association.move(
                        sopClass: sopClass, try identifier(level, association, sopClass), destination: "WARD")
                    #expect(end.outcome.status == .success)
                    #expect(end.counts == SubOperationCounts())
                }
                #expect(archive.retrieved.withLock { $0 } == 0)
            }
        }
    }

    @Test func `what is against the information model is told so, whoever asks and whatever for`() async throws {
        try await withAssociation(ServiceClasses.studyRootFind) { association, _ in
            let syntax = try association.context(sopClass: ServiceClasses.studyRootFind).transferSyntax
            for text in [nil, "PATIENT", "NONE", "SERIES", "IMAGE"] as [String?] {
                var keys = Identifier()
                if let text { keys.set(Tag(0x0008, 0x0052), text) }
                let matches = try await association.find(
                    sopClass: ServiceClasses.studyRootFind,
                    EncodedDataSet(
                        transferSyntax: syntax, bytes: try keys.bytes(as: TransferSyntax(uid: syntax).encoding)))
                do {
                    for try await _ in matches { Issue.record("a match") }
                    Issue.record("no failure")
                } catch let error as AssociationError {
                    guard case .failed(let outcome) = error else { throw error }
                    #expect(outcome.status == .dataSetDoesNotMatchSOPClass)
                }
            }
        }
    }
}
