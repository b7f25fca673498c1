import Foundation
import Glibc
import TestSupport
import Testing

@testable import Gatekeeper

/// P1: killed anywhere and started again, a run ends as if nothing had happened.
@Suite(.serialized) struct KillTests {
    /// `CORDON_SOAK` asks for more.
    static let rounds = ProcessInfo.processInfo.environment["CORDON_SOAK"] == nil ? 10 : 100

    private func arguments(_ folder: WorkFolder, _ output: String, audience: String) -> [String] {
        [
            "apply", "--rules", folder("rules.xml"), "--at", "20260101000000", "--audience", audience, "--key",
            folder("key"), "--jobs", "3", "--quiet", "--crosswalk", folder(output + ".csv"), folder("in"),
            folder(output),
        ]
    }

    /// Starts it and kills it a while after something is so. Returns whether it was still running.
    private func kill(
        _ arguments: [String], after microseconds: UInt32, when isSo: () -> Bool = { true }
    ) throws -> Bool {
        let running = try Command.start(arguments)
        while running.process.isRunning, !isSo() { usleep(500) }
        usleep(microseconds)
        let wasRunning = running.process.isRunning
        Glibc.kill(running.process.processIdentifier, SIGKILL)
        _ = running.output.readToEnd()
        running.process.waitUntilExit()
        return wasRunning
    }

    private func prepared() throws -> WorkFolder {
        let folder = WorkFolder()
        try Samples.fill(folder, instances: 40)
        // A name that different bytes have, and a second copy of one of them.
        try folder.write("in/contested/1", Samples.file(study: 6, pixels: 72))
        try folder.write("in/contested/2", Samples.file(study: 6, pixels: 80))
        try folder.write("in/contested/3", Samples.file(study: 6, pixels: 80))
        try folder.write("rules.xml", TestRules.text)
        _ = try TestRules.key(folder)
        return folder
    }

    @Test(arguments: ["court", "research"])
    func `killed at random points and continued, the output is the same to the byte`(_ audience: String) throws {
        let folder = try prepared()
        #expect(try Command.run(arguments(folder, "whole", audience: audience)).status == 1)
        let whole = try folder.tree("whole")
        let most = try folder.files("whole").count
        var generator = SeededGenerator(seed: 4711)
        var kills = 0
        for round in 1...max(1, Self.rounds / 2) {
            let output = "out\(round)"
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                // However slow the machine is: when so much is there, and a moment later.
                let count = Int.random(in: 0...most, using: &generator)
                let delay = UInt32.random(in: 0...30_000, using: &generator)
                let wasRunning = try kill(arguments(folder, output, audience: audience), after: delay) {
                    ((try? folder.files(output).count) ?? 0) >= count
                }
                if wasRunning { kills += 1 }
                // Nothing is there that will not be there in the end, and nothing is half of it.
                guard folder.exists(output) else { continue }
                for (path, entry) in try folder.tree(output)
                where path.hasPrefix("released/") || path.hasPrefix("sequestered/") || path == "decisions.jsonl" {
                    #expect(whole[path] == entry, "\(path) in round \(round)")
                }
            }
            #expect(try Command.run(arguments(folder, output, audience: audience)).status == 1)
            #expect(try folder.tree(output) == whole, "round \(round)")
            #expect(try folder.bytes(output + ".csv") == folder.bytes("whole.csv"), "round \(round)")
        }
        // Nor may all of them have come too late.
        if try kill(arguments(folder, "last", audience: audience), after: 0) { kills += 1 }
        #expect(kills > 0)
        #expect(try Command.run(arguments(folder, "last", audience: audience)).status == 1)
        #expect(try folder.tree("last") == whole)
    }

    @Test func `killed, and then an input comes that raises the study: no stale copy is left`() throws {
        let folder = try prepared()
        var generator = SeededGenerator(seed: 815)
        let late = Samples.file(study: 1, instance: 500, isVIP: true)
        try folder.write("in/late", late)
        #expect(try Command.run(arguments(folder, "whole", audience: "court")).status == 1)
        let whole = try folder.tree("whole").filter {
            !$0.key.hasPrefix(".cordon") && $0.key != "decisions.jsonl" && $0.key != ""
        }
        for round in 1...max(1, Self.rounds / 5) {
            try folder.remove("in/late")
            let output = "out\(round)"
            _ = try kill(
                arguments(folder, output, audience: "court"),
                after: UInt32.random(in: 50_000...600_000, using: &generator))
            try folder.write("in/late", late)
            _ = try kill(
                arguments(folder, output, audience: "court"),
                after: UInt32.random(in: 50_000...600_000, using: &generator))
            #expect(try Command.run(arguments(folder, output, audience: "court")).status == 1)
            let tree = try folder.tree(output)
            for (path, entry) in whole { #expect(tree[path] == entry, "\(path) in round \(round)") }
            let visible = tree.keys.filter { $0.hasPrefix("released") || $0.hasPrefix("sequestered") }
            #expect(Set(visible) == Set(whole.keys), "round \(round)")
        }
    }
}
