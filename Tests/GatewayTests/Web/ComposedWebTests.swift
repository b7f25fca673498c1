import CustodyLog
import DICOMCore
import DICOMFile
import DICOMNetwork
import DICOMWeb
import Foundation
import NIOCore
import Registry
import TestSupport
import Testing

@testable import Access
@testable import Gateway

/// The built gateway serves DICOMweb: people with tokens and machines with certificates before it, an archive behind.
@Suite(.serialized) struct ComposedWebTests {
    private static let studies = LookingTests.studies
    private static let vip = LookingTests.vip
    private static let vipInstance = "studies/\(vip)/series/\(vip).1/instances/\(vip).1.1"

    /// A gateway with a listener for tokens and certificates, whichever comes.
    private func withGateway(
        _ behind: LookingSite.Behind,
        _ body: (LookingSite, IdentityProvider, _ machines: [String: KeyFiles], _ own: KeyFiles) async throws -> Void
    ) async throws {
        let folder = try WorkFolder()
        let provider = try await IdentityProvider(folder)
        let own = try await KeyFiles("gateway", folder)
        var machines: [String: KeyFiles] = [:]
        for name in ["sees-all", "sees-some", "sees-none", "stranger", "his"] {
            machines[name] = try await KeyFiles(name, folder)
        }
        let roots = try KeyFiles.roots(Array(machines.values), folder)
        let peers = [("sees-all", "ask", "staff"), ("sees-some", "ask", "ward"), ("sees-none", "ask", "nobody")].map {
            name, roles, audience in
            """
            <peer id="\(name)" certificate="\(machines[name]?.certificate ?? "")" roles="\(roles)" audience="\(audience)"/>
            """
        }
        try await LookingSite.run(
            behind,
            more: (peers + [
                #"<peer id="his" certificate="\#(machines["his"]?.certificate ?? "")" roles="tell"/>"#,
                #"<identity-provider issuer="\#(provider.issuer)" audience="cordon"/>"#,
                #"<asker audience="staff" claim="groups" value="radiologists"/>"#,
                #"<asker audience="ward" claim="groups" value="ward"/>"#,
                #"<asker audience="research" claim="groups" value="research"/>"#,
                #"<break-glass audience="emergency" claim="groups" value="emergency" amr="otp hwk" lasts="60min"/>"#,
                #"<hl7 feed="his"><code field="meta.security" value="VIP" label="vip"/></hl7>"#,
            ]).joined(separator: "\n"), folder: folder,
            listener: { port in
                """
                <web host="127.0.0.1" port="\(port)" login="either">
                  <tls certificate="\(own.certificate)" key="\(own.key)" clients="\(roots)"/>
                </web>
                """
            }
        ) { scene in try await body(scene, provider, machines, own) }
        await provider.stop()
    }

    private func token(_ own: KeyFiles, _ token: String) -> [String] {
        ["--cacert", own.certificate, "-H", "Authorization: Bearer \(token)"]
    }

    private func machine(_ own: KeyFiles, _ pair: KeyFiles?) -> [String] {
        ["--cacert", own.certificate, "--cert", pair?.certificate ?? "", "--key", pair?.key ?? ""]
    }

    private static let isThere =
        IdentityProvider.isThere && LookingSite.Behind.get.isThere && LookingSite.Behind.web.isThere

    // MARK: - Looking

