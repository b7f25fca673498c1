import DICOMCore
import DICOMNetwork
import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Host

/// Associations do not need Swift's shared threads, and handlers that block need nobody's but their own.
struct SharedThreadsTests {
    /// Blocks every thread of the shared pool while `body` runs, on a thread outside of it. A job for the pool that was begun before
    /// must not have run after, else it throws.
    private static func withoutSharedThreads<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await onThread {
            let release = DispatchSemaphore(value: 0)
            let blocked = Count(), probe = Count()
            let cores = ProcessInfo.processInfo.activeProcessorCount
            let count = max(16, 4 * cores)
            for _ in 0..<count {
                Task.detached {
                    blocked.add()
                    Self.wait(release)
                }
            }
            Task.detached { probe.add() }
            defer { for _ in 0..<count { release.signal() } }
            while blocked.value < cores { usleep(10_000) }
            let value = try body()
            try #require(probe.value == 0, "the shared threads were not all blocked")
            return value
        }
    }

    private static func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }

    @Test func `storescu gets its success while every shared thread is blocked`() async throws {
        let receiver = Receiver()
        try await withFolder { folder in
            let file = folder.appendingPathComponent("object.dcm")
            let bytes = try #require(objects(1).first).bytes
            try Data(DataSetBuilder([.raw(bytes)]).file(.explicitLittleEndian)).write(to: file)
            try await withServer(receiver) { port in
                let status = try await Self.withoutSharedThreads {
                    try Spawn.run(
                        ["storescu", "-to", "500", "-ts", "500", "-ta", "500", "-td", "500", "-R"]
                            + ["127.0.0.1", "\(port)", file.path]
                    ).status
                }
                #expect(status == 0)
            }
        }
        #expect(receiver.objects.count == 1)
    }

    /// Blocks the thread it is called on until all are here.
    private final class BlockingReceiver: AssociationProvider, StorageHandler {
        let arrived = Count()
        let release = DispatchSemaphore(value: 0)

        func answer(_ asker: Asker) async -> Answer {
            .accept(Acceptance(asker.request, services: Services(storage: self)))
        }

        func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
            arrived.add()
            SharedThreadsTests.wait(release)
            return .success
        }
    }

    @Test func `handlers that block hold up nobody but their senders`() async throws {
        let receiver = BlockingReceiver()
        let count = 40
        try await withServer(receiver) { port in
            try await withThrowingTaskGroup(of: Status.self) { group in
                for object in objects(count) {
                    group.addTask {
                        try await AssociationClient.open(
                            host: "127.0.0.1", port: port, request([object.sopClass: [object.transferSyntax]])
                        ) {
                            try await $0.store(
                                sopClass: object.sopClass, sopInstance: object.sopInstance,
                                transferSyntax: object.transferSyntax, piece: pieces(object.bytes))
                        }
                    }
                }
                while receiver.arrived.value < count { try await Task.sleep(for: .milliseconds(5)) }
                let status = try await AssociationClient.open(host: "127.0.0.1", port: port, request()) {
                    try await $0.echo()
                }
                #expect(status == .success)
                for _ in 0..<count { receiver.release.signal() }
                for try await status in group { #expect(status == .success) }
            }
        }
    }

    @Test func `a job runs as soon as the system gives a thread, where it gave none at first`() async {
        let attempts = Count()
        let threads = TaskThreads(base: 1, maximum: 2) { body in
            attempts.add()
            guard attempts.value > 3 else { return false }
            Thread.detachNewThread { body() }
            return true
        }
        let value = await threads.run { 7 }
        #expect(value == 7)
        #expect(attempts.value > 3)
    }

    @Test func `jobs that block get threads up to the maximum, and those behind them wait for one`() async throws {
        let threads = TaskThreads(base: 1, maximum: 3)
        let release = DispatchSemaphore(value: 0), blocked = Count(), late = Count()
        let waiting = (0..<3).map { _ in
            Task(executorPreference: threads) {
                blocked.add()
                Self.wait(release)
            }
        }
        while blocked.value < 3 { try await Task.sleep(for: .milliseconds(1)) }
        let last = Task(executorPreference: threads) { late.add() }
        try await Task.sleep(for: .milliseconds(50))
        #expect(late.value == 0)
        release.signal()
        await last.value
        for _ in 0..<2 { release.signal() }
        for task in waiting { await task.value }
        #expect(late.value == 1)
        #expect(await threads.run { 42 } == 42)
    }
}

/// A number that several threads add to.
private final class Count: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
}
