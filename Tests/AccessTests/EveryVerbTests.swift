import DICOMCore
import Foundation
import TestSupport
import Testing

@testable import Access
@testable import Registry

/// Nothing reaches the archive but through the core: the archive's functions want a leave that only the core makes, and a core that
/// refuses everybody gives not a byte on any verb.
@Suite struct EveryVerbTests {
    /// A leave can be made in one place of the code, and that is the core.
    @Test func `the leave to ask the archive is made by the core alone`() throws {
        let sources = Fixtures.packageRoot + "/Sources"
        var makers: Set<String> = []
        for path in Fixtures.files(under: sources) where path.hasSuffix(".swift") {
            let text = String(decoding: Fixtures.bytes(path) ?? [], as: UTF8.self)
            if text.contains("ArchiveLeave()") { makers.insert(String(path.dropFirst(sources.count + 1))) }
        }
        #expect(!makers.isEmpty)
        #expect(makers.allSatisfy { $0.hasPrefix("Access/") }, "\(makers)")
        // Its initializer is not for other modules, and it cannot be copied and kept.
        let declaration = String(
            decoding: Fixtures.bytes(sources + "/Access/Archive/Archive.swift") ?? [], as: UTF8.self)
        #expect(declaration.contains("public struct ArchiveLeave: ~Copyable, Sendable {\n    init() {}\n}"))
    }

    /// Every public function of the core that an asker can call with a question, as this test knows them.
    private static let verbs: Set<String> = [
        "query", "retrieve", "metadata", "breakGlass", "endGrant", "grants", "endGrantsRunOut",
    ]

    @Test func `no verb is forgotten by this test`() throws {
        var found: Set<String> = []
        for path in Fixtures.files(under: Fixtures.packageRoot + "/Sources/Access") where path.hasSuffix(".swift") {
            let text = String(decoding: Fixtures.bytes(path) ?? [], as: UTF8.self)
            guard text.contains("extension AccessCore") || text.contains("class AccessCore") else { continue }
            for match in text.matches(of: /public func ([a-zA-Z]+)/) { found.insert(String(match.1)) }
        }
        #expect(found == Self.verbs)
    }

    @Test(arguments: ["ward", "research", "nobody"])
    func `a core that refuses everything gives nothing on any verb`(audience: String) async throws {
        let hospital = Hospital(seed: 9)
        // Rules that sequester everything for everybody.
        let rules = """
            <ruleset xmlns="urn:cordon:rules:1" id="looking" revision="3" tier="1">
              <audience id="ward"><always><sequester/></always></audience>
              <audience id="research"><always><sequester/></always></audience>
            </ruleset>
            """
        let site = try Site(MemoryArchive(hospital), rules: rules)
        try site.decideAll(for: ["ward", "research"])
        for unseen in AccessPolicy.Unseen.allCases {
            let core = try site.core(site.policy(unseen: unseen))
            let asker = Site.asker(audience)
            for level in QueryLevel.allCases {
                for key in [Tag.studyInstanceUID, .patientID, .patientName, .seriesInstanceUID, .sopInstanceUID] {
                    for asksForMore in [false, true] {
                        var keys = Identifier()
                        keys.set(key, "")
                        if asksForMore {
                            for tag in [Tag(0x0008, 0x0020), Tag(0x0008, 0x1030), .modality] { keys.ask(for: tag) }
                        }
                        let query = Query(level: level, keys: keys)
                        let answers = try await core.answers(query, by: asker)
                        #expect(answers == [])
                    }
                }
            }
            let study = hospital.studies[0]
            for level in QueryLevel.allCases {
                let retrieval = Retrieval(
                    level: level, patientID: study.patientID, studies: [study.uid], series: [study.series[0].uid],
                    instances: [study.instances[0].uid])
                for destination in [Destination.asker, .other(asker)] {
                    let result = try await core.retrieved(retrieval, by: asker, to: destination)
                    #expect(result.announced == 0)
                    #expect(result.instances.isEmpty && result.failed.isEmpty)
                }
                var count = 0
                try await core.metadata(retrieval, by: asker) {
                    #expect($0 == 0)
                } each: { _ in
                    count += 1
                }
                #expect(count == 0)
            }
        }
        #expect(site.archive.counts.retrieved == 0)
    }
}
