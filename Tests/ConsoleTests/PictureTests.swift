import CustodyLog
import DICOMCore
import DICOMFile
import Foundation
import Host
import Registry
import Testing
import Vault

@testable import Console

/// Small pictures, from the vault through the codecs to the page.
struct PictureTests {
    /// Puts an example into the registry and the vault.
    static func keep(_ name: String, in site: Site) throws -> (study: String, digest: String) {
        let path = Repository.path("Examples/studies/\(name)")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let file = try? DICOMFile(path: path)
        let vault = try Vault(path: site.folder + "/vault", keys: site.folder + "/keys")
        let incoming = try vault.begin()
        try bytes.withUnsafeBytes { try incoming.write($0) }
        let stored = try incoming.store()
        let study = file?.text(.studyInstanceUID) ?? "1.2.3"
        var attributes: [InstanceAttribute: String] = [.studyInstanceUID: study, .patientID: "P-1"]
        for (attribute, tag) in [
            (InstanceAttribute.sopInstanceUID, Tag.sopInstanceUID), (.modality, .modality),
            (.sopClassUID, Tag(0x0008, 0x0016)), (.seriesInstanceUID, Tag(0x0020, 0x000E)),
        ] { attributes[attribute] = file?.text(tag) }
        try site.registry.receive(
            [
                Instance(
                    digest: stored.digest, size: stored.size, attributes: attributes, received: site.time.now,
                    source: "CT1")
            ], by: SampleRecords.person("paul"))
        try incoming.confirm()
        return (study, stored.digest)
    }

    @Test func `who may see patients sees a picture, and each look is on the log before it`() throws {
        let site = try Site(Site.endless)
        try site.account("rita", .reviewer)
        try site.account("vera", .viewer)
        let (study, digest) = try Self.keep("01-nothing-known/CT01.dcm", in: site)
        let rita = try site.browser("rita"), vera = try site.browser("vera")
        let page = rita.get("/studies/\(study)").html
        let source = "/studies/\(study)/pictures/\(digest)/first"
        #expect(page.contains("src=\"\(source)\""))
        #expect(!vera.get("/studies/\(study)").html.contains("<img"))
        let looks = try site.events(.viewed).count
        let answer = rita.get(source)
        #expect(answer.type == "image/png" && answer.body.starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(answer.html)")
        #expect(answer.header("Cache-Control") == "no-store")
        // A second look comes from memory, and is a look all the same.
        #expect(rita.get(source).body == answer.body)
        #expect(try site.events(.viewed).count == looks + 2)
        #expect(try site.events(.viewed).last?.facts.contains { $0.name == "digest" && $0.value == digest } == true)
        let refused = vera.get(source)
        #expect(refused.type == "image/svg+xml" && refused.html.contains("your role"))
        #expect(try site.lastWhy(.accessRefused) == "patient")
    }

    @Test func `text in a picture gets boxes, where that is asked for`() throws {
        let site = try Site(Site.endless)
        try site.account("rita", .reviewer)
        let (study, digest) = try Self.keep("01-nothing-known/CT01.dcm", in: site)
        let rita = try site.browser("rita")
        #expect(rita.get("/studies/\(study)?text=yes").html.contains("\(digest)/first?text=yes"))
        let answer = rita.get("/studies/\(study)/pictures/\(digest)/first?text=yes")
        #expect(answer.type == "image/png", "\(answer.html)")
    }

    @Test(arguments: [
        ("06-vip-and-held/KO01.dcm", "no Pixel Data"), ("09-cut-off/CT01.dcm", "No"),
    ])
    func `what has no picture says why, in words without values`(name: String, why: String) throws {
        let site = try Site(Site.endless)
        try site.account("rita", .reviewer)
        let (study, digest) = try Self.keep(name, in: site)
        let answer = try site.browser("rita").get("/studies/\(study)/pictures/\(digest)/middle")
        let text = answer.html.replacing("</text>", with: " ").split(separator: ">").map {
            $0.split(separator: "<").first ?? ""
        }
        .joined()
        #expect(answer.type == "image/svg+xml" && text.contains(why), "\(text)")
    }

    @Test func `an instance of another study, one that is not kept, and one that nobody knows`() throws {
        let site = try Site(Site.endless)
        try site.account("rita", .reviewer)
        try SampleRecords.fill(site)
        let (_, digest) = try Self.keep("01-nothing-known/CT01.dcm", in: site)
        let rita = try site.browser("rita")
        #expect(rita.get("/studies/\(SampleRecords.study)/pictures/\(digest)/first").status == 404)
        #expect(
            rita.get("/studies/\(SampleRecords.study)/pictures/\(String(repeating: "0", count: 64))/first").status
                == 404)
        #expect(rita.get("/studies/\(SampleRecords.study)/pictures/\(digest)/second").status == 404)
        let known = ContentDigest(of: "instance 1".utf8).hexadecimal
        let answer = rita.get("/studies/\(SampleRecords.study)/pictures/\(known)/first")
        #expect(answer.html.contains("vault"))
    }

    @Test func `of each series the first and the middle instance are chosen, and of what has no pixels none`() {
        func instance(_ series: String, _ number: Int, _ modality: String, _ sopClass: String) -> RecordedInstance {
            RecordedInstance(
                instance: Instance(
                    digest: "\(series)-\(number)", size: 1,
                    attributes: [
                        .seriesInstanceUID: series, .sopInstanceUID: "\(series).\(number)", .modality: modality,
                        .sopClassUID: "1.2.840.10008.5.1.4.1.1.\(sopClass)",
                    ], received: Site.start, source: "CT1"), leaf: 0)
        }
        var all = (1...21).map { instance("1", $0, "CT", "2") }.shuffled()
        all += [instance("2", 1, "US", "3.1"), instance("3", 1, "CR", "1"), instance("4", 1, "SR", "88.11")]
        let (pictures, series) = PictureChoice.of(all)
        #expect(series == 3)
        #expect(
            pictures.map { "\($0.digest) \($0.frame.rawValue)" } == [
                "1-1 first", "1-11 middle", "2-1 first", "2-1 middle", "3-1 first",
            ])
    }
}
