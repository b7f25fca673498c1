import DICOMCore
import DICOMNetwork
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

/// pynetdicom as a peer, where the virtual environment has it.
struct PythonPeerTests {
    /// Time-outs are only there to end a hang.
    private static let head = """
        import sys, threading
        from pydicom.dataset import Dataset
        from pynetdicom import AE, evt, build_role
        from pynetdicom.pdu_primitives import *
        from pynetdicom.sop_class import *
        StudyFind, StudyMove, StudyGet = (StudyRootQueryRetrieveInformationModelFind,
            StudyRootQueryRetrieveInformationModelMove, StudyRootQueryRetrieveInformationModelGet)
        Capture = SecondaryCaptureImageStorage
        explicit = "1.2.840.10008.1.2.1"
        def entity(title="ASKER"):
            ae = AE(title)
            ae.acse_timeout = ae.dimse_timeout = ae.network_timeout = ae.connection_timeout = 500
            return ae
        def keys():
            ds = Dataset(); ds.QueryRetrieveLevel = "STUDY"; ds.StudyInstanceUID = "1.2.3"; return ds
        def serve(ae, handlers):
            scp = ae.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
            print(scp.server_address[1], flush=True)
            sys.stdin.read()
            scp.shutdown()

        """

    private static func asks(_ script: String, _ port: Int) async throws -> [String] {
        let python = try #require(Fixtures.python)
        let result = try await run([python, "-W", "ignore", "-c", head + script, "\(port)"])
        #expect(result.status == 0, "\(result.output)")
        return result.output.split(separator: "\n").map(String.init)
    }

    private static func withProvider<Value: Sendable>(
        _ script: String, body: (Int, @escaping @Sendable () async throws -> String) async throws -> Value
    ) async throws -> Value {
        let python = try #require(Fixtures.python)
        return try await withFolder { folder in
            try await Peer.with([python, "-W", "ignore", "-c", head + script], folder: folder, body: body)
        }
    }

    // --- it asks ---

    @Test(arguments: [1, 2, 3, 4, 5])
    func `every kind of user identity reaches the provider, and is answered when that is asked`(kind: Int) async throws
    {
        guard Fixtures.python != nil else { return }
        let archive = Archive(identityResponse: Array("ticket".utf8))
        let script = """
            for wants in (False, True):
                ae = entity(); ae.add_requested_context(Verification)
                item = UserIdentityNegotiation()
                item.user_identity_type = \(kind)
                item.primary_field = b"reader"
                if \(kind) == 2: item.secondary_field = b"word"
                item.positive_response_requested = wants
                assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ext_neg=[item])
                answer = assoc.acceptor.user_identity
                print(assoc.send_c_echo().Status, answer and answer.server_response)
                assoc.release()
            """
        let lines = try await withServer(archive) { try await Self.asks(script, $0) }
        // pynetdicom gives nothing for an empty response.
        let answer = kind <= 2 ? ["0 b''", "0 None"] : ["0 b'ticket'"]
        #expect(lines.count == 2 && lines.first == "0 None" && answer.contains(lines.last ?? ""), "\(lines)")
        let identities = archive.now.askers.compactMap(\.request.user.identity)
        #expect(identities.map { Int($0.kind.rawValue) } == [kind, kind])
        #expect(identities.map(\.wantsResponse) == [false, true])
        #expect(identities.allSatisfy { $0.primary == Array("reader".utf8) })
        #expect(identities.allSatisfy { $0.secondary == (kind == 2 ? Array("word".utf8) : []) })
    }

