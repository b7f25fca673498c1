import Foundation
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host
@testable import Inputs

@Suite struct JournalTests {
    static func outcome(_ number: UInt64) -> Outcome {
        var outcome = Outcome(key: InputKey(high: 7, low: number), result: .release)
        outcome.fingerprint = "f"
        outcome.size = 10
        outcome.input = ContentDigest(of: [UInt8(number)])
        outcome.output = outcome.input
        outcome.path = "released/p\(number)/tab\tand\nline\\.dcm"
        outcome.notes = ["first\tnote", ""]
        return outcome
    }

    @Test func `a line is read as it was written`() throws {
        let lines: [JournalLine] = [
            .inputs([InputKey(high: 0, low: 1), InputKey(high: .max, low: 0)]), .intent("a\tb"), .withdrawn("x"),
            .commit,
            .done(Self.outcome(3)),
        ]
        for line in lines {
            #expect(JournalLine(Array(line.text.utf8.dropLast())) == line)
            #expect(line.text.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        }
    }

    @Test func `torn at every byte, it knows what was flushed and nothing that was not`() throws {
        let folder = WorkFolder()
        do {
            let journal = try Journal(folder("journal"))
            try journal.append([.inputs([Self.outcome(1).key]), .done(Self.outcome(1))])
        }
        let first = try folder.bytes("journal").count
        do {
            let journal = try Journal(folder("journal"))
            try journal.append([.intent("released/2"), .done(Self.outcome(2))])
        }
        let whole = try folder.bytes("journal")
        for length in first...whole.count {
            try folder.write("torn", Array(whole[..<length]))
            let journal = try Journal(folder("torn"))
            #expect(try journal.outcome(of: Self.outcome(1).key) == Self.outcome(1))
            let second = try journal.outcome(of: Self.outcome(2).key)
            #expect(second == nil || second == Self.outcome(2))
            // It goes on behind what is whole.
            try journal.append([.done(Self.outcome(3))])
            let again = try Journal(folder("torn"))
            #expect(try again.outcome(of: Self.outcome(3).key) == Self.outcome(3))
            #expect(try again.outcome(of: Self.outcome(2).key) == second)
        }
    }

    @Test func `pages of the last flush that never reached the disk are a torn end`() throws {
        let folder = WorkFolder()
        let journal = try Journal(folder("journal"))
        try journal.append([.done(Self.outcome(1))])
        let start = try folder.bytes("journal").count
        try journal.append([.done(Self.outcome(2)), .done(Self.outcome(3))])
        var bytes = try folder.bytes("journal")
        for index in start..<start + 40 { bytes[index] = 0 }
        try folder.write("torn", bytes)
        let torn = try Journal(folder("torn"))
        #expect(try torn.outcome(of: Self.outcome(1).key) != nil)
        #expect(try torn.outcome(of: Self.outcome(2).key) == nil)
        #expect(try folder.bytes("torn").count == start)
    }

    @Test func `damage before the last flush is an error, at every byte`() throws {
        let folder = WorkFolder()
        let journal = try Journal(folder("journal"))
        try journal.append([.done(Self.outcome(1))])
        let first = try folder.bytes("journal").count
        try journal.append([.done(Self.outcome(2))])
        try journal.append([.done(Self.outcome(3))])
        let bytes = try folder.bytes("journal")
        for index in 0..<first - 1 {
            var damaged = bytes
            damaged[index] ^= 0x01
            try folder.write("damaged", damaged)
            #expect(throws: RunError.self) { try Journal(folder("damaged")) }
        }
    }

    @Test func `the compacted journal is the same whatever led to it, and damage to it is seen`() throws {
        let folder = WorkFolder()
        let output = try OutputFolder(folder("out"))
        try output.prepare()
        let journal = try Journal(output.journalPath)
        let keys = [Self.outcome(1).key, Self.outcome(2).key]
        try journal.append([.done(Self.outcome(2)), .intent("released/gone"), .done(Self.outcome(1))])
        #expect(try journal.compact(keys, in: output))
        let bytes = try folder.bytes("out/.cordon/journal")
        let again = try Journal(output.journalPath)
        #expect(try !again.compact(keys, in: output))
        #expect(try again.paths(except: { _ in true }) == [])
        #expect(try again.paths(except: { _ in false }).count == 2)
        var damaged = bytes
        damaged[bytes.count / 2] ^= 1
        try folder.write("damaged", damaged)
        #expect(throws: RunError.self) { try Journal(folder("damaged")) }
    }
}
