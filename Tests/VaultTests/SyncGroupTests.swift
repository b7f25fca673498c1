import Foundation
import Glibc
import Host
import Synchronization
import Testing

@testable import Vault

/// Those who wait for the disk together: each is told of what concerns him, and of nothing else.
@Suite struct SyncGroupTests {
    /// A disk whose syncs a test lets go on one by one, and says what comes of each.
    private final class SteppedDisk: Sendable {
        private let begun = DispatchSemaphore(value: 0)
        private let outcomes = Mutex<[SystemError?]>([])
        private let released = DispatchSemaphore(value: 0)
        private let time = Mutex<Int64>(0)

        var disk: SyncedDisk {
            SyncedDisk(now: { self.time.withLock { $0 } }) { () throws(SystemError) in
                self.begun.signal()
                self.released.wait()
                if let error = self.outcomes.withLock({ $0.removeFirst() }) { throw error }
            }
        }

        func pass(_ milliseconds: Int64) { time.withLock { $0 += milliseconds } }

        /// Waits until a sync has begun.
        func expectBegun() { begun.wait() }

        func end(_ error: SystemError? = nil) {
            outcomes.withLock { $0.append(error) }
            released.signal()
        }
    }

    private static let failure = SystemError(code: EIO, call: "syncfs")

    private func unasked() throws(SystemError) { Issue.record("it was to be brought to disk with others") }

    @Test func `a sync that fails is told to all who wait for it, and to nobody else`() throws {
        let steps = SteppedDisk()
        let group = SyncGroup(steps.disk)
        let pass = group.pass()
        let first = try group.begin(pass, alone: unasked)
        steps.expectBegun()
        // The first sync had begun before these were written: it is not theirs.
        let second = try group.begin(pass, alone: unasked), third = try group.begin(pass, alone: unasked)
        steps.end()
        try first.wait()
        steps.expectBegun()
        steps.end(Self.failure)
        #expect(throws: Self.failure) { try second.wait() }
        #expect(throws: Self.failure) { try third.wait() }
        #expect(throws: Self.failure) { try third.wait() }
        try first.wait()
        // For a while each brings its own to disk, and is told of its own errors.
        let alone = Mutex(0)
        try group.begin(group.pass()) { () throws(SystemError) in alone.withLock { $0 += 1 } }.wait()
        #expect(alone.withLock { $0 } == 1)
        // Whoever begins then has nothing to do with it.
        steps.pass(SyncGroup.pause)
        let later = try group.begin(group.pass(), alone: unasked)
        steps.expectBegun()
        steps.end()
        try later.wait()
    }

    /// The kernel tells of an error once: what was written by then may be lost, and the next sync goes well.
    @Test func `who had begun to write when a sync failed is told of no later success`() throws {
        let steps = SteppedDisk()
        let group = SyncGroup(steps.disk)
        let writer = group.pass()
        let failing = try group.begin(group.pass(), alone: unasked)
        steps.expectBegun()
        steps.end(Self.failure)
        #expect(throws: Self.failure) { try failing.wait() }
        steps.pass(SyncGroup.pause)
        let ticket = try group.begin(writer, alone: unasked)
        let other = try group.begin(group.pass(), alone: unasked)
        for _ in 0..<2 { steps.end() }
        #expect(throws: SystemError.self) { try ticket.wait() }
        try other.wait()
    }

    @Test func `a hundred threads get through, each after a sync that began when all was written, and few syncs do`() {
        let written = Mutex<Set<Int>>([]), durable = Mutex<Set<Int>>([]), syncs = Mutex(0)
        let group = SyncGroup(
            SyncedDisk { () throws(SystemError) in
                let seen = written.withLock { $0 }
                usleep(1000)
                durable.withLock { $0.formUnion(seen) }
                syncs.withLock { $0 += 1 }
            })
        let problems = Mutex<[String]>([])
        Workers.run(100, tick: {}) { worker in
            for round in 0..<10 {
                let number = worker * 10 + round
                do throws(SystemError) {
                    let pass = group.pass()
                    written.withLock { _ = $0.insert(number) }
                    try group.begin(pass) { () throws(SystemError) in
                        problems.withLock { $0.append("alone") }
                    }.wait()
                    if !durable.withLock({ $0.contains(number) }) { problems.withLock { $0.append("\(number)") } }
                } catch { problems.withLock { $0.append("\(error)") } }
            }
        }
        #expect(problems.withLock { $0 } == [])
        #expect(durable.withLock { $0.count } == 1000)
        #expect(syncs.withLock { $0 } < 1000)
    }

