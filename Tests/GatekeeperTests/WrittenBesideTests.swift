import Foundation
import Glibc
import Inputs
import Synchronization
import Testing
import TestSupport

@testable import Gatekeeper
@testable import Host

/// What is written beside the jobs is what they would have written themselves.
@Suite struct WrittenBesideTests {
    /// Small and large ones, of which the large are written beside; too many bytes to wait all at once.
    private func fill(_ folder: WorkFolder) throws {
        for instance in 1...60 {
            let pixels = instance % 3 == 0 ? 64 : SecondPass.leastWrittenBeside * (instance % 5 + 1)
            let bytes = Samples.file(
                patient: "GEHEIM\(instance % 4)", study: instance % 4 + 1, instance: instance, isVIP: instance == 8,
                pixels: pixels)
            try folder.write("in/IM\(instance)", bytes)
        }
        // The same instance twice with other bytes: both get their digest as part of their name.
        try folder.write("in/other", Samples.file(study: 9, instance: 1, pixels: 300_000))
        try folder.write("in/another", Samples.file(study: 9, instance: 1, pixels: 400_000))
    }

    @Test(arguments: ["everything", "archive", "research"])
    func `the same files and records come out however many write`(_ audience: String) throws {
        let folder = WorkFolder()
        try fill(folder)
        var trees: [[String: String]] = []
        var lines: [[String]] = []
        for (jobs, writers) in [(1, 0), (1, 1), (2, 3)] {
            let out = "out\(jobs)\(writers)"
            let report = try folder.apply(to: out, audience: audience, jobs: jobs) { $0.writers = writers }
            #expect(report.summary.counts.refused == 0)
            trees.append(try folder.tree(out).filter { !$0.key.contains(".cordon") })
            lines.append(try folder.text("\(out)/decisions.jsonl").split(separator: "\n").map(String.init))
            #expect(try folder.files("\(out)/.cordon/tmp") == [])
        }
        #expect(trees[0].count >= 62)
        #expect(trees.allSatisfy { $0 == trees[0] })
        #expect(lines.allSatisfy { $0 == lines[0] })
    }

    @Test(arguments: [0, 2]) func `a disk that is full ends the run, and the same command goes on when there is room`(
        _ writers: Int
    ) throws {
        let folder = WorkFolder()
        try fill(folder)
        #expect(mkdir(folder("small"), 0o700) == 0)
        guard mount("tmpfs", folder("small"), "tmpfs", 0, "size=4m") == 0 else {
            print("skipped: a small file system cannot be mounted here")
            return
        }
        defer { umount2(folder("small"), Int32(MNT_DETACH)) }
        let error = #expect(throws: RunError.self) {
            try folder.apply(to: "small/out", audience: "research", jobs: 1) { $0.writers = writers }
        }
        #expect(error?.code == .output && error?.message.contains("no space left on device") == true)
        #expect(!folder.exists("small/out/decisions.jsonl"))
        #expect(mount("tmpfs", folder("small"), "tmpfs", UInt(MS_REMOUNT), "size=99m") == 0)
        try folder.apply(to: "small/out", audience: "research", jobs: 1) { $0.writers = writers }
        try folder.apply(to: "whole", audience: "research", jobs: 1) { $0.writers = 0 }
        func files(_ name: String) throws -> [String: String] {
            try folder.tree(name).filter { !$0.key.contains(".cordon") }
        }
        #expect(try files("small/out") == files("whole"))
    }
}

@Suite struct CompanionTests {
    private struct Odd: Error {}

    @Test(arguments: [0, 1, 3]) func `what is handed over comes to what it would have, in any order of asking`(
        _ threads: Int
    ) throws {
        let held = Mutex((now: 0, most: 0))
        let companions = Companions(threads, most: 100)
        var promises: [Companions.Promise<Int>] = []
        for number in 0..<500 {
            let weight = number % 40
            promises.append(
                companions.begin(weight: weight) {
                    held.withLock {
                        $0.now += weight
                        $0.most = max($0.most, $0.now)
                    }
                    defer { held.withLock { $0.now -= weight } }
                    if number % 7 == 3 { throw Odd() }
                    return number * number
                })
        }
        for (number, promise) in promises.enumerated().reversed() {
            if number % 7 == 3 {
                #expect(throws: Odd.self) { try promise.value() }
            } else {
                #expect(try promise.value() == number * number)
            }
            // It may be asked again.
            #expect((try? promise.value()) == (number % 7 == 3 ? nil : number * number))
        }
        // What was handed over, and what the one who hands over does meanwhile.
        #expect(held.withLock { $0.most } <= 100 + 39)
    }

    @Test func `what weighs more than may wait is done at once, by whoever hands it over`() throws {
        let companions = Companions(2, most: 100)
        let own = pthread_self()
        for weight in [101, .max] {
            let promise = companions.begin(weight: weight) { pthread_equal(pthread_self(), own) != 0 }
            #expect(try promise.value())
        }
    }

    /// By `nproc` of GNU coreutils, which goes by `sched_getaffinity(2)` too.
    @Test func `processors are those that the process may use`() throws {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/nproc")
        process.environment = ["LC_ALL": "C"]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(Processors.count == Int(text.filter(\.isNumber)))
        #expect(Companions.spare(besides: Processors.count) == 0)
        #expect(Companions.spare(besides: 1) == min(1, Processors.count - 1))
    }

    @Test func `all is done before they end`() {
        let done = Mutex(0)
        do {
            let companions = Companions(2, most: 1000)
            for _ in 0..<50 {
                _ = companions.begin(weight: 1) {
                    usleep(200)
                    done.withLock { $0 += 1 }
                }
            }
        }
        #expect(done.withLock { $0 } == 50)
    }
}
