import Foundation
import RuleLanguage
import Testing

@testable import RuleBundle

/// Revisions only grow.
@Suite struct RevisionTests {
    @Test func `an older revision is refused once a newer one was accepted`() throws {
        let scene = try Scene(revision: "7")
        let old = try scene.bundle().signed(by: scene.alice)
        try scene.writeRules(revision: "8", sender: "OTHER")
        let new = try scene.bundle().signed(by: scene.alice)
        let trust = try scene.trust([scene.alice])
        _ = try scene.load(old, trust)
        _ = try scene.load(new, trust)
        #expect(code { _ = try scene.load(old, trust) } == .replayed)
        // The same again is no replay.
        _ = try scene.load(new, trust)
    }

    @Test func `who only looks remembers nothing, and is told of a replay all the same`() throws {
        let scene = try Scene(revision: "8")
        let new = try scene.bundle().signed(by: scene.alice)
        let trust = try scene.trust([scene.alice])
        _ = try scene.load(new, trust, remembers: false)
        #expect(!FileManager.default.fileExists(atPath: scene.folder("rules.trust.seen")))
        _ = try scene.load(new, trust)
        try scene.writeRules(revision: "7")
        let old = try scene.bundle().signed(by: scene.alice)
        #expect(code { _ = try scene.load(old, trust, remembers: false) } == .replayed)
    }

    @Test func `the same revision with other files is refused`() throws {
        let scene = try Scene(revision: "7")
        let trust = try scene.trust([scene.alice])
        _ = try scene.load(scene.bundle().signed(by: scene.alice), trust)
        try scene.writeRules(revision: "7", sender: "OTHER")
        #expect(code { _ = try scene.load(scene.bundle().signed(by: scene.alice), trust) } == .replayed)
    }

    @Test func `the same revision with the same files under other names is refused, too`() throws {
        let scene = try Scene(revision: "7")
        let memory = RevisionMemory(beside: try scene.trust([scene.alice]).path)
        let one = Manifest(id: "site", revision: 7, root: "a.xml", files: ["a.xml": [1], "b.xml": [2]])
        let swapped = Manifest(id: "site", revision: 7, root: "a.xml", files: ["a.xml": [2], "b.xml": [1]])
        let other = Manifest(id: "site", revision: 7, root: "b.xml", files: ["a.xml": [1], "b.xml": [2]])
        #expect(one.digest == swapped.digest && one.digest == other.digest)
        try memory.accept(one)
        try memory.check(one)
        #expect(code { try memory.check(swapped) } == .replayed)
        #expect(code { try memory.accept(other) } == .replayed)
    }

    @Test func `a revision below the lowest of the trust file is refused on a new machine`() throws {
        let scene = try Scene(revision: "7")
        let bundle = try scene.bundle().signed(by: scene.alice)
        let trust = try scene.trust([scene.alice], ruleSets: "ruleset site 8")
        #expect(code { _ = try scene.load(bundle, trust) } == .replayed)
    }

    @Test func `what is remembered and cannot be read refuses everything`() throws {
        let scene = try Scene(revision: "7")
        let bundle = try scene.bundle().signed(by: scene.alice)
        let trust = try scene.trust([scene.alice])
        _ = try scene.load(bundle, trust)
        let seen = scene.folder("rules.trust.seen")
        let text = try String(contentsOfFile: seen, encoding: .utf8)
        let other = text.replacing("site 7", with: "site x")
        for damaged in ["", String(text.dropLast()), other, "x" + text, text + "site 7 00\n"] {
            try damaged.write(toFile: seen, atomically: true, encoding: .utf8)
            #expect(code { _ = try scene.load(bundle, trust) } == .trust, "\(damaged)")
        }
    }

    @Test func `a bundle that does not load keeps no older one out`() throws {
        let scene = try Scene(revision: "7")
        let good = try scene.bundle().signed(by: scene.alice)
        let trust = try scene.trust([scene.alice])
        var files = good.files
        files["sites/site.xml"] = Array("<ruleset".utf8)
        let manifest = Manifest(id: "site", revision: 9, root: good.manifest.root, files: files)
        let bad = try RuleBundle(manifest: manifest, files: files).signed(by: scene.alice)
        #expect(code { _ = try scene.load(bad, trust) } == .content)
        _ = try scene.load(good, trust)
    }

    @Test(arguments: ["2026d", "", "07", "-1", "1.0", "9007199254740993"])
    func `a revision that is no whole number makes no bundle`(revision: String) throws {
        let scene = try Scene(revision: revision)
        #expect(code { _ = try scene.bundle() } == .content)
    }
}
