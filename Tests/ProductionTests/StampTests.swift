import CustodyLog
import Foundation
import Production
import Registry
import TestSupport
import Testing

@Suite struct StampTests {
    @Test func `a time stamp between the hold and the export is handed over, and verified by both`() throws {
        let site = try MatterSite.withMatter()
        let note = try site.registry.readLog { [log = site.log] in try log.sign($0) }
        let size = try Checkpoint(text: note.text).size
        try site.write(try #require(try site.log.signedCheckpoint(size: size)), "checkpoint")
        // Something happens after it.
        try site.receive(MatterSite.instance(4))
        let rows = try Python.rows(
            """
            import sys, pathlib
            sys.dont_write_bytecode = True
            sys.path.insert(0, "\(Verifier.folder)")
            import make_bag
            authority = make_bag.Authority()
            folder = pathlib.Path("\(site.path)")
            (folder / "stamp").write_bytes(authority.stamp((folder / "checkpoint").read_bytes()))
            (folder / "ca.pem").write_bytes(authority.certificate)
            print("made")
            """)
        try #require(rows == [["made"]])
        try site.log.add(timeStamp: site.bytes("stamp"), size: size)
        let certificates = try site.bytes("ca.pem")
        let report = try site.export { $0.authorities = certificates }
        #expect(try site.files().contains("metadata/log/\(size).1.tsr"))
        let authority = try #require(report.fingerprints.first { $0.role == "time stamping authority" })

        let alone = try BagVerification().run(site("out"))
        #expect(alone[.time].word == .unconfirmed, "\(alone.faults)")
        #expect(try Verifier.words(site("out")).words["time"] == "UNCONFIRMED")
        let told = try BagVerification(trusting: [authority.digest]).run(site("out"))
        #expect(told[.time].word == .pass, "\(told.faults)")
        #expect(try Verifier.words(site("out"), ["--trust", authority.digest]).words["time"] == "PASS")
        #expect(try BagVerification(authorities: certificates).run(site("out"))[.time].word == .pass)
        #expect(try Verifier.words(site("out"), ["--tsa-ca", site("ca.pem")]).words["time"] == "PASS")
    }
}
