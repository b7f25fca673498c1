import CustodyLog
import Foundation
import Host
import Registry
import Testing
import Vault

@testable import Console

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
