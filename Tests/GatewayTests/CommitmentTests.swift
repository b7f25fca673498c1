import DICOMNetwork
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Gateway

/// Storage commitment, from both sides.
struct CommitmentTests {
    /// Hears results of commitment.
    private final class Ear: EventReportHandler {
        private let heard = Mutex<[EventReport]>([])
        var events: [EventReport] { heard.withLock { $0 } }

        func receive(_ event: EventReport, _ association: Association) async -> Outcome {
            heard.withLock { $0.append(event) }
            return .success
        }
    }

    /// A peer that stores, and commits to what it has: at once on the same association, but not to what it was told to refuse.
    private final class Committer: AssociationProvider, StorageHandler, CommitmentHandler, EventReportHandler {
        let ear = Ear()
        private let state = Mutex<(objects: [String], refusals: Set<String>)>(([], []))
        var objects: [String] { state.withLock { $0.objects } }

        func refuse(_ instance: String) { _ = state.withLock { $0.refusals.insert(instance) } }

        func answer(_ asker: Asker) async -> Answer {
            .accept(
                Acceptance(
                    asker.request, services: Services(storage: self, commitment: self, events: self)))
        }

        func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
            do { while try await data.next() != nil {} } catch { return .processingFailure }
            state.withLock { $0.objects.append(request.sopInstance) }
            return .success
        }

        func commit(_ request: ActionRequest, _ association: Association) async -> Outcome { .success }

        func answered(_ request: ActionRequest, _ association: Association) async {
            guard let information = request.information, let asked = CommitmentDataSet(information),
                let syntax = association.reportTransferSyntax(sopClass: ServiceClasses.storageCommitment)
            else { return }
            var result = CommitmentDataSet(transactionUID: asked.transactionUID)
            for instance in asked.instances {
                let isRefused = state.withLock { $0.refusals.remove(instance.sop) != nil }
                if isRefused { result.failed.append((instance, 0x0110)) } else { result.instances.append(instance) }
            }
            guard let data = try? result.encoded(as: syntax) else { return }
            _ = try? await association.report(.storageCommitment(isComplete: result.failed.isEmpty, data))
        }

        func receive(_ event: EventReport, _ association: Association) async -> Outcome {
            await ear.receive(event, association)
        }
    }

    private static let everything = "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>"
    private static let away = "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"9\" roles=\"receive\"/>"

    @Test func `the gateway commits to what it has, and to nothing else`() async throws {
        let site = try await Site(peers: Self.away, routes: Self.everything)
        let gateway = try await site.start()
        #expect(
            try await Sender.store(Instances.dataSet(1).encoded(), as: Instances.uid(1), port: gateway.port) == .success
        )
        let ear = Ear()
        var asked = CommitmentDataSet(transactionUID: "2.25.77")
        asked.instances = [
            .init(sopClass: Sender.ct, sop: Instances.uid(1)), .init(sopClass: Sender.ct, sop: Instances.uid(2)),
            .init(sopClass: "1.2.840.10008.5.1.4.1.1.4", sop: Instances.uid(1)),
        ]
        let data = try asked.encoded(as: Sender.explicit)
        try await Sender.withAssociation(port: gateway.port, services: Services(events: ear)) { association in
            #expect(try await association.commit(data).status == .success)
            try await eventually("the answer comes: \(site.log)") { !ear.events.isEmpty }
            // What was told is owed until we have said that we heard it: who leaves before is told again.
            try await eventually("the gateway owes nothing: \(site.log)") {
                try GatewayJournal(spool: site.folder("spool"), alone: false).figures().commitments == 0
            }
        }
        let event = try #require(ear.events.first)
        #expect(event.eventType == 2)
        let told = try #require(event.information.flatMap { CommitmentDataSet($0) })
        #expect(told.transactionUID == "2.25.77")
        #expect(told.instances == [asked.instances[0]])
        #expect(told.failed.map(\.reason) == [0x0112, 0x0119])
        await gateway.stop()
        let journal = try GatewayJournal(spool: site.folder("spool"), alone: false)
        #expect(try journal.figures().commitments == 0)
    }

    @Test func `who has gone meanwhile is called, when the gateway has been killed in between, too`() async throws {
        let committer = Committer()
        try await withServer(committer, stoppingWithin: .seconds(1)) { port in
            let folder = try WorkFolder()
            let site = try await Site(folder: folder, peers: Self.away, routes: Self.everything)
            let text = try String(contentsOfFile: site.config, encoding: .utf8)
            let gateway = try await site.start()
            #expect(
                try await Sender.store(Instances.dataSet(1).encoded(), as: Instances.uid(1), port: gateway.port)
                    == .success)
            var asked = CommitmentDataSet(transactionUID: "2.25.78")
            asked.instances = [.init(sopClass: Sender.ct, sop: Instances.uid(1))]
            let data = try asked.encoded(as: Sender.explicit)
            // No events here: what is owed cannot go out on this association.
            let accepted = try await Sender.withAssociation(port: gateway.port) { try await $0.commit(data) }
            #expect(accepted.status == .success)
            await gateway.kill()
            #expect(committer.ear.events.isEmpty)
            try folder.write(
                "gateway.xml",
                text: text.replacingOccurrences(
                    of: "<peer id=\"ct\" title=\"CT1\" addresses=\"127.0.0.1\"",
                    with: "<peer id=\"ct\" title=\"CT1\" host=\"127.0.0.1\" port=\"\(port)\""))
            let again = try await site.start()
            try await eventually("the answer comes: \(site.log)") { !committer.ear.events.isEmpty }
            #expect(committer.ear.events.first?.eventType == 1)
            await again.stop()
        }
    }

    @Test func `an object counts as delivered when its archive has committed to it, and is sent again when it has not`()
        async throws
    {
        let committer = Committer()
        committer.refuse(Instances.uid(2))
        try await withServer(committer, stoppingWithin: .seconds(1)) { port in
            let site = try await Site(
                peers:
                    "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"\(port)\" roles=\"receive\" commitment=\"yes\"/>",
                routes: Self.everything)
            let gateway = try await site.start()
            for number in 1...2 {
                let status = try await Sender.store(
                    Instances.dataSet(number).encoded(), as: Instances.uid(number), port: gateway.port)
                #expect(status == .success)
            }
            try await eventually("both are committed to: \(site.log)") {
                try await site.gateway(["status", "--json"]).output.contains("\"done\": 2")
            }
            #expect(committer.objects.count { $0 == Instances.uid(1) } == 1)
            #expect(committer.objects.count { $0 == Instances.uid(2) } == 2)
            await gateway.stop()
        }
    }
}
