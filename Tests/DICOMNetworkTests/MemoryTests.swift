import DICOMNetwork
import Foundation
import NIOCore
import Synchronization
import Testing

/// What many associations hold at once. It measures the process, so nothing else may run in it: only with `CORDON_SOAK`.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["CORDON_SOAK"] != nil), .serialized)
struct MemoryTests {
    /// Throws away what it gets.
    private final class Sink: AssociationProvider, StorageHandler {
        private let state = Mutex<(now: Int, most: Int)>((0, 0))
        var most: Int { state.withLock { $0.most } }

        func answer(_ asker: Asker) async -> Answer {
            .accept(Acceptance(asker.request, services: Services(storage: self)))
        }

        func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
            state.withLock { state in
                state.now += 1
                state.most = max(state.most, state.now)
            }
            defer { state.withLock { $0.now -= 1 } }
            while let piece = try? await data.next() { _ = piece }
            return .success
        }
    }

    /// Bytes of memory that are held now.
    private static func resident() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (fields.dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    @Test func `two hundred associations hold no more when sixteen gigabytes have passed than when eight had`()
        async throws
    {
        let sink = Sink(), sopClass = "1.2.840.10008.5.1.4.1.1.7", explicit = "1.2.840.10008.1.2.1"
        let asked = request([sopClass: [explicit]])
        try await withServer(sink) { port in
            func round() async throws {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<200 {
                        group.addTask {
                            try await AssociationClient.open(host: "127.0.0.1", port: port, asked) { association in
                                var rest = 10_000_000
                                let status = try await association.store(
                                    sopClass: sopClass, sopInstance: "1.2", transferSyntax: explicit
                                ) { maximum in
                                    guard rest > 0 else { return nil }
                                    let count = min(rest, maximum)
                                    rest -= count
                                    return [UInt8](repeating: 1, count: count)[...]
                                }
                                #expect(status == .success)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            var held: [Int] = []
            for _ in 0..<8 {
                try await round()
                held.append(try Self.resident())
            }
            // The first rounds fill the arenas of malloc.
            #expect(held[7] - held[3] < 32_000_000, "\(held)")
            #expect(held[7] < 600_000_000, "\(held)")
        }
        #expect(sink.most > 100)
    }
}
