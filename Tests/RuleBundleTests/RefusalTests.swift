import Foundation
import RuleLanguage
import Testing

@testable import RuleBundle

/// Bundles that somebody tampered with, or that come back.
@Suite struct RefusalTests {
    @Test func `a bundle of one who is trusted loads from its own bytes`() throws {
        let scene = try Scene()
        let bundle = try RuleBundle(bytes: scene.bundle().signed(by: scene.alice).bytes)
        let trust = try scene.trust([scene.alice])
        // The files on disk no longer matter.
        try FileManager.default.removeItem(atPath: scene.folder("sites"))
        let signed = try scene.load(bundle, trust)
        #expect(signed.ruleSet.id == "site")
        #expect(signed.ruleSet.rules.map(\.id) == ["listed", "sender"])
        #expect(signed.ruleSet.lists["vips"]?.contains(["P1"]) == .found)
        #expect(signed.signers.map(\.name) == ["alice"])
        #expect(signed.ruleSet.digest == signed.manifest.digest)
        #expect(signed.manifest.files.map(\.path) == ["packs/senders.xml", "sites/lists/vip.csv", "sites/site.xml"])
    }

    @Test func `a bundle without signatures is refused`() throws {
        let scene = try Scene()
        #expect(code { _ = try scene.load(scene.bundle(), scene.trust([scene.alice])) } == .unsigned)
    }

    @Test func `a bundle that was stripped of its signatures is refused`() throws {
        let scene = try Scene()
        let text = String(decoding: try scene.bundle().signed(by: scene.alice).bytes, as: UTF8.self)
        let stripped = text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("signature ") }.joined(separator: "\n")
        let bundle = try RuleBundle(bytes: Array(stripped.utf8))
        #expect(code { _ = try scene.load(bundle, scene.trust([scene.alice])) } == .unsigned)
    }

    @Test func `a bundle that somebody else signed is refused`() throws {
        let scene = try Scene()
        let bundle = try scene.bundle().signed(by: scene.mallory)
        #expect(code { _ = try scene.load(bundle, scene.trust([scene.alice, scene.bob])) } == .signature)
        // Beside a good one, too: what nobody vouches for has no business in it.
        let both = try bundle.signed(by: scene.alice)
        #expect(code { _ = try scene.load(both, scene.trust([scene.alice, scene.bob])) } == .signature)
    }

    @Test func `a signature under another one's name is refused`() throws {
        let scene = try Scene()
        let bundle = try scene.bundle()
        let signature = try scene.mallory.sign(Array(bundle.manifest.text.utf8))
        let forged = RuleBundle.Signature(identifier: scene.alice.publicKey.identifier, bytes: signature)
        let altered = RuleBundle(manifest: bundle.manifest, files: bundle.files, signatures: [forged])
        #expect(code { _ = try scene.load(altered, scene.trust([scene.alice])) } == .signature)
    }

    @Test func `two of three sign, and one of them twice does not count`() throws {
        let scene = try Scene()
        let trust = try scene.trust([scene.alice, scene.bob, scene.mallory], threshold: 2)
        let one = try scene.bundle().signed(by: scene.alice)
        #expect(code { _ = try scene.load(one, trust) } == .unsigned)
        #expect(code { _ = try one.signed(by: scene.alice) } == .signature)
        // ECDSA gives another signature each time.
        let message = Array(one.manifest.text.utf8)
        let twice = try [0, 1].map { _ in
            RuleBundle.Signature(identifier: scene.bob.publicKey.identifier, bytes: try scene.bob.sign(message))
        }
        let bundle = RuleBundle(manifest: one.manifest, files: one.files, signatures: twice)
        #expect(code { _ = try scene.load(bundle, trust) } == .signature)
        #expect(try scene.load(one.signed(by: scene.bob), trust).signers.count == 2)
    }

    @Test func `a trust file with one person twice is refused`() throws {
        let scene = try Scene()
        #expect(code { _ = try scene.trust([scene.alice, scene.alice], threshold: 2) } == .trust)
        let key = scene.alice.publicKey
        let digits = key.description.split(separator: " ")[2]
        let text = "threshold 2\nkey \(key)\nkey other ed25519 \(digits)\nruleset site\n"
        #expect(code { _ = try TrustFile(text: text, path: "t") } == .trust)
    }

    @Test func `a file in it that was altered is refused`() throws {
        let scene = try Scene()
        let bundle = try scene.bundle().signed(by: scene.alice)
        var bytes = bundle.bytes
        bytes[bytes.count - 3] ^= 1
        #expect(code { _ = try RuleBundle(bytes: bytes) } == .malformed)
        // With the manifest made to fit, the signature is wrong.
        var files = bundle.files
        files["sites/lists/vip.csv"] = Array("PatientID\nP2\n".utf8)
        let manifest = Manifest(id: "site", revision: 7, root: bundle.manifest.root, files: files)
        let altered = RuleBundle(manifest: manifest, files: files, signatures: bundle.signatures)
        #expect(code { _ = try scene.load(altered, scene.trust([scene.alice])) } == .signature)
    }

    @Test func `another rule set is refused`() throws {
        let scene = try Scene()
        let bundle = try scene.bundle().signed(by: scene.alice)
        let trust = try scene.trust([scene.alice], ruleSets: "ruleset other")
        #expect(code { _ = try scene.load(bundle, trust) } == .ruleSet)
    }

    @Test func `a file that the rule set does not read has no place in a bundle`() throws {
        let scene = try Scene()
        let bundle = try scene.bundle()
        var files = bundle.files
        files["more.txt"] = [1]
        let manifest = Manifest(id: "site", revision: 7, root: bundle.manifest.root, files: files)
        let fat = try RuleBundle(manifest: manifest, files: files).signed(by: scene.alice)
        #expect(code { _ = try scene.load(fat, scene.trust([scene.alice])) } == .content)
    }

    @Test func `every change of a single bit is refused`() throws {
        let scene = try Scene()
        let trust = try scene.trust([scene.alice, scene.bob])
        let bytes = try scene.bundle().signed(by: scene.alice).signed(by: scene.bob).bytes
        _ = try trust.signers(of: RuleBundle(bytes: bytes))
        var accepted: [Int] = []
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            if code({ _ = try trust.signers(of: RuleBundle(bytes: changed)) }) == nil { accepted.append(bit) }
        }
        #expect(accepted == [])
    }

    @Test func `every beginning, and every end too many, is refused`() throws {
        let scene = try Scene()
        let bytes = try scene.bundle().signed(by: scene.alice).bytes
        let accepted = (0..<bytes.count).filter { count in
            code { _ = try RuleBundle(bytes: Array(bytes[..<count])) } == nil
        }
        #expect(accepted == [])
        #expect(code { _ = try RuleBundle(bytes: bytes + [0]) } == .malformed)
    }
}
