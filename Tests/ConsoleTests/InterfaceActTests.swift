import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// What people do on pages, done by programs: the queue, looks in an emergency, candidates of rules, productions, pictures.
struct InterfaceActTests {
    private static let rules = Repository.path("Rules/sites/general-hospital.xml")

    private func outcomes(_ answer: ConsoleAnswer) -> [[String: Any]] {
        answer.object["outcomes"] as? [[String: Any]] ?? []
    }

    @Test func `what is kept back is planned, kept, let go and held by the numbers of the queue`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("lena", .legal, .reviewer)
        let decisions = try DecideTests.fill(site, count: 4), lena = try site.client("lena")
        let queue = try #require(lena.get("/queue").object["entries"] as? [[String: Any]])
        #expect(Set(queue.compactMap { $0["decision"] as? Int64 }) == Set(decisions))
        func body(_ numbers: [Int64], _ more: String) -> String { "{\"decisions\": \(numbers), \(more)}" }
        let size = try site.registry.readLog { try $0.logSize() }
        let plan = outcomes(lena.post("/queue/confirm", body(decisions + [999], "\"act\": \"release\"")))
        #expect(plan.map { $0["done"] as? Bool } == [true, true, false, true, false])
        #expect(plan[2]["words"] as? String == "No label lifts violence.")
        #expect(try site.registry.readLog { try $0.logSize() } == size)