    /// dicomweb-client (PyPI), with a token.
    private static let script = """
        import sys, json
        from dicomweb_client.api import DICOMwebClient
        from dicomweb_client.session_utils import create_session
        url, authority, token, vip, open_ = sys.argv[1:6]
        session = create_session()
        session.verify = authority
        session.trust_env = False
        session.headers['Authorization'] = 'Bearer ' + token
        client = DICOMwebClient(url=url, session=session)
        def say(*words): print(*words, sep='\\t')
        def name(data): return data.get('00100010', {}).get('Value', [{}])[0].get('Alphabetic', '')
        def uid(data): return data['0020000D']['Value'][0]
        studies = client.search_for_studies(fields=['PatientName', '00201208'])
        say('studies', *sorted(uid(s) for s in studies))
        say('names', *sorted({name(s) for s in studies}))
        say('counts', *sorted({s['00201208']['Value'][0] for s in studies if '00201208' in s}))
        say('vip', len(client.search_for_studies(search_filters={'StudyInstanceUID': vip})))
        say('by name', len(client.search_for_studies(search_filters={'PatientName': 'Stone*'})))
        say('page', len(client.search_for_studies(limit=1)), len(client.search_for_studies(limit=2, offset=1)),
            len(client.search_for_studies(offset=2)), len(client.search_for_studies(offset=3)))
        say('series', len(client.search_for_series()), len(client.search_for_series(vip)))
        say('instances', len(client.search_for_instances(open_)), len(client.search_for_instances(vip)))
        for what, study in (('open', open_), ('closed', vip), ('never', '1.2.3.4')):
            try:
                files = client.retrieve_study(study)
                say(what, len(files), *sorted({str(f.get('PatientName', '')) for f in files}))
            except Exception as error:
                say(what, error.response.status_code, error.response.text)
        try:
            say('metadata', len(client.retrieve_study_metadata(open_)))
        except Exception as error:
            say('metadata', error.response.status_code)
        """

