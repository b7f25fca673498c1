import Host
import Registry
import Testing

@testable import Console

struct ChartTests {
    @Test func `decisions are drawn by hour and by day, and told as a table`() throws {
        let site = try Site(Site.endless)
        try site.account("adam", .administrator)
        try SampleRecords.fill(site)
        let paul = try SampleRecords.person("paul")
        let digest = ContentDigest(of: "instance 1".utf8).hexadecimal
        for hours in [1, 1, 30, 24 * 40] as [Int64] {
            try site.registry.record(
                DecisionEntry(
                    instance: digest, audience: "old", disposition: "release", ruleSet: "r", revision: 1,
                    ruleSetDigest: digest, tier: 1, explanation: "{}",
                    time: site.time.now.adding(seconds: -hours * 3600),
                    author: paul))
        }
        let html = try site.browser("adam").get("/operations").html
        // Of the sample six, three of which are kept back; two an hour ago; one more in the month.
        #expect(html.contains("8 decisions, 3 of which keep something back; at most 6 in one hour"), "\(html)")
        #expect(html.contains("9 decisions, 3 of which keep something back; at most 8 in one day"), "\(html)")
        #expect(html.contains("<svg class=\"chart\"") && html.contains("As a table"))
        #expect(!html.contains("P-4711"))
        #expect(html.contains("There are none: without TLS"))
    }

    @Test func `nothing is drawn of nothing`() throws {
        let site = try Site(Site.endless)
        let chart = try DecisionChart(.month, site.registry, at: site.time.now)
        #expect(chart.steps.count == 30 && chart.steps.allSatisfy { $0.count == 0 })
        #expect(chart.values["empty"] as? Bool == true)
    }
}