        let reason = "\"reason\": \"signed forms are in the file\""
        #expect(lena.post("/queue/release", body(decisions, reason)).status == 401)
        let released = lena.post(
            "/queue/release", body(Array(decisions.prefix(2)), reason), code: site.nextCode("lena"))
        #expect(released.status == 200 && released.object["done"] as? Int == 2)
        #expect(try site.events(.labelled).map(\.actor) == ["lena", "lena"])
        let kept = lena.post("/queue/keep", body([decisions[2]], reason))
        #expect(kept.object["done"] as? Int == 1)
        let entries = try #require(lena.get("/queue?state=kept").object["entries"] as? [[String: Any]])
        #expect(entries.count == 1 && entries[0]["keptBy"] as? String == "lena")
        let order = "\(reason), \"matter\": \"M-1\", \"custodian\": \"c\", \"authority\": \"court\""
        #expect(lena.post("/queue/hold", body(decisions, order)).object["done"] as? Int == 4)
        #expect(try site.registry.holds(matter: "M-1").count == 4)
        // No more at once than on the page.
        #expect(lena.post("/queue/keep", body(Array(1...51), reason)).status == 422)
        #expect(lena.post("/queue/keep", body([], reason)).status == 422)
        let ultrasound = lena.get("/queue?modality=US&state=all").object["entries"] as? [[String: Any]]
        #expect(ultrasound?.count == 1)
    }

    @Test func `by a token that sees no studies nobody learns which are kept back`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("lena", .legal)
        let decisions = try DecideTests.fill(site, count: 1)
        let lena = try site.client("lena", [.keepStudies, .giveLabels, .placeHolds])
        func body(_ more: String) -> String { "{\"decisions\": \(decisions), \(more)}" }
        let reason = "\"reason\": \"r\""
        let answers = [
            lena.post("/queue/confirm", body("\"act\": \"keep\"")), lena.post("/queue/keep", body(reason)),
            lena.post("/queue/release", body(reason), code: site.nextCode("lena")),
            lena.post(
                "/queue/hold", body("\(reason), \"matter\": \"M\", \"custodian\": \"c\", \"authority\": \"a\"")),
        ]
        for answer in answers { #expect(answer.status == 403 && !answer.html.contains("1.2.3.1")) }
        #expect(try site.events(.kept).isEmpty && site.events(.labelled).isEmpty && site.events(.held).isEmpty)
    }

    @Test func `a look in an emergency is asked for, granted and used by programs`() throws {
        let site = try Site(Site.endless)
        try site.account("vera", .viewer)
        try site.account("rita", .reviewer)
        try SampleRecords.fill(site)
        let vera = try site.client("vera"), rita = try site.client("rita"), study = SampleRecords.study
        #expect(vera.get("/studies/\(study)").object["patientIDs"] == nil)
        let wish = "{\"about\": \"study\", \"value\": \"\(study)\", \"minutes\": 15, \"reason\": \"unconscious\"}"
        #expect(vera.post("/break-glass", wish).status == 401)
        let asked = vera.post("/break-glass", wish, code: site.nextCode("vera"))
        #expect(asked.status == 201)
        let id = try #require(asked.object["id"] as? Int)
        #expect((vera.get("/break-glass/own").object["waiting"] as? [Any])?.count == 1)
        #expect(vera.get("/break-glass/wishes").status == 403)
        #expect((rita.get("/break-glass/wishes").object["wishes"] as? [Any])?.count == 1)
        #expect(rita.get("/overview").object["wishes"] as? Int == 1)
        // Who asked grants nothing of it, whatever else they may.
        _ = try site.accounts.setRoles([.viewer, .reviewer], of: "vera")
        #expect(try site.client("vera").get("/overview").object["wishes"] as? Int == 0)
        _ = try site.accounts.setRoles([.viewer], of: "vera")
        let granted = rita.post("/break-glass/wishes/\(id)/grant", code: site.nextCode("rita"))
        #expect(granted.status == 201 && granted.object["grantedBy"] as? String == "rita")
        #expect(rita.post("/break-glass/wishes/\(id)/grant", code: site.nextCode("rita")).status == 409)
        #expect(vera.get("/studies/\(study)").object["patientIDs"] as? [String] == ["P-4711"])
        #expect((vera.get("/break-glass/own").object["running"] as? [Any])?.count == 1)
        for _ in 1...2 { _ = vera.post("/break-glass", wish, code: site.nextCode("vera")) }
        #expect(rita.post("/break-glass/wishes/\(id + 1)/decline", #"{"reason": "call me"}"#).status == 200)
        #expect(try site.events(.overrideDeclined).map(\.actor) == ["rita"])
        #expect(vera.post("/break-glass", wish.replacing("15", with: "17"), code: site.nextCode("vera")).status == 422)
    }

    @Test func `a candidate is uploaded, seen and discarded by a program, and larger than other bodies`() async throws {
        let site = try Site(
            {
                Site.endless(&$0)
                $0.rules = Self.rules
            }, rules: Self.rules)
        try site.account("rita", .reviewer)
        let rita = try site.client("rita")
        #expect(rita.get("/rules/candidate").object["candidate"] == nil)
        let text = try String(contentsOfFile: Self.rules, encoding: .utf8).replacing(
            "revision=\"", with: "revision=\"9")
        let data = try JSONSerialization.data(withJSONObject: ["text": text])
        #expect(rita.post("/rules/candidate", String(decoding: data, as: UTF8.self)).status == 202)
        var candidate: [String: Any] = [:]
        for _ in 0..<600 {
            candidate = rita.get("/rules/candidate").object["candidate"] as? [String: Any] ?? [:]
            if ["compared", "refused"].contains(candidate["state"] as? String) { break }
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(candidate["state"] as? String == "compared" && candidate["equivalent"] as? Bool == true)
        #expect(candidate["person"] as? String == "rita" && candidate["replayed"] as? Int == 0)
        // What was not decided again is told as on the page.
        #expect(candidate["replayCut"] as? Bool == false && candidate["replayUnreadable"] as? Int == 0)
        #expect(candidate["missingAudiences"] as? [String] == [] && candidate["codes"] as? [String] == [])
        let number = try #require(candidate["number"] as? Int)
        #expect(rita.post("/rules/candidate/discard", #"{"number": \#(number + 1)}"#).status == 409)
        #expect(rita.post("/rules/candidate/discard", #"{"number": \#(number)}"#).object["candidate"] == nil)
        #expect(rita.post("/rules/candidate", #"{"text": ""}"#).status == 422)
        #expect(try site.events(.ruleSetUploaded).count == 1 && site.events(.ruleSetDiscarded).count == 1)
    }

    @Test func `rules are tried on an instance, and a picture is taken, or it is said why not`() throws {
        let site = try Site(Site.endless, rules: Self.rules)
        try site.account("rita", .reviewer)
        try site.account("vera", .viewer)
        let (study, digest) = try PictureTests.keep("01-nothing-known/CT01.dcm", in: site)
        let rita = try site.client("rita"), vera = try site.client("vera")
        let lines = rita.get("/rules/try?instance=\(digest)").object["lines"] as? [String] ?? []
        #expect(lines.contains { $0.contains("research") })
        #expect(rita.get("/rules/try?instance=1.2.3.4").object["problem"] as? String != nil)
        #expect(rita.get("/rules/try").status == 422)
        let place = "/studies/\(study)/pictures/\(digest)/first"
        let picture = rita.get(place)
        #expect(
            picture.status == 200 && picture.type == "image/png" && picture.body.starts(with: [0x89, 0x50, 0x4E, 0x47]))
        #expect(vera.get(place).status == 404)
        #expect(rita.get(place.replacing("first", with: "last")).status == 404)
    }

    @Test func `what is handed over is told to programs as to people`() throws {
        let site = try Site(Site.endless)
        try site.account("lena", .legal)
        let lena = try site.client("lena")
        #expect(lena.get("/productions").object["configured"] as? Bool == false)
        let export = #"{"matter": "M", "reason": "order"}"#
        #expect(lena.post("/productions", export).status == 401)
        #expect(lena.post("/productions", export, code: site.nextCode("lena")).status == 422)
        let other = try Site {
            Site.endless(&$0)
            $0.productions = $0.registry + "/productions"
        }
        try other.account("lena", .legal)
        let client = try other.client("lena")
        #expect(client.post("/productions", export, code: other.nextCode("lena")).status == 422)
        #expect(client.post("/productions/none/verify").status == 404)
        let id = try other.console.desk.add(
            ProductionJob.Task(trusted: []), name: "bag", isVerification: true, by: "lena", at: other.time.now)
        let answers = [ProductionJob.Result.Answer(question: "integrity", word: "PASS", findings: ["all is there"])]
        try other.console.desk.finish(job: id, .init(answers: answers, word: "PASS"), keeping: 50)
        try other.restart()
        let jobs = try #require(client.get("/productions").object["jobs"] as? [[String: Any]])
        #expect(jobs[0]["verdict"] as? String == "PASS" && jobs[0]["state"] as? String == "done")
    }
}
