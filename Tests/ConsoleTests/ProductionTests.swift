import CustodyLog
import Dispatch
import Foundation
import Host
import Registry
import Testing
import Vault

@testable import Console
@testable import Production

/// What is held in a matter, handed over and verified from the pages.
struct ProductionPageTests {
    /// A held instance in the vault, and a log that can sign.
    private static func site(_ name: String = "01-nothing-known/CT01.dcm") throws -> Site {
        let site = try Site { settings in
            Site.endless(&settings)
            settings.productions = settings.registry + "/productions"
        }
        try site.account("lena", .legal)
        let study = try PictureTests.keep(name, in: site).study
        _ = try site.registry.place(
            HoldOrder(
                matter: "M-2026-117", custodian: "c", reason: "a claim", authority: "court", scope: .study(study)),
            by: SampleRecords.person("paul"), at: site.time.now)
        return site
    }

    /// Waits for a job on a thread of its own.
    private static func page(_ browser: Browser, until word: String) -> String {
        for _ in 0..<1200 {
            let html = browser.get("/productions").html
            if html.contains(word) { return html }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return browser.get("/productions").html
    }

    @Test func `a matter is handed over by a job, and verified by another; both are on the log`() async throws {
        let site = try Self.site()
        let made = try await Program.run(
            Program.cordon, ["log", "key", "new", "example.org/log", "--registry", site.folder])
        #expect(made.status == 0, "\(made.output)")
        let html = try await Program.onThread { () throws -> (String, String) in
            let lena = try site.browser("lena")
            // Not without a code.
            #expect(lena.post("/productions", ["matter": "M-2026-117", "reason": "order"]).status == 403)
            #expect(
                lena.post(
                    "/productions", ["matter": "M-2026-117", "reason": "order", "code": site.nextCode("lena")]
                ).status == 303)
            let done = Self.page(lena, until: "digest of the bag")
            let name = try #require(
                done.split(separator: "action=\"/productions/").dropFirst().first?.prefix { $0 != "/" }, "\(done)")
            #expect(name.hasPrefix("production-M-2026-117-"))
            #expect(lena.post("/productions/\(name)/verify").status == 303)
            let verified = Self.page(lena, until: "<strong>integrity</strong>")
            return (done, verified)
        }
        #expect(html.0.contains("1 original of 1 study"))
        #expect(html.1.contains("<strong>integrity</strong>: PASS"))
        #expect(try site.events(.produced).map(\.actor) == ["lena"])
        #expect(try site.events(.verified).last?.actor == "lena")
    }

    @Test func `what waited or ran when the console ended is done when it is started again`() async throws {
        let site = try Self.site()
        let made = try await Program.run(
            Program.cordon, ["log", "key", "new", "example.org/log", "--registry", site.folder])
        #expect(made.status == 0, "\(made.output)")
        // As it stands when the process is killed: ordered, and not done.
        _ = try site.console.desk.add(
            ProductionJob.Task(matter: "M-2026-117", reason: "order"), name: "production-M-2026-117-1",
            isVerification: false, by: "lena", at: site.time.now)
        let html = try await Program.onThread { () throws -> (String, String) in
            try site.restart()
            let done = Self.page(try site.browser("lena"), until: "digest of the bag")
            // What was done stays told.
            try site.restart()
            return (done, try site.browser("lena").get("/productions").html)
        }
        #expect(html.0.contains("1 original of 1 study"), "\(html.0)")
        #expect(html.1.contains("1 original of 1 study") && html.1.contains("digest of the bag"))
        #expect(try site.events(.produced).map(\.actor) == ["lena"])
        #expect(try site.console.desk.jobs().allSatisfy { $0.task == nil }, "matter and reason are forgotten")
    }

    @Test(arguments: [false, true])
    func `what is stopped with the console did not fail: the next start does it`(isStopping: Bool) throws {
        let site = try Site(Site.endless)
        let desk = ProductionDesk(
            registry: site.registry, site: site.folder, folder: site.folder + "/productions", store: site.console.desk,
            isStopping: { isStopping })
        // Nothing is held in it: that ends with an error, as a stop does.
        _ = try site.console.desk.add(
            ProductionJob.Task(matter: "M-0", reason: "order"), name: "production-M-0-1", isVerification: false,
            by: "lena", at: site.time.now)
        try desk.resume(ruleSets: [])
        desk.queue.sync {}
        let jobs = try site.console.desk.jobs()
        #expect(jobs.map { $0.job.state.isOver } == [!isStopping])
        #expect(jobs.map { $0.task != nil } == [isStopping])
        // It was not what ended the console.
        #expect(jobs.map(\.attempts) == [isStopping ? 0 : 1])
    }

    @Test func `a job that ended the console three times is not begun again`() throws {
        let site = try Site(Site.endless)
        func desk() -> ProductionDesk {
            ProductionDesk(
                registry: site.registry, site: site.folder, folder: site.folder + "/productions",
                store: site.console.desk, isStopping: { false })
        }
        let id = try site.console.desk.add(
            ProductionJob.Task(matter: "M-0", reason: "order"), name: "production-M-0-1", isVerification: false,
            by: "lena", at: site.time.now)
        // Begun, and the process ended before anything came of it.
        for _ in 0..<3 { try site.console.desk.begin(job: id) }
        let last = desk()
        try last.resume(ruleSets: [])
        last.queue.sync {}
        let job = try #require(try site.console.desk.jobs().first)
        guard case .failed(let words) = job.job.state else {
            Issue.record("\(job.job.state)")
            return
        }
        #expect(words.contains("ended 3 times") && job.task == nil)
        #expect(try site.events(.produced).isEmpty)
    }

    @Test func `what is under way when the console is told to end is not what ended it`() throws {
        let site = try Site(Site.endless)
        let desk = ProductionDesk(
            registry: site.registry, site: site.folder, folder: site.folder + "/productions",
            store: site.console.desk, isStopping: { true })
        let id = try site.console.desk.add(
            ProductionJob.Task(matter: "M-0", reason: "order"), name: "production-M-0-1", isVerification: false,
            by: "lena", at: site.time.now)
        for _ in 0..<2 { try site.console.desk.begin(job: id) }
        try desk.resume(ruleSets: [])
        desk.queue.sync {}
        desk.forgetAttempts()
        let job = try #require(try site.console.desk.jobs().first)
        #expect(!job.job.state.isOver && job.attempts == 0 && job.task != nil)
    }

    @Test func `what somebody ordered who may not come in any more is not done at the next start`() throws {
        let site = try Site(Site.endless)
        let desk = ProductionDesk(
            registry: site.registry, site: site.folder, folder: site.folder + "/productions", store: site.console.desk)
        _ = try site.console.desk.add(
            ProductionJob.Task(matter: "M-0", reason: "order"), name: "production-M-0-1", isVerification: false,
            by: "Lena", at: site.time.now)
        try desk.resume(ruleSets: []) { $0.name == "Lena" }
        desk.queue.sync {}
        guard case .failed(let words)? = try site.console.desk.jobs().first?.job.state else {
            Issue.record("it was begun")
            return
        }
        #expect(words.contains("order it anew"))
    }

    @Test func `a job that got its name before it was written down is not done twice`() async throws {
        let site = try Self.site()
        let bag = site.folder + "/productions/production-M-2026-117-1"
        try FileManager.default.createDirectory(atPath: bag, withIntermediateDirectories: true)
        try "BagIt".write(toFile: bag + "/bagit.txt", atomically: true, encoding: .utf8)
        _ = try site.console.desk.add(
            ProductionJob.Task(matter: "M-2026-117", reason: "order"), name: "production-M-2026-117-1",
            isVerification: false, by: "lena", at: site.time.now)
        let html = try await Program.onThread { () throws -> String in
            try site.restart()
            return Self.page(try site.browser("lena"), until: "It was done when the console ended")
        }
        #expect(html.contains("It was done when the console ended"))
        #expect(try site.events(.produced).isEmpty)
    }

    @Test func `of a bag in which everything is wrong the first findings are kept, and how many more there are`() {
        var verdict = Verdict()
        for number in 0..<600 { verdict.add(.fail, "missing: `data/\(number)`") }
        var verdicts = BagVerdicts()
        verdicts.verdicts[.integrity] = verdict
        let answer = ProductionJob.Result(verdicts).answers.first { $0.question == "integrity" }
        #expect(answer?.word == "FAIL" && answer?.findings.count == 501)
        #expect(answer?.findings.last?.hasPrefix("and 100 more") == true)
    }

    @Test func `what cannot be handed over says why, and leads nowhere else`() throws {
        let site = try Self.site()
        let lena = try site.browser("lena")
        #expect(
            lena.post("/productions", ["matter": "M-0", "reason": "order", "code": site.nextCode("lena")]).status == 422
        )
        for name in ["..", "%2E%2E%2Fvault", "nothing", "a%2Fb"] {
            #expect(lena.post("/productions/\(name)/verify").status == 404, "\(name)")
        }
        let bare = try Site(Site.endless)
        try bare.account("lena", .legal)
        let browser = try bare.browser("lena")
        #expect(browser.get("/productions").html.contains("names no folder"))
        #expect(
            browser.post("/productions", ["matter": "M", "reason": "r", "code": bare.nextCode("lena")]).status == 422)
    }
}
