import Host
import Testing

@testable import Gateway

/// One system may be several peers: it sends by one, and by another it gets objects and commits to them.
struct CallerTests {
    @Test func `who is several peers is the one that sends or asks, and the others beside that`() async throws {
        let site = try await Site(
            peers: """
                <peer id="a-keeper" title="CT1" addresses="127.0.0.1" host="127.0.0.1" port="9" roles="receive" commitment="yes"/>
                """,
            routes: "<route id=\"all\"><to peer=\"a-keeper\" audience=\"archive\"/></route>")
        let (loaded, findings) = ConfigurationLoader().load(path: site.config)
        let setup = try Setup(try #require(loaded, "\(findings)"), now: .now)
        let callers = setup.callers(title: "CT1", address: "127.0.0.1", certificate: nil)
        #expect(callers.map(\.id) == ["ct", "a-keeper"])
        #expect(setup.callers(title: "CT1", address: "10.1.2.3", certificate: nil).isEmpty)
        #expect(setup.callers(title: "CT2", address: "127.0.0.1", certificate: nil).isEmpty)
    }
}
