import CustodyLog
import Host
import Synchronization
import Testing

@testable import Console

struct OperationsTests {
    @Test func `figures, dead letters and the check list are shown, to those who may see them`() throws {
        let site = try Site(operations: SampleGateway())
        try site.account("adam", .administrator)
        try site.account("abel", .auditor)
        let page = try site.browser("adam").get("/operations").html
        for text in ["gateway-17", "pacs", "3 hours", "A700H", "Send letter 9 again", "A key may be read by others."] {
            #expect(page.contains(text), "\(text)")
        }
        let audited = try site.browser("abel").get("/operations").html
        #expect(audited.contains("A700H") && !audited.contains("Send letter"))
    }

    @Test func `a dead letter is sent again once, and that is on the log`() throws {
        let gateway = SampleGateway()
        let site = try Site(operations: gateway)
        try site.account("adam", .administrator)
        let browser = try site.browser("adam")
        #expect(browser.post("/operations/dead-letters/8/release").status == 409)
        #expect(browser.post("/operations/dead-letters/9/release").status == 303)
        #expect(browser.get("/operations").html.contains("Letter 9 waits to be sent again."))
        #expect(browser.post("/operations/dead-letters/9/release").status == 409)
        #expect(try site.events(.deliveryReleased).map(\.actor) == ["adam"])
    }

    @Test func `without a gateway there is a word about it and nothing else`() throws {
        let site = try Site()
        try site.account("adam", .administrator)
        let browser = try site.browser("adam")
        #expect(browser.get("/operations").html.contains("names no gateway"))
        #expect(browser.post("/operations/dead-letters/9/release").status == 404)
    }
}

/// A gateway with a dead letter, number 9.
final class SampleGateway: OperationsSource {
    private let isDead = Mutex(true)

    func picture(at time: Instant) -> OperationsPicture {
        let isDead = isDead.withLock { $0 }
        return OperationsPicture(
            gateway: "gateway-17", arrivals: 40, openStudies: 1, keptBack: 2, commitments: 0,
            destinations: [
                OperationsPicture.Destination(
                    name: "pacs", waiting: 4, sent: 1, done: 30, dead: isDead ? 1 : 0,
                    oldest: time.adding(seconds: -10_900))
            ],
            deadLetters: isDead
                ? [
                    OperationsPicture.Letter(
                        id: 9, destination: "pacs", audience: "archive", attempts: 12, answer: "A700H",
                        since: Site.start)
                ] : [],
            checks: [
                OperationsPicture.Check(
                    area: "Secrets", state: .problem, text: "a key may be read by others", advice: "chmod 600 it"),
                OperationsPicture.Check(area: "Clock", state: .fine, text: "it is set", advice: ""),
            ])
    }

    func release(deadLetter id: Int64, at time: Instant) -> Bool {
        id == 9
            && isDead.withLock { isDead in
                defer { isDead = false }
                return isDead
            }
    }
}
