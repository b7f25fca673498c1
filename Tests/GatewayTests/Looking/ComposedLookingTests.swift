import DICOMCore
import DICOMFile
import DICOMNetwork
import Foundation
import Registry
import TestSupport
import Testing

@testable import Access
@testable import Gateway

/// The built gateway serves C-FIND, C-MOVE and C-GET, whichever way it asks the archive behind.
@Suite(.serialized) struct ComposedLookingTests {
    private static let studies = LookingTests.studies
    private static let vip = LookingTests.vip

    private static func study(_ uid: String) -> [String] { ["QueryRetrieveLevel=STUDY", "StudyInstanceUID=\(uid)"] }

    /// What a program prints of how an operation ended.
    private static func end(_ output: String) -> [Substring] {
        output.split(separator: "\n").filter { $0.contains("esponse") || $0.contains("uboperations") }
    }

    @Test(arguments: LookingSite.Behind.installed)
    func `who may not see a study finds, gets and moves what never was`(behind: LookingSite.Behind) async throws {
        try await LookingSite.run(behind) { scene in
            let keys = [
                "QueryRetrieveLevel=STUDY", "StudyInstanceUID", "PatientName", "NumberOfStudyRelatedInstances",
                "ModalitiesInStudy",
            ]
            let list = try await scene.find("WARD", keys)
            #expect(list.contains(Self.studies[0]) && list.contains(Self.studies[1]), "\(list)")
            #expect(list.contains("Roe^Jane"))
            #expect(!list.contains(Self.vip) && !list.contains("Stone"))
            #expect(try await scene.find("STAFF", keys).contains(Self.vip))
            let masked = try await scene.find("RESEARCH", keys)
            #expect(masked.contains(Self.studies[0]) && masked.contains("MASKED"), "\(masked)")
            #expect(!masked.contains("Roe") && !masked.contains(Self.vip))
            #expect(try await !scene.find("NOBODY", keys).contains("1.2.826.7"))
            // Neither a name nor a number nor a UID confirms it.
            for (own, nobodys) in [
                ("PatientName=Stone*", "PatientName=Nobody*"), ("PatientID=V-1", "PatientID=X-1"),
                ("StudyInstanceUID=\(Self.vip)", "StudyInstanceUID=1.2.3.4"),
            ] {
                let one = try await scene.find("WARD", ["QueryRetrieveLevel=STUDY", "PatientID", own])
                let other = try await scene.find("WARD", ["QueryRetrieveLevel=STUDY", "PatientID", nobodys])
                #expect(Self.end(one) == Self.end(other))
                #expect(!one.contains("V-1") || own.contains("V-1"))
            }
            let got = try await scene.get("WARD", Self.study(Self.studies[0]))
            #expect(got.files.count == 4, "\(got.output)")
            #expect(got.files.allSatisfy { $0.text(.patientName) == "Roe^Jane" })
            let vip = try await scene.get("WARD", Self.study(Self.vip))
            let never = try await scene.get("WARD", Self.study("1.2.3.4"))
            #expect(vip.files.isEmpty && never.files.isEmpty)
            #expect(Self.end(vip.output) == Self.end(never.output))
            let research = try await scene.get("RESEARCH", Self.study(Self.studies[0]))
            #expect(research.files.count == 4, "\(research.output)")
            #expect(research.files.allSatisfy { $0.text(.patientName) == nil && $0.text(.patientID) == "ANON" })

            let moved = try await scene.move("WARD", to: "WARD", Self.study(Self.studies[0]))
            #expect(moved.files.count == 4, "\(moved.output)")
            // A third party gets what both may see: the ward asks, and so nobody gets the VIP's.
            let other = try await scene.move("WARD", to: "STAFF", Self.study(Self.studies[1]))
            #expect(other.files.count == 4, "\(other.output)")
            for pair in [("WARD", "STAFF"), ("STAFF", "WARD"), ("WARD", "WARD")] {
                #expect(try await scene.move(pair.0, to: pair.1, Self.study(Self.vip)).files.isEmpty)
            }
            #expect(try await scene.move("STAFF", to: "STAFF", Self.study(Self.vip)).files.count == 4)
            let unknown = try await scene.move("WARD", to: "NOWHERE", Self.study(Self.studies[0]))
            #expect(unknown.files.isEmpty && unknown.output.contains("MoveDestinationUnknown"), "\(unknown.output)")
        }
    }

