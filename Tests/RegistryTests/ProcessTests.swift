import CustodyLog
import Foundation
import Glibc
import Host
import Testing

@testable import Registry

/// Several processes on one registry, and processes that end in the middle of something.
@Suite(.serialized) struct ProcessTests {
    /// What other processes do. Each writes down what was acknowledged, a line for each, before it goes on.
    enum Work {
        static func instance(_ process: Int, _ number: Int) -> Instance {
            Scene.instance("2.\(process).\(number)", study: "1.\(process)", patient: "P\(process)")
        }

        static func acknowledge(_ text: String, _ path: String) {
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            let line = text + "\n"
            _ = line.withCString { write(file, $0, strlen($0)) }
            close(file)
        }

        /// Receives instances on several threads, and places a hold for every tenth.
        static func load(_ folder: String, process: Int, count: Int) throws {
            let registry = try Registry.open(folder)
            let failures = folder + "/failures"
            Workers.run(4, tick: {}) { thread in
                for number in stride(from: thread, to: count, by: 4) {
                    do {
                        let instance = instance(process, number)
                        try registry.receive(instance, by: Scene.ada)
                        acknowledge(instance.digest, "\(folder)/acknowledged-\(process)")
                        if number % 10 == 0 {
                            let order = Scene.order(.instance("2.\(process).\(number)"))
                            let hold = try registry.place(order, by: Scene.ada, at: Scene.start)
                            acknowledge("hold \(hold.id)", "\(folder)/holds-\(process)")
                        }
                    } catch {
                        acknowledge("\(error)", failures)
                    }
                }
            }
        }
    }