    @Test func `after a sync that took long each brings its own to disk, until the pause is over`() throws {
        let time = Mutex<Int64>(0), syncs = Mutex(0), alone = Mutex(0)
        let group = SyncGroup(
            SyncedDisk(now: { time.withLock { $0 } }) { () throws(SystemError) in
                time.withLock { $0 += SyncGroup.patience + 1 }
                syncs.withLock { $0 += 1 }
            })
        func store() throws(SystemError) -> Bool {
            let ticket = try group.begin(group.pass()) { () throws(SystemError) in alone.withLock { $0 += 1 } }
            try ticket.wait()
            return ticket.isGrouped
        }
        #expect(try store())
        #expect(try !store() && !store())
        time.withLock { $0 += SyncGroup.pause }
        #expect(try store())
        #expect(syncs.withLock { $0 } == 2 && alone.withLock { $0 } == 2)
    }

    @Test func `who comes while a sync takes long does not wait for it, nor does who writes elsewhere`() throws {
        let steps = SteppedDisk()
        var disk = steps.disk
        disk.device = 7
        let group = SyncGroup(disk)
        let first = try group.begin(group.pass(on: 7), alone: unasked)
        steps.expectBegun()
        let alone = Mutex(0)
        func store(on device: dev_t) throws(SystemError) {
            try group.begin(group.pass(on: device)) { () throws(SystemError) in alone.withLock { $0 += 1 } }.wait()
        }
        try store(on: 8)
        #expect(alone.withLock { $0 } == 1)
        steps.pass(SyncGroup.patience + 1)
        try store(on: 7)
        #expect(alone.withLock { $0 } == 2)
        steps.end()
        try first.wait()
    }

    @Test func `without a reliable sync of everything each brings its own to disk, and is told of its errors`() throws {
        let group = SyncGroup(nil)
        let alone = Mutex(0)
        let ticket = try group.begin(group.pass()) { () throws(SystemError) in alone.withLock { $0 += 1 } }
        #expect(alone.withLock { $0 } == 1 && !ticket.isGrouped)
        try ticket.wait()
        #expect(throws: Self.failure) {
            _ = try group.begin(group.pass()) { () throws(SystemError) in throw Self.failure }
        }
    }

    @Test func `a failed sync of all counts for those who bring their own to disk, too`() throws {
        let time = Mutex<Int64>(0)
        let group = SyncGroup(
            SyncedDisk(now: { time.withLock { $0 } }) { () throws(SystemError) in
                time.withLock { $0 += SyncGroup.patience + 1 }
                throw Self.failure
            })
        let writer = group.pass()
        let failing = try group.begin(writer, alone: unasked)
        #expect(throws: Self.failure) { try failing.wait() }
        #expect(throws: SystemError.self) { _ = try group.begin(writer) { () throws(SystemError) in } }
        _ = try group.begin(group.pass()) { () throws(SystemError) in }
    }

    @Test(arguments: [
        ("6.18.44-fc", true), ("6.1.0-18-amd64", true), ("5.17.0", true), ("10.0", true), ("5.16.20", false),
        ("5.8.0-arch1", false), ("4.19.0", false), ("6", false), ("", false), ("a.b", false),
    ])
    func `the kernel has to be one that tells what it could not write`(_ release: String, _ does: Bool) {
        #expect(SyncedDisk.reportsErrors(release: release) == does)
    }
}