    @Test(.enabled(if: LookingSite.Behind.get.isThere, "dcmqrscp is not installed"))
    func `labels, rules and configuration that come late count at the next question of an association`() async throws {
        try await LookingSite.run(.get) { scene in
            try await Self.asking("WARD", scene) { find in
                #expect(try await find() == Set(Self.studies.dropLast()))
                let label = try await scene.site.cordon(
                    ["label", "add", "vip", "--study", Self.studies[0], "--reason", "known to the police"])
                try #require(label.status == 0, "\(label.output)")
                #expect(try await find() == [Self.studies[1]])
                // The configuration says that they are somebody else.
                func reload(_ event: String, _ count: Int) async throws {
                    scene.gateway.program.signal(SIGHUP)
                    try await eventually("\(event): \(scene.site.log.suffix(2000))") {
                        try scene.site.lines(event).count == count
                    }
                }
                let before = try String(contentsOfFile: scene.site.config, encoding: .utf8)
                try scene.site.folder.write(
                    "gateway.xml", text: before.replacing(#"audience="ward""#, with: #"audience="nobody""#))
                try await reload("reloaded", 1)
                #expect(try await find() == [])
                // What does not load leaves the one before in force.
                try scene.site.folder.write("gateway.xml", text: before)
                try scene.site.folder.write("rules.xml", text: "<ruleset")
                try await reload("not-reloaded", 1)
                #expect(try await find() == [])
                try scene.site.folder.write("rules.xml", text: LookingSite.rules)
                try await reload("reloaded", 2)
                #expect(try await find() == [Self.studies[1]])
            }
        }
    }

    /// Runs `body` with an association of an asker that stays, and a question for all studies.
    static func asking(
        _ title: String, _ scene: LookingSite, identity: UserIdentity? = nil,
        _ body: (_ find: () async throws -> Set<String>) async throws -> Void
    ) async throws {
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.studyRootFind)
        let request = AssociateRequest(
            calledTitle: "CORDON", callingTitle: title, proposals, identity: identity)
        try await AssociationClient.open(
            host: "127.0.0.1", port: scene.gateway.port, request, settings: .patient
        ) { association in
            try await body {
                var keys = Identifier()
                keys.set(Tag(0x0008, 0x0052), "STUDY")
                keys.ask(for: .studyInstanceUID)
                let syntax = try association.context(sopClass: ServiceClasses.studyRootFind).transferSyntax
                let encoding = TransferSyntax(uid: syntax).encoding
                var found: Set<String> = []
                let matches = try await association.find(
                    sopClass: ServiceClasses.studyRootFind,
                    EncodedDataSet(transferSyntax: syntax, bytes: try keys.bytes(as: encoding)))
                for try await match in matches {
                    let answer = try Identifier(bytes: match.identifier.bytes, encoding: encoding)
                    if let uid = answer.text(.studyInstanceUID) { found.insert(uid) }
                }
                return found
            }
        }
    }

    // MARK: - Who asks

    /// pynetdicom asks with a user identity; DCMTK's askers cannot.
    private static let asker = """
        import sys
        from pynetdicom import AE
        from pynetdicom.pdu_primitives import UserIdentityNegotiation
        from pydicom.dataset import Dataset
        port, title, kind, primary, secondary = sys.argv[1:6]
        ae = AE(ae_title=title)
        ae.add_requested_context('1.2.840.10008.5.1.4.1.2.2.1')
        items = []
        if kind != '0':
            item = UserIdentityNegotiation()
            item.user_identity_type = int(kind)
            item.primary_field = primary.encode()
            if secondary: item.secondary_field = secondary.encode()
            item.positive_response_requested = True
            items = [item]
        association = ae.associate('127.0.0.1', int(port), ae_title='CORDON', ext_neg=items)
        if not association.is_established:
            print('refused')
        else:
            query = Dataset()
            query.QueryRetrieveLevel = 'STUDY'
            query.StudyInstanceUID = ''
            answers = [data for status, data in association.send_c_find(query, '1.2.840.10008.5.1.4.1.2.2.1') if data]
            print('found', len(answers))
            association.release()
        """

    @Test(
        .enabled(
            if: LookingSite.Behind.get.isThere && IdentityProvider.isThere && Fixtures.hasPython("pynetdicom"),
            "dcmqrscp, oidc-provider-mock or pynetdicom is not installed"))
    func `a user identity counts when it was proved`() async throws {
        let folder = try WorkFolder()
        let provider = try await IdentityProvider(folder)
        let hash = try await run(["openssl", "passwd", "-6", "open sesame"]).output.split(separator: "\n").last ?? ""
        let users = try folder.write("users", text: "# radiologists\nanna:\(hash)\n")
        let python = try #require(Fixtures.python)
        try await LookingSite.run(
            .get,
            more: """
                <peer id="shared" title="SHARED" addresses="127.0.0.1" roles="ask"/>
                <identity-provider issuer="\(provider.issuer)" audience="cordon"/>
                <asker audience="ward" peers="shared" user="anna"/>
                <asker audience="staff" peers="shared" claim="groups" value="radiologists"/>
                """, folder: folder, users: #"<users file="\#(users)"/>"#
        ) { scene in
            func ask(_ kind: Int, _ primary: String = "", _ secondary: String = "") async throws -> String {
                let answer = try await run(
                    [
                        python, "-W", "ignore", "-c", Self.asker, "\(scene.gateway.port)", "SHARED", "\(kind)", primary,
                        secondary,
                    ])
                return answer.output.split(separator: "\n").last.map(String.init) ?? ""
            }
            // Nobody in particular; a name that nobody proved; the passcode; a wrong one; a name that is not there.
            #expect(try await ask(0) == "found 0")
            #expect(try await ask(1, "anna") == "found 0")
            #expect(try await ask(2, "anna", "open sesame") == "found 2")
            #expect(try await ask(2, "anna", "open") == "refused")
            #expect(try await ask(2, "berta", "open sesame") == "refused")
            // Nobody here can check a ticket or an assertion.
            #expect(try await ask(3, "ticket") == "found 0")
            #expect(try await ask(4, "<saml:Assertion/>") == "found 0")
            let token = try await provider.token("alice", #"{"groups": ["radiologists"]}"#)
            #expect(try await ask(5, token) == "found 3")
            #expect(try await ask(5, String(token.dropLast(6)) + "AAAAAA") == "refused")
            #expect(try await ask(5, await provider.token("bob", #"{"groups": ["cleaners"]}"#)) == "found 0")
            #expect(!scene.site.log.contains("sesame") && !scene.site.log.contains(token))
        }
        await provider.stop()
    }

    @Test(.enabled(if: LookingSite.Behind.get.isThere, "dcmqrscp is not installed"))
    func `who is taken from the list of users is answered no more on an association that is open`() async throws {
        let folder = try WorkFolder()
        let hash = try await run(["openssl", "passwd", "-6", "open sesame"]).output.split(separator: "\n").last ?? ""
        let users = try folder.write("users", text: "anna:\(hash)\n")
        try await LookingSite.run(
            .get,
            more: """
                <peer id="shared" title="SHARED" addresses="127.0.0.1" roles="ask"/>
                <asker audience="ward" peers="shared" user="anna"/>
                """, folder: folder, users: #"<users file="\#(users)"/>"#
        ) { scene in
            let identity = UserIdentity(
                .usernameAndPasscode, primary: Array("anna".utf8), secondary: Array("open sesame".utf8))
            try await Self.asking("SHARED", scene, identity: identity) { find in
                #expect(try await find() == Set(Self.studies.dropLast()))
                try folder.write("users", text: "# nobody\n")
                scene.gateway.program.signal(SIGHUP)
                try await eventually("reloaded: \(scene.site.log.suffix(2000))") {
                    try scene.site.lines("reloaded").count == 1
                }
                var isAnswered = true
                do { _ = try await find() } catch is AssociationError { isAnswered = false }
                #expect(!isAnswered)
            }
        }
    }

    @Test(.enabled(if: LookingSite.Behind.get.isThere, "dcmqrscp is not installed"))
    func `an asker is known by its certificate`() async throws {
        let folder = try WorkFolder()
        let own = try await KeyFiles("gateway", folder), ward = try await KeyFiles("ws1", folder)
        let other = try await KeyFiles("ws2", folder)
        let roots = try KeyFiles.roots([ward, other], folder)
        let port = try Ports.take()
        try await LookingSite.run(
            .get,
            more: """
                <dicom host="127.0.0.1" port="\(port)" titles="CORDON">
                  <tls certificate="\(own.certificate)" key="\(own.key)" clients="\(roots)"/>
                </dicom>
                <peer id="secure" title="SECURE" certificate="\(ward.certificate)" roles="ask"/>
                <asker audience="ward" peers="secure" certificate="*CN=ws1*"/>
                """, folder: folder
        ) { scene in
            func find(_ pair: KeyFiles, _ title: String = "SECURE") async throws -> (status: Int32, output: String) {
                try await ArchiveBehind.tool([
                    "findscu", "-v", "-S", "-aet", title, "-aec", "CORDON", "+tls", pair.key, pair.certificate, "+cf",
                    own.certificate, "-ic", "127.0.0.1", "\(port)", "-k", "QueryRetrieveLevel=STUDY", "-k",
                    "StudyInstanceUID",
                ])
            }
            let good = try await find(ward)
            #expect(good.output.contains(Self.studies[0]) && !good.output.contains(Self.vip), "\(good.output)")
            let wrong = try await find(other)
            #expect(wrong.status != 0 && !wrong.output.contains("1.2.826.7"), "\(wrong.output)")
        }
    }
}
