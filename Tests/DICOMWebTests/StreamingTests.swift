import DICOMWeb
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

@Suite(.serialized) struct `Bodies are streams` {
    /// Counts bytes and keeps none.
    private final class Counter: ObjectReceiver {
        let count = Mutex(0)
        func store(_ object: IncomingObject, from caller: Caller) async -> StoreOutcome {
            do {
                while let buffer = try await object.bytes.next() { count.withLock { $0 += buffer.readableBytes } }
            } catch {
                return StoreOutcome(.failure(.processingFailure))
            }
            return StoreOutcome(.stored, sopClass: "1.2", sopInstance: "1.2.3", study: "1", series: "1.1")
        }
    }

    /// Of this process, in bytes.
    private static var residentMemory: Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    private func store(_ size: Int) async throws -> (stored: Int, growth: Int) {
        let counter = Counter()
        let services = WebServices(authenticator: AnonymousAuthenticator(), receiver: counter)
        let before = Self.residentMemory
        let growth = try await withServer(services) { url in
            let client = DICOMWebClient(WebClientSettings(url: url))
            let rest = Mutex(size)
            let most = Mutex(0)
            let piece = ByteBuffer(repeating: 0x0D, count: 1 << 20)
            let feed = Feed<ByteBuffer> {
                let left = rest.withLock { rest in
                    defer { rest = max(0, rest - piece.readableBytes) }
                    return rest
                }
                most.withLock { $0 = max($0, Self.residentMemory - before) }
                return left == 0 ? nil : piece.getSlice(at: 0, length: min(left, piece.readableBytes))
            }
            let report = try await client.store([OutgoingObject(length: size, bytes: feed)])
            #expect(report.status == 200)
            return most.withLock { $0 }
        }
        return (counter.count.withLock { $0 }, growth)
    }

    @Test func `a body passes through both ends in constant memory`() async throws {
        let (stored, growth) = try await store(96 << 20)
        #expect(stored == 96 << 20)
        #expect(growth < 64 << 20, "\(growth >> 20) MB")
    }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["CORDON_SOAK"] == "1", "CORDON_SOAK is not 1"))
    func `so does one of a gigabyte`() async throws {
        let (stored, growth) = try await store(1 << 30)
        #expect(stored == 1 << 30)
        #expect(growth < 64 << 20, "\(growth >> 20) MB")
    }

    @Test func `a slow receiver slows the sender`() async throws {
        final class Slow: ObjectReceiver {
            let gate = AsyncStream<Void>.makeStream()
            func store(_ object: IncomingObject, from caller: Caller) async -> StoreOutcome {
                for await _ in gate.stream { break }
                while (try? await object.bytes.next()) != nil {}
                return StoreOutcome(.stored, sopInstance: "1.2.3")
            }
        }
        let slow = Slow()
        let sent = Mutex(0)
        let services = WebServices(authenticator: AnonymousAuthenticator(), receiver: slow)
        try await withServer(services) { url in
            let client = DICOMWebClient(WebClientSettings(url: url))
            // Sockets here hold up to some forty megabytes on their own.
            let size = 1 << 30
            let piece = ByteBuffer(repeating: 1, count: 1 << 20)
            let feed = Feed<ByteBuffer> {
                let before = sent.withLock { sent in
                    defer { sent += piece.readableBytes }
                    return sent
                }
                return before < size ? piece : nil
            }
            let report = Task { try await client.store([OutgoingObject(length: size, bytes: feed)]) }
            // When nothing has moved for a while, what was sent is what buffers hold; it is far from all.
            var last = -1
            while true {
                let now = sent.withLock { $0 }
                if now == last, now > 0 { break }
                last = now
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(sent.withLock { $0 } < size / 4)
            report.cancel()
            slow.gate.continuation.yield()
            await #expect(throws: (any Error).self) { try await report.value }
        }
    }

    // MARK: - Handing over

    @Test func `values are handed over one by one, and the work ends with its feed`() async throws {
        let done = Mutex<[Int]>([])
        let feed = Feed<Int>(handing: { each in
            for number in 1...3 {
                try await each(number)
                done.withLock { $0.append(number) }
            }
        })
        #expect(done.withLock { $0 }.isEmpty)
        #expect(try await feed.next() == 1)
        // What belongs to a value is there until the next is asked for.
        #expect(done.withLock { $0 }.isEmpty)
        #expect(try await feed.next() == 2)
        #expect(done.withLock { $0 } == [1])
        #expect(try await feed.next() == 3)
        #expect(try await feed.next() == nil)
        #expect(try await feed.next() == nil)
        #expect(done.withLock { $0 } == [1, 2, 3])
    }

    @Test func `an error of the work is the reader's`() async throws {
        struct Mine: Error {}
        let feed = Feed<Int>(handing: { each in
            try await each(1)
            throw Mine()
        })
        #expect(try await feed.next() == 1)
        await #expect(throws: Mine.self) { try await feed.next() }
        #expect(try await feed.next() == nil)
    }

    @Test func `who drops a feed stops its work`() async throws {
        let (stream, continuation) = AsyncStream<Bool>.makeStream()
        do {
            let feed = Feed<Int>(handing: { each in
                do {
                    for number in 1... { try await each(number) }
                } catch {
                    continuation.yield(error is CancellationError)
                }
            })
            #expect(try await feed.next() == 1)
        }
        for await wasCancelled in stream {
            #expect(wasCancelled)
            break
        }
    }
}