    @Test(
        .enabled(
            if: isThere && Fixtures.hasPython("dicomweb_client"),
            "Orthanc, dcmqrscp, oidc-provider-mock or dicomweb-client is not installed"),
        arguments: [LookingSite.Behind.get, .web])
    func `people see by their tokens what they may see`(behind: LookingSite.Behind) async throws {
        let python = try #require(Fixtures.python)
        try await withGateway(behind) { scene, provider, _, own in
            func look(_ group: String) async throws -> [String: [String]] {
                let token = try await provider.token("user-\(group)", #"{"groups": ["\#(group)"]}"#)
                let answer = try await run(
                    [
                        python, "-W", "ignore", "-c", Self.script, scene.web, own.certificate, token, Self.vip,
                        Self.studies[0],
                    ])
                #expect(answer.status == 0, "\(group): \(answer.output)")
                let lines = answer.output.split(separator: "\n").map {
                    $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                }
                return Dictionary(lines.compactMap { line in line.first.map { ($0, Array(line.dropFirst())) } }) {
                    first, _ in first
                }
            }
            let staff = try await look("radiologists")
            #expect(staff["studies"] == Self.studies)
            #expect(staff["names"] == ["Roe^Jane", "Stone^Rosetta"])
            #expect(staff["vip"] == ["1"] && staff["by name"] == ["1"])
            #expect(staff["page"] == ["1", "2", "1", "0"])
            #expect(staff["series"] == ["6", "2"] && staff["instances"] == ["4", "4"])
            #expect(staff["closed"] == ["4", "Stone^Rosetta"])

            let ward = try await look("ward")
            #expect(ward["studies"] == Array(Self.studies.dropLast()))
            #expect(ward["names"] == ["Roe^Jane"])
            // dcmqrscp does not count.
            #expect(ward["counts"] == (behind == .web ? ["4"] : []))
            #expect(ward["vip"] == ["0"] && ward["by name"] == ["0"])
            // Pages are those of what may be seen.
            #expect(ward["page"] == ["1", "1", "0", "0"])
            #expect(ward["series"] == ["4", "0"] && ward["instances"] == ["4", "0"])
            #expect(ward["open"] == ["4", "Roe^Jane"])
            // The same words for both.
            #expect(ward["closed"] == ward["never"] && ward["closed"]?.first == "404")
            #expect(ward["metadata"] == ["4"])

            let research = try await look("research")
            #expect(research["studies"] == Array(Self.studies.dropLast()))
            #expect(research["names"] == ["MASKED"])
            #expect(research["open"] == ["4", ""])

            let nobody = try await look("cleaners")
            #expect(nobody["studies"] == [] && nobody["open"]?.first == "404")
        }
    }

    // MARK: - Every route and verb

    /// Everything that can be asked of a study, by DICOMweb.
    private static func paths(of route: Route) -> String {
        route.template.replacing("{study}", with: vip).replacing("{series}", with: "\(vip).1")
            .replacing("{instance}", with: "\(vip).1.1").replacing("{frames}", with: "1")
            .replacing("{path*}", with: "7FE00010")
    }

    /// Each route and each method, as machines that see all, some and none, and as one that nobody knows. Whoever sees all shows that
    /// there was something to be seen; each of its looks stands on the custody log, where the core alone writes them.
    @Test(.enabled(if: isThere, "Orthanc, dcmqrscp or oidc-provider-mock is not installed"))
    func `every route and verb asks the core`() async throws {
        try await withGateway(.get) { scene, _, machines, own in
            let secrets = ["Stone", "Rosetta", "V-1", "1.2.826.7.3.2"]
            for route in Route.all {
                let path = Self.paths(of: route)
                // What it has, and what no resource of PS3.18 here has.
                for method in route.methods + ["DELETE"] {
                    let url = "\(scene.web)/\(path)"
                    var answers: [String: Curl] = [:]
                    for name in ["sees-all", "sees-some", "sees-none", "stranger"] {
                        let before = try scene.logSize()
                        let answer = try await Curl.send(method, url, machine(own, machines[name]))
                        answers[name] = answer
                        let kinds = try scene.kinds(after: before)
                        let action = route.actions[method == "HEAD" ? "GET" : method]
                        let place = "\(method) \(route.template) as \(name)"
                        switch action {
                        case nil: #expect(answer.status == 405, "\(place)")
                        case .health?: #expect(answer.status == 200, "\(place)")
                        case .site?: Issue.record("\(place) is not of PS3.18")
                        // Nobody here may send.
                        case .store?: #expect([400, 409, 415].contains(answer.status), "\(place): \(answer)")
                        // What is rendered could show a name that is masked.
                        case .rendered?, .thumbnail?: #expect(answer.status == 501, "\(place)")
                        case .search?:
                            #expect(answer.status == 200 || answer.status == 204, "\(place): \(answer)")
                            #expect(kinds == (name == "stranger" ? [] : [.queried]), "\(place)")
                        case .retrieve?, .metadata?, .frames?, .bulkData?:
                            #expect(answer.status == (name == "sees-all" ? 200 : 404), "\(place): \(answer.status)")
                            // Who asks for the head alone goes before all was given.
                            #expect(method == "HEAD" || kinds == (name == "sees-all" ? [.viewed] : []), "\(place)")
                        }
                        guard name != "sees-all" else { continue }
                        for secret in secrets { #expect(!answer.body.contains(secret), "\(place)") }
                        #expect(!answer.body.contains(Self.vip), "\(place)")
                    }
                    // Who may not see it hears what a stranger hears.
                    if case .retrieve? = route.actions[method] {
                        #expect(answers["sees-some"]?.body == answers["stranger"]?.body)
                    }
                    // Without a certificate and a token nothing is answered at all.
                    let bare = try await Curl.send(method, url, ["--cacert", own.certificate])
                    let isHealth = route.template == "health"
                    #expect(
                        isHealth || bare.status == (route.actions[method == "HEAD" ? "GET" : method] == nil ? 405 : 401)
                    )
                }
            }
        }
    }

    /// The same for associations: each service, information model and level.
    @Test(.enabled(if: isThere, "Orthanc, dcmqrscp or oidc-provider-mock is not installed"))
    func `every service and level of an association asks the core`() async throws {
        try await LookingSite.run(.get) { scene in
            let models = [("-P", ["PATIENT", "STUDY", "SERIES", "IMAGE"]), ("-S", ["STUDY", "SERIES", "IMAGE"])]
            for (model, levels) in models {
                for level in levels {
                    let keys = [
                        "QueryRetrieveLevel=\(level)", "PatientID=V-1", "StudyInstanceUID=\(Self.vip)",
                        "SeriesInstanceUID=\(Self.vip).1", "SOPInstanceUID=\(Self.vip).1.1",
                    ]
                    // At a level those above it are named.
                    let count = (model == "-P" ? 2 : 3) + (levels.firstIndex(of: level) ?? 0)
                    let own = Array(keys.prefix(count))
                    for title in ["STAFF", "WARD", "NOBODY"] {
                        let place = "\(model) \(level) as \(title)"
                        var before = try scene.logSize()
                        let found = try await scene.find(title, own + ["PatientName"], model: model)
                        #expect(try scene.kinds(after: before) == [.queried], "C-FIND \(place)")
                        #expect(found.contains("Pending") == (title == "STAFF"), "C-FIND \(place): \(found)")
                        before = try scene.logSize()
                        let got = try await scene.get(title, own, model: model)
                        #expect(got.files.isEmpty == (title != "STAFF"), "C-GET \(place): \(got.output)")
                        #expect(try scene.kinds(after: before) == (title == "STAFF" ? [.viewed] : []), "C-GET \(place)")
                        before = try scene.logSize()
                        let moved = try await scene.move(title, to: "STAFF", own, model: model)
                        #expect(moved.files.isEmpty == (title != "STAFF"), "C-MOVE \(place): \(moved.output)")
                        #expect(
                            try scene.kinds(after: before) == (title == "STAFF" ? [.viewed] : []), "C-MOVE \(place)")
                    }
                }
            }
        }
    }

