package import DICOMNetwork
internal import Synchronization

/// Objects that an archive sends because we asked it by C-MOVE: they come to the gateway's own listener, and are for whoever asked.
package final class ArchiveArrivals: Sendable {
    private struct Expectation {
        var instances: Set<String>
        var receiver: ObjectReceiver
    }

    private struct State {
        var last = 0
        var expected: [Int: Expectation] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// Takes an object of the archive that somebody waits for; nil for one that nobody does, which is then an object like any
    /// other. To be asked on associations of the archive alone.
    ///
    /// - Parameter title: ours: what the archive says of a C-MOVE of ours.
    package func store(_ request: StoreRequest, _ data: DataSetPieces, title: String) async -> Status? {
        guard request.moveOriginatorTitle == title else { return nil }
        let receiver = state.withLock { state -> ObjectReceiver? in
            for (number, expectation) in state.expected where expectation.instances.contains(request.sopInstance) {
                state.expected[number]?.instances.remove(request.sopInstance)
                return expectation.receiver
            }
            return nil
        }
        return await receiver?.store(request, data)
    }

    /// Runs `body` while instances are waited for.
    func waiting<Value>(
        for instances: [String], _ receiver: ObjectReceiver, _ body: () async throws -> Value
    ) async throws -> Value {
        let number = state.withLock { state in
            state.last += 1
            state.expected[state.last] = Expectation(instances: Set(instances), receiver: receiver)
            return state.last
        }
        defer { state.withLock { $0.expected[number] = nil } }
        return try await body()
    }
}