    @Test func `it takes the SCP role and gets; it finds, and cancels`() async throws {
        guard Fixtures.python != nil else { return }
        let matches = (0..<4000).map { index in
            DataSetBuilder().text(Tag(0x0010, 0x0010), .PN, "MATCH^\(index)")
                .text(Tag(0x0032, 0x4000), .LT, String(repeating: "x", count: 10_000))
        }
        let archive = Archive(objects(3), matches: matches)
        let script = """
            got = []
            ae = entity()
            for c in (StudyFind, StudyGet): ae.add_requested_context(c)
            ae.add_requested_context(Capture, explicit)
            def store(event): got.append(str(event.request.AffectedSOPInstanceUID)); return 0
            assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ext_neg=[build_role(Capture, scp_role=True)],
                evt_handlers=[(evt.EVT_C_STORE, store)])
            for status, ds in assoc.send_c_get(keys(), StudyGet):
                print("get", hex(status.Status), status.get("NumberOfCompletedSuboperations"),
                    status.get("NumberOfRemainingSuboperations"))
            print(*got)
            seen = 0
            for status, ds in assoc.send_c_find(keys(), StudyFind, msg_id=7):
                seen += 1
                if seen == 3: assoc.send_c_cancel(7, None, StudyFind)
            print("find", hex(status.Status), seen < 4000)
            assoc.release(); print(assoc.is_released)
            """
        let lines = try await withServer(archive) { try await Self.asks(script, $0) }
        #expect(
            lines == [
                "get 0xff00 1 2", "get 0xff00 2 1", "get 0xff00 3 0", "get 0x0 3 None", "1.2.3.0 1.2.3.1 1.2.3.2",
                "find 0xfe00 True", "True",
            ])
        #expect(archive.now.cancelled == 1)
    }

    @Test func `it asks for a commitment, and is refused other actions and instances`() async throws {
        guard Fixtures.python != nil else { return }
        // With a destination the archive reports nothing on the same association.
        let archive = Archive(destinations: ["ASKER": 0])
        let script = """
            ae = entity(); ae.add_requested_context(StorageCommitmentPushModel)
            assoc = ae.associate("127.0.0.1", int(sys.argv[1]))
            ds = Dataset(); ds.TransactionUID = "1.2.3.9"; item = Dataset()
            item.ReferencedSOPClassUID = Capture; item.ReferencedSOPInstanceUID = "1.2.3.4"
            ds.ReferencedSOPSequence = [item]
            def act(instance, kind): return hex(assoc.send_n_action(ds, kind, StorageCommitmentPushModel, instance)[0].Status)
            print(act("1.2.840.10008.1.20.1.1", 1), act("1.2.840.10008.1.20.1.1", 2), act("1.2.3", 1))
            assoc.release(); print(assoc.is_released)
            """
        let lines = try await withServer(archive) { try await Self.asks(script, $0) }
        #expect(lines == ["0x0 0x123 0x112", "True"])
        #expect(archive.now.actions.count == 1)
    }

    @Test func `extended negotiation is answered, and a class that calls itself storage is stored`() async throws {
        guard Fixtures.python != nil else { return }
        var policy = ContextPolicy()
        policy.querySupport = [.relational, .combinedDateTime]
        let archive = Archive(policy: policy)
        let script = """
            ae = entity(); ae.add_requested_context(StudyFind)
            new = "1.2.840.10008.5.1.4.1.1.9999"
            ae.add_requested_context(new, explicit)
            item = SOPClassExtendedNegotiation()
            item.sop_class_uid = StudyFind; item.service_class_application_information = b"\\x01\\x00\\x01\\x01"
            common = SOPClassCommonExtendedNegotiation()
            common.sop_class_uid = new; common.service_class_uid = "1.2.840.10008.4.2"
            common.related_general_sop_class_identification = [Capture]
            assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ext_neg=[item, common])
            print({str(k): v for k, v in assoc.acceptor.sop_class_extended.items()} == {StudyFind: b"\\x01\\x00\\x00\\x00"})
            print(sorted(str(c.abstract_syntax) for c in assoc.accepted_contexts) == sorted([StudyFind, new]))
            assoc.release()
            """
        let lines = try await withServer(archive) { try await Self.asks(script, $0) }
        #expect(lines == ["True", "True"])
    }

    @Test func `its C-MOVE is carried out to another of its kind`() async throws {
        guard Fixtures.python != nil else { return }
        let receiver = """
            out = []
            def store(event):
                out.append((str(event.request.AffectedSOPInstanceUID), str(event.request.MoveOriginatorApplicationEntityTitle),
                    event.request.MoveOriginatorMessageID)); return 0xB000 if len(out) == 2 else 0
            ae = entity("DEST"); ae.add_supported_context(Capture, explicit)
            serve(ae, [(evt.EVT_C_STORE, store)])
            for line in out: print(*line)
            """
        let asker = """
            ae = entity(); ae.add_requested_context(StudyMove)
            assoc = ae.associate("127.0.0.1", int(sys.argv[1]))
            for status, ds in assoc.send_c_move(keys(), "DEST", StudyMove, msg_id=9): pass
            print(hex(status.Status), status.NumberOfCompletedSuboperations, status.NumberOfWarningSuboperations)
            for status, ds in assoc.send_c_move(keys(), "NOBODY", StudyMove): print(hex(status.Status))
            assoc.release()
            """
        try await Self.withProvider(receiver) { port, end in
            let archive = Archive(objects(3), destinations: ["DEST": port])
            let lines = try await withServer(archive) { try await Self.asks(asker, $0) }
            #expect(lines == ["0xb000 2 1", "0xa801"])
            let stored = try await end().split(separator: "\n").map(String.init)
            #expect(stored == (0..<3).map { "1.2.3.\($0) ASKER 9" })
        }
    }

    // --- it serves ---

    @Test func `it is asked for matches and objects, and told to stop`() async throws {
        guard Fixtures.python != nil else { return }
        let script = """
            cancelled = []
            def find(event):
                for i in range(1000):
                    if event.is_cancelled: cancelled.append("find"); yield 0xFE00, None; return
                    ds = Dataset(); ds.PatientName = "MATCH^" + str(i); ds.QueryRetrieveLevel = "STUDY"; yield 0xFF00 + i % 2, ds
            def get(event):
                yield 300
                for i in range(300):
                    if event.is_cancelled: cancelled.append("get"); yield 0xFE00, None; return
                    ds = Dataset(); ds.SOPClassUID = Capture; ds.SOPInstanceUID = "1.2.3." + str(i); ds.PatientID = "X"
                    from pydicom.dataset import FileMetaDataset
                    ds.file_meta = FileMetaDataset(); ds.file_meta.TransferSyntaxUID = explicit
                    yield 0xFF00, ds
            ae = entity("ARCHIVE")
            for c in (StudyFind, StudyGet): ae.add_supported_context(c, explicit)
            ae.add_supported_context(Capture, explicit, scu_role=True, scp_role=True)
            serve(ae, [(evt.EVT_C_FIND, find), (evt.EVT_C_GET, get)])
            print(*cancelled)
            """
        var proposals = ContextProposals()
        for sopClass in [ServiceClasses.studyRootFind, ServiceClasses.studyRootGet] {
            proposals.ask(sopClass, in: ["1.2.840.10008.1.2.1"])
        }
        proposals.receive("1.2.840.10008.5.1.4.1.1.7", in: ["1.2.840.10008.1.2.1"], alsoSend: true)
        let asked = request(proposals), got = Receiver()
        try await Self.withProvider(script) { port, end in
            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                var support: [Bool] = []
                for try await match in try await association.find(sopClass: ServiceClasses.studyRootFind, identifier())
                {
                    support.append(match.supportsAllKeys)
                    if support.count == 2 { break }
                }
                #expect(support == [true, false])
                let result = try await Task {
                    try await association.get(sopClass: ServiceClasses.studyRootGet, identifier(), into: got) {
                        if $0.completed == 2 { withUnsafeCurrentTask { $0?.cancel() } }
                    }
                }.value
                #expect(result.outcome.status == .cancel && result.counts.completed == got.objects.count)
                #expect(got.objects.count >= 2 && got.objects.count < 300)
            }
            #expect(try await end() == "find get\n")
        }
    }

    @Test func `it is told who asks, asked to commit, and reports on an association of its own`() async throws {
        guard Fixtures.python != nil else { return }
        let script = """
            seen = []; workers = []
            def identity(event):
                seen.append((event.user_id_type, event.primary_field, event.secondary_field)); return True, b"granted"
            def action(event):
                seen.append((event.action_type, str(event.action_information.StudyInstanceUID)))
                workers.append(threading.Thread(target=later, args=(event.action_information,))); workers[-1].start()
                return 0, None
            def later(info):
                ae = entity("ARCHIVE"); ae.add_requested_context(StorageCommitmentPushModel, explicit)
                assoc = ae.associate("127.0.0.1", int(sys.argv[1]), ext_neg=[build_role(StorageCommitmentPushModel, scp_role=True)])
                status, ds = assoc.send_n_event_report(info, 2, StorageCommitmentPushModel, "1.2.840.10008.1.20.1.1")
                seen.append(("reported", hex(status.Status))); assoc.release()
            ae = entity("ARCHIVE"); ae.add_supported_context(StorageCommitmentPushModel, explicit)
            ae.add_supported_context(Verification)
            serve(ae, [(evt.EVT_N_ACTION, action), (evt.EVT_USER_ID, identity)])
            for worker in workers: worker.join()
            for line in seen: print(*line)
            """
        let asker = Archive()
        try await withServer(asker) { own in
            let adapted = "sys.argv.append('\(own)')\n" + script
            try await Self.withProvider(adapted) { port, end in
                var proposals = ContextProposals()
                proposals.ask(ServiceClasses.storageCommitment, in: ["1.2.840.10008.1.2.1"])
                for kind in UserIdentity.Kind.allCases {
                    let identity = UserIdentity(
                        kind, primary: Array("reader".utf8),
                        secondary: kind == .usernameAndPasscode ? Array("word".utf8) : [], wantsResponse: true)
                    let asked = AssociateRequest(
                        calledTitle: "ARCHIVE", callingTitle: "ASKER", proposals, identity: identity)
                    try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                        let granted: [UInt8] = kind.rawValue < 3 ? [] : Array("granted".utf8)
                        #expect((association.accepted.user.identityResponse ?? []) == granted)
                        guard kind == .jwt else { return }
                        let outcome = try await association.commit(identifier())
                        #expect(outcome == .success)
                    }
                }
                await asker.reported.wait()
                let lines = try await end().split(separator: "\n").map(String.init)
                #expect(
                    lines == [
                        "1 b'reader' b''", "2 b'reader' b'word'", "3 b'reader' b''", "4 b'reader' b''",
                        "5 b'reader' b''", "1 1.2.3", "reported 0x0",
                    ])
            }
        }
        #expect(asker.now.events.map(\.eventType) == [2])
        #expect(asker.now.askers.count == 1)
    }
}
