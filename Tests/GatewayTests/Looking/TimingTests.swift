import DICOMCore
import DICOMFile
import DICOMNetwork
import DICOMWeb
import Foundation
import TestSupport
import Testing

@testable import Access
@testable import Gateway

/// By hand: `CORDON_SOAK=1`. The whole gateway, as it is built, over the network, with its answer times as they are set and its records
/// on: whether a study is withheld or never was is not told by how long the answer takes.
@Suite(.serialized) struct TimingTests {
    private static let isAsked = ProcessInfo.processInfo.environment["CORDON_SOAK"] == "1"
    /// Of each kind.
    private static let count = 300

    /// Kolmogorov and Smirnov: the largest distance of two distributions. Equal times are passed over together.
    static func distance(_ one: [Double], _ other: [Double]) -> Double {
        let one = one.sorted(), other = other.sorted()
        var left = 0, right = 0, most = 0.0
        while left < one.count, right < other.count {
            let time = min(one[left], other[right])
            while left < one.count, one[left] <= time { left += 1 }
            while right < other.count, other[right] <= time { right += 1 }
            most = max(most, abs(Double(left) / Double(one.count) - Double(right) / Double(other.count)))
        }
        return most
    }

    /// Asks for a withheld study, for one that never was, and for another one that never was, in an order that nobody can foresee.
    private func compare(_ what: String, _ ask: (_ study: String) async throws -> Void) async throws {
        let uids = [LookingTests.vip, "1.2.826.99.1", "1.2.826.99.2"]
        var random = SeededGenerator(seed: 5)
        var order = (0..<Self.count * 3).map { $0 % 3 }
        for index in order.indices.reversed() { order.swapAt(index, random.below(index + 1)) }
        // The first answers find nothing that is warm.
        for uid in uids + uids { try await ask(uid) }
        var times: [[Double]] = [[], [], []]
        for which in order {
            let start = ContinuousClock.now
            try await ask(uids[which])
            times[which].append((ContinuousClock.now - start) / .milliseconds(1))
        }
        let apart = Self.distance(times[0], times[1]), same = Self.distance(times[1], times[2])
        let medians = times.map { $0.sorted()[$0.count / 2] }
        print("\(what): distance of withheld and absent \(apart), of absent and absent \(same); medians \(medians) ms")
        // 1.95 √(2/n): the distance of equal distributions is below it in 999 of 1000 trials.
        #expect(apart < 1.95 * (2 / Double(Self.count)).squareRoot(), "\(what)")
    }

    @Test(.enabled(if: isAsked && LookingSite.Behind.get.isThere, "CORDON_SOAK=1, and dcmqrscp"))
    func `how long a C-FIND takes says nothing`() async throws {
        try await LookingSite.run(.get) { scene in
            var proposals = ContextProposals()
            proposals.ask(ServiceClasses.studyRootFind)
            let request = AssociateRequest(calledTitle: "CORDON", callingTitle: "WARD", proposals)
            try await AssociationClient.open(
                host: "127.0.0.1", port: scene.gateway.port, request, settings: .patient
            ) { association in
                let syntax = try association.context(sopClass: ServiceClasses.studyRootFind).transferSyntax
                try await compare("C-FIND") { uid in
                    var keys = Identifier()
                    keys.set(Tag(0x0008, 0x0052), "STUDY")
                    keys.set(.studyInstanceUID, uid)
                    let matches = try await association.find(
                        sopClass: ServiceClasses.studyRootFind,
                        EncodedDataSet(
                            transferSyntax: syntax, bytes: try keys.bytes(as: TransferSyntax(uid: syntax).encoding)))
                    for try await _ in matches { Issue.record("a match") }
                }
            }
        }
    }

    @Test(
        .enabled(if: isAsked && LookingSite.Behind.get.isThere, "CORDON_SOAK=1, and dcmqrscp"),
        arguments: [true, false])
    func `how long DICOMweb takes says nothing`(isSearch: Bool) async throws {
        let folder = try WorkFolder()
        let own = try await KeyFiles("gateway", folder), ward = try await KeyFiles("ward", folder)
        try await LookingSite.run(
            .get, more: #"<peer id="web" certificate="\#(ward.certificate)" roles="ask" audience="ward"/>"#,
            folder: folder,
            listener: { port in
                """
                <web host="127.0.0.1" port="\(port)" login="certificate">
                  <tls certificate="\(own.certificate)" key="\(own.key)" clients="\(ward.certificate)"/>
                </web>
                """
            }
        ) { scene in
            var settings = WebClientSettings(url: scene.web)
            settings.tls = try ward.tls(trusting: own)
            let client = DICOMWebClient(settings)
            try await compare(isSearch ? "QIDO-RS" : "WADO-RS") { uid in
                guard isSearch else {
                    await #expect(throws: WebClientError.status(404)) {
                        _ = try await client.instances(of: StudyResource(study: uid))
                    }
                    return
                }
                let answers = try await client.search(
                    WebQuery(.study, matches: [.init(path: [.studyInstanceUID], value: uid)]))
                #expect(try await answers.dataSets.next() == nil)
            }
        }
    }
}
