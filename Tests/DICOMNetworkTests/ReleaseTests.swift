import Synchronization
import Testing

@testable import DICOMNetwork

/// The last that is said on an association is that it ends (PS3.8 7.2.1).
@Suite struct ReleaseTests {
    @Test func `release waits for what is being sent, and nothing is sent after it`() async throws {
        try await withServer(Receiver()) { port in
            try await AssociationClient.open(host: "127.0.0.1", port: port, request()) { association in
                // Somebody is in the midst of a message.
                await association.sending.take()
                async let releasing: Void = association.release()
                for _ in 0..<1000 { await Task.yield() }
                let isReleasing = association.state.withLock { $0.isReleasing }
                #expect(!isReleasing)
                association.sending.give()
                await releasing
                await #expect(throws: (any Error).self) { try await association.echo() }
            }
        }
    }
}