    private func lines(_ path: String) -> [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    private func folder() -> String { NSTemporaryDirectory() + "registry-\(UUID().uuidString)" }

    /// What was acknowledged is there, and nothing is half there.
    private func verify(_ folder: String, processes: Int) throws {
        let registry = try Registry.open(folder)
        let check = try registry.check()
        #expect(check.findings == [])
        var holds: [String] = []
        for process in 0..<processes {
            for digest in lines("\(folder)/acknowledged-\(process)") {
                #expect(try registry.instance(digest) != nil, "an acknowledged instance is lost")
            }
            holds += lines("\(folder)/holds-\(process)")
        }
        #expect(Set(holds).count == holds.count, "two holds got one number")
        for hold in holds {
            let number = hold.split(separator: " ").last.flatMap { Int64($0) }
            #expect(try number.flatMap { try registry.hold($0) } != nil, "an acknowledged hold is lost")
        }
    }

    @Test func `two processes write while a third reads, nothing is lost, and nobody is told that it is locked`()
        async throws
    {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        // None of them finds a registry: they make it together.
        async let one = #expect(processExitsWith: .success) { [folder = folder as String] in
            try Work.load(folder, process: 0, count: 100)
        }
        async let other = #expect(processExitsWith: .success) { [folder = folder as String] in
            try Work.load(folder, process: 1, count: 100)
        }
        async let reader = #expect(processExitsWith: .success) { [folder = folder as String] in
            let registry = try Registry.open(folder)
            var last = 0
            for _ in 0..<300 {
                let state = try registry.storage.read { rows in
                    (leaves: try rows.logSize(), instances: try rows.instanceCount(), holds: try rows.count(.hold))
                }
                precondition(state.leaves == state.instances + state.holds, "a reader saw half of a transaction")
                precondition(state.leaves >= last, "a reader went back")
                last = state.leaves
            }
        }
        _ = await (one, other, reader)
        #expect(lines(folder + "/failures") == [])
        try verify(folder, processes: 2)
        let registry = try Registry.open(folder)
        #expect(try registry.instanceCount() == 200)
        #expect(try registry.holds().count == 20)
    }

    /// A storage that kills its process at a named point of the n-th transaction.
    final class KillingStorage: RegistryStorage {
        enum Point: String, CaseIterable, Codable {
            case beforeBody, amidBody, afterBody, afterCommit
        }

        let inner: any RegistryStorage
        let point: Point
        let transaction: Int
        nonisolated(unsafe) var count = 0

        init(_ inner: any RegistryStorage, at point: Point, of transaction: Int) {
            self.inner = inner
            self.point = point
            self.transaction = transaction
        }

        func read<Result: Sendable>(
            _ body: @escaping @Sendable (any StorageReading) throws -> Result
        ) throws -> Result { try inner.read(body) }

        func write<Result: Sendable>(
            _ body: @escaping @Sendable (any StorageWriting) throws -> Result
        ) throws -> Result {
            count += 1
            let isLast = count == transaction, point = point
            func die(_ here: Point) { if isLast, here == point { kill(getpid(), SIGKILL) } }
            let result = try inner.write { rows in
                if isLast, point == .beforeBody { kill(getpid(), SIGKILL) }
                if isLast, point == .amidBody {
                    try rows.append(Samples.event())
                    kill(getpid(), SIGKILL)
                }
                let result = try body(rows)
                if isLast, point == .afterBody { kill(getpid(), SIGKILL) }
                return result
            }
            die(.afterCommit)
            return result
        }
    }

    @Test(arguments: KillingStorage.Point.allCases)
    func `killed at any point of a transaction, all of it is there or nothing`(
        point: KillingStorage.Point
    ) async throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for round in 1...3 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [folder = folder as String, point, round = round as Int] in
                let plain = try Registry.open(folder)
                let registry = Registry(storage: KillingStorage(plain.storage, at: point, of: 4))
                for number in 0..<10 {
                    let instance = Work.instance(0, round * 100 + number)
                    try registry.receive(instance, by: Scene.ada)
                    Work.acknowledge(instance.digest, folder + "/acknowledged-0")
                }
            }
            try verify(folder, processes: 1)
            let count = try Registry.open(folder).instanceCount()
            #expect(count == (point == .afterCommit ? 4 : 3) * round)
            #expect(lines(folder + "/acknowledged-0").count == 3 * round)
        }
    }

    @Test func `killed anywhere under load, what was acknowledged is there`() async throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let rounds = ProcessInfo.processInfo.environment["CORDON_SOAK"] == nil ? 4 : 60
        for round in 0..<rounds {
            let wanted = 1 + round * 37 % 60
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [folder = folder as String, round = round as Int, wanted = wanted as Int] in
                // Somebody who kills it when so much has been acknowledged, whatever it is at.
                Thread {
                    let path = "\(folder)/acknowledged-\(round)"
                    var status = stat()
                    while stat(path, &status) != 0 || status.st_size < wanted * 65 {}
                    kill(getpid(), SIGKILL)
                }.start()
                try Work.load(folder, process: round, count: 4000)
            }
            try verify(folder, processes: round + 1)
        }
        #expect(lines(folder + "/failures") == [])
    }

    @Test func `a disk without room is an error that says so, and what was acknowledged stays`() async throws {
        let folder = folder()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer {
            umount2(folder, Int32(MNT_DETACH))
            try? FileManager.default.removeItem(atPath: folder)
        }
        guard mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0 else {
            print("skipped: a disk without room is an error that says so (a file system of one MiB cannot be mounted)")
            return
        }
        let registry = try Registry.open(folder)
        var kept: [String] = []
        var error: RegistryError?
        for number in 0..<2000 where error == nil {
            let instance = Work.instance(0, number)
            do {
                try registry.receive(instance, by: Scene.ada)
                kept.append(instance.digest)
            } catch let refused as RegistryError { error = refused }
        }
        #expect(error?.code == .full)
        #expect(kept.count > 10)
        #expect(try registry.instanceCount() == kept.count)
        // There is room again, and it goes on.
        #expect(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=16m") == 0)
        try registry.receive(Work.instance(1, 1), by: Scene.ada)
        #expect(try registry.check().findings == [])
        for digest in kept { #expect(try registry.instance(digest) != nil) }
        try (registry.storage as? SQLiteStorage)?.close()
    }

    @Test func `a full disk is an error, nothing is half there, and it goes on when there is room`() async throws {
        let folder = folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        await #expect(processExitsWith: .success) { [folder = folder as String] in
            let registry = try Registry.open(folder)
            signal(SIGXFSZ, SIG_IGN)
            // No file may grow beyond this: what a full disk is to whoever writes.
            var limit = rlimit(rlim_cur: 400_000, rlim_max: rlim_t.max)
            setrlimit(__rlimit_resource_t(1), &limit)
            var failed = 0
            for number in 0..<400 {
                let instance = Work.instance(0, number)
                do {
                    try registry.receive(instance, by: Scene.ada)
                    Work.acknowledge(instance.digest, folder + "/acknowledged-0")
                } catch let error as RegistryError {
                    precondition(error.code == .full || error.code == .storage, "\(error)")
                    failed += 1
                }
            }
            precondition(failed > 0, "the disk was never full")
            limit.rlim_cur = rlim_t.max
            setrlimit(__rlimit_resource_t(1), &limit)
            for number in 400..<420 {
                let instance = Work.instance(0, number)
                try registry.receive(instance, by: Scene.ada)
                Work.acknowledge(instance.digest, folder + "/acknowledged-0")
            }
        }
        #expect(lines(folder + "/acknowledged-0").count > 20)
        try verify(folder, processes: 1)
    }
}
