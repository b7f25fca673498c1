import Foundation
import TestSupport
import Testing

/// P1: in which order a run writes, flushes and names, by the calls that it makes. A power cut takes whatever was not flushed.
@Suite struct SyncOrderTests {
    private static let canTrace: Bool = {
        (try? runEnvironment(["strace", "-o", "/dev/null", "-e", "trace=none", "true"])) == 0
    }()

    private static func runEnvironment(_ arguments: [String]) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// A call that matters, when it took effect: a flush when it ended, anything else when it began.
    private enum Call {
        case write(String), flush(String)
        case rename(from: String, to: String)

        /// - Parameters:
        ///   - line: of strace, without the number of the thread.
        ///   - waiting: the file whose flush the thread waits for.
        init?(_ line: Substring, waiting: inout String?) {
            func between(_ text: Substring, _ start: Character, _ end: Character) -> String? {
                guard let first = text.firstIndex(of: start), let last = text[first...].firstIndex(of: end) else {
                    return nil
                }
                return String(text[text.index(after: first)..<last])
            }
            if line.hasPrefix("write("), let path = between(line, "<", ">") {
                self = .write(path)
            } else if line.hasPrefix("fsync("), let path = between(line, "<", ">") {
                waiting = path
                guard line.hasSuffix("= 0") else { return nil }
                self = .flush(path)
            } else if line.hasPrefix("<... fsync resumed"), line.hasSuffix("= 0"), let path = waiting {
                self = .flush(path)
            } else if line.hasPrefix("rename") {
                let parts = line.split(separator: "\"")
                guard parts.count >= 4 else { return nil }
                self = .rename(from: String(parts[1]), to: String(parts[3]))
            } else {
                return nil
            }
        }
    }

    @Test(arguments: ["court", "research"])
    func `a file has its name when its bytes and the intent are on disk, and is written down as done when its name is`(
        _ audience: String
    ) throws {
        guard Self.canTrace else { return print("skipped: order of flushes: strace is not here") }
        let folder = WorkFolder()
        try Samples.fill(folder, instances: 40)
        try folder.write("rules.xml", TestRules.text)
        _ = try TestRules.key(folder)
        let status = try Self.runEnvironment(
            [
                "strace", "-f", "-y", "-qq", "-s", "0", "-o", folder("trace"), "-e", "trace=write,fsync,/^rename",
                Command.path,
                "apply", "--rules", folder("rules.xml"), "--at", "20260101000000", "--audience", audience, "--key",
                folder("key"), "--jobs", "1", "--quiet", folder("in"), folder("out"),
            ])
        #expect([0, 1].contains(status))
        let out = try #require(FileManager.default.fileExists(atPath: folder("out")) ? folder("out") : nil)
        let journal = "\(out)/.cordon/journal"
        var waiting: [Substring: String] = [:], unflushed: Set<String> = [], unflushedNames: Set<String> = []
        // Written since the journal was last flushed: no intent can be on disk for these.
        var sinceJournal: Set<String> = []
        var written: Set<String> = [], named = 0, batches = 0
        for line in try folder.text("trace").split(separator: "\n") {
            let thread = line.prefix { $0 != " " }
            guard let call = Call(line.dropFirst(thread.count).drop { $0 == " " }, waiting: &waiting[thread]) else {
                continue
            }
            switch call {
            case .write(let path):
                if path == journal, named > 0 {
                    #expect(unflushedNames.isEmpty, "the journal goes on before names are on disk")
                    batches += 1
                }
                if path != journal { sinceJournal.insert(path) }
                unflushed.insert(path)
                written.insert(path)
            case .flush(let path):
                if path == journal { sinceJournal = [] }
                unflushed.remove(path)
                unflushedNames.remove(path)
            case .rename(let from, let to):
                let parts = to.dropFirst(out.count + 1).split(separator: "/")
                guard to.hasPrefix("\(out)/"), ["released", "sequestered"].contains(parts.first) else { continue }
                #expect(written.contains(from) && !unflushed.contains(from), "a name for bytes that are not on disk")
                #expect(!sinceJournal.contains(from), "a name before its intent is on disk")
                unflushedNames.insert(String(to[..<(to.lastIndex(of: "/") ?? to.endIndex)]))
                named += 1
            }
        }
        #expect(named >= 100 && batches >= 2)
        #expect(unflushedNames.isEmpty && !unflushed.contains(journal))
    }
}