    // MARK: - Break-glass

    @Test(.enabled(if: isThere, "Orthanc, dcmqrscp or oidc-provider-mock is not installed"))
    func `in an emergency who may looks at once, alone, for a time, and it is known`() async throws {
        try await withGateway(.get) { scene, provider, _, own in
            let audit = scene.site.folder("audit.xml")
            try scene.site.folder.write("site/audit/audit.json", text: #"{"receiver": "file:\#(audit)"}"#)
            func person(_ name: String, _ groups: String, _ amr: String) async throws -> [String] {
                let claims = #"{"groups": [\#(groups)], "amr": [\#(amr)]}"#
                return token(own, try await provider.token(name, claims))
            }
            let doctor = try await person("doctor", #""ward", "emergency""#, #""pwd", "otp""#)
            let colleague = try await person("colleague", #""ward", "emergency""#, #""pwd", "otp""#)
            let json = ["-H", "Content-Type: application/json"]
            let wish = #"{"patient": "V-1", "reason": "unconscious, no relatives", "minutes": 10}"#
            let study = "\(scene.web)/studies/\(Self.vip)"
            func sees(_ person: [String]) async throws -> Bool {
                let found = try await Curl.send("GET", "\(scene.web)/studies?StudyInstanceUID=\(Self.vip)", person)
                let given = try await Curl.send("GET", study, person + ["-o", "/dev/null"])
                #expect((found.status == 200) == (given.status == 200))
                return given.status == 200
            }
            #expect(try await !sees(doctor))
            // Without the second factor, without the role, in a form that a stranger's page can send, for nothing.
            let careless = try await person("careless", #""ward", "emergency""#, #""pwd""#)
            #expect(try await Curl.send("POST", "\(scene.web)/break-glass", careless + json, body: wish).status == 403)
            let cleaner = try await person("cleaner", #""cleaners""#, #""otp""#)
            #expect(try await Curl.send("POST", "\(scene.web)/break-glass", cleaner + json, body: wish).status == 403)
            #expect(try await Curl.send("POST", "\(scene.web)/break-glass", doctor, body: wish).status == 415)
            for body in ["", "{}", #"{"reason": "x"}"#, #"{"patient": "V-1", "reason": ""}"#] {
                let answer = try await Curl.send("POST", "\(scene.web)/break-glass", doctor + json, body: body)
                #expect(answer.status == 400, "\(body): \(answer)")
            }
            #expect(try scene.site.registry().grants().isEmpty)
            #expect(try scene.site.lines("glass-broken").isEmpty)

            let given = try await Curl.send("POST", "\(scene.web)/break-glass", doctor + json, body: wish)
            #expect(given.status == 201, "\(given)")
            #expect(try await sees(doctor))
            #expect(try await !sees(colleague))
            #expect(try await Curl.send("GET", "\(scene.web)/break-glass", doctor).body.contains(#""grant":1"#))
            #expect(try await !Curl.send("GET", "\(scene.web)/break-glass", colleague).body.contains(#""grant""#))
            #expect(try scene.site.lines("glass-broken").count == 1)
            let list = try await run([
                Site.command, "gateway", "grants", "list", "--registry", scene.site.folder("site"),
            ])
            #expect(list.status == 0 && list.output.contains("doctor"), "\(list.output)")
            // A hold stays what it is, and hinders nobody who looks.
            let held = try await scene.site.cordon([
                "hold", "place", "--study", Self.vip, "--matter", "M1", "--custodian", "legal",
                "--authority", "court", "--reason", "a suit",
            ])
            #expect(held.status == 0, "\(held.output)")
            #expect(try await sees(doctor))

            #expect(
                try await Curl.send(
                    "POST", "\(scene.web)/break-glass/1/end", colleague + json, body: #"{"reason": "x"}"#
                )
                .status == 403)
            let ended = try await Curl.send(
                "POST", "\(scene.web)/break-glass/1/end", doctor + json, body: #"{"reason": "he woke up"}"#)
            #expect(ended.status == 200, "\(ended)")
            #expect(try await !sees(doctor))
            #expect(try scene.site.lines("glass-mended").count == 1)
            try await eventually("audit messages tell of it: \(scene.site.log.suffix(1000))") {
                let text = (try? String(contentsOfFile: audit, encoding: .utf8)) ?? ""
                return text.contains("110127") && text.contains("110138") && text.contains("110132")
            }
        }
    }

    // MARK: - FHIR

    @Test(.enabled(if: isThere, "Orthanc, dcmqrscp or oidc-provider-mock is not installed"))
    func `a hospital's system says who is a VIP, and it counts at the next question`() async throws {
        try await withGateway(.get) { scene, provider, machines, own in
            let ward = token(own, try await provider.token("nurse", #"{"groups": ["ward"]}"#))
            func sees() async throws -> Bool {
                try await Curl.send("GET", "\(scene.web)/studies?PatientID=P-1", ward).status == 200
            }
            #expect(try await sees())
            func patient(_ security: String) -> String {
                """
                {"resourceType": "Patient", "id": "7", "meta": {"versionId": "\(security.count)", "security": [\(security)]},
                 "identifier": [{"value": "P-1"}]}
                """
            }
            let json = ["-H", "Content-Type: application/fhir+json"]
            let vip = patient(#"{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VIP"}"#)
            // Whoever may ask may not tell.
            for someone in [ward, machine(own, machines["sees-all"]), machine(own, machines["stranger"])] {
                #expect(try await Curl.send("POST", "\(scene.web)/fhir", someone + json, body: vip).status == 403)
            }
            let his = machine(own, machines["his"])
            #expect(try await Curl.send("POST", "\(scene.web)/fhir", his + json, body: "{").status == 422)
            #expect(try await Curl.send("POST", "\(scene.web)/fhir", his, body: vip).status == 415)
            #expect(try await Curl.send("DELETE", "\(scene.web)/fhir/Patient/7", his).status == 405)
            #expect(try await sees())
            let told = try await Curl.send("PUT", "\(scene.web)/fhir/Patient/7", his + json, body: vip)
            #expect(told.status == 200, "\(told)")
            #expect(try await !sees())
            let bundle = #"{"resourceType": "Bundle", "type": "history", "entry": [{"resource": \#(patient(""))}]}"#
            let untold = try await Curl.send("POST", "\(scene.web)/fhir", his + json, body: bundle)
            #expect(untold.status == 200, "\(untold)")
            #expect(try await sees())
        }
    }
}
