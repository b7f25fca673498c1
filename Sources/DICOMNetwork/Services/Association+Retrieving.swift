import Synchronization

extension Association {
    /// How a C-MOVE or C-GET ended: with success, a warning, a failure or a cancel.
    public struct Retrieval: Hashable, Sendable {
        public var outcome: Outcome
        public var counts: SubOperationCounts
        /// Failed SOP Instance UID List, as an identifier of its own, where the peer gave one.
        public var failed: EncodedDataSet?

        public init(outcome: Outcome, counts: SubOperationCounts, failed: EncodedDataSet? = nil) {
            self.outcome = outcome
            self.counts = counts
            self.failed = failed
        }
    }

    /// C-MOVE (PS3.7 9.1.4): asks the peer to send what the identifier says to the machine that it knows by a title.
    ///
    /// When the task is cancelled the peer is told by a C-CANCEL; what it answers is returned.
    ///
    /// - Parameter progress: called for each pending response.
    public func move(
        sopClass: String, _ identifier: EncodedDataSet, destination: String, priority: Priority = .medium,
        progress: (SubOperationCounts) async -> Void = { _ in }
    ) async throws -> Retrieval {
        let context = try context(sopClass: sopClass, transferSyntax: identifier.transferSyntax)
        var command = Command(.moveRequest)
        command[text: .affectedSOPClassUID] = sopClass
        command[text: .moveDestination] = destination
        command[.priority] = priority.rawValue
        let invocation = try await invoke(command, context, dataSet: identifier.bytes)
        return try await retrieval(invocation, progress)
    }

    /// C-GET (PS3.7 9.1.3): what the identifier says comes on this association, into `storage`. For its SOP classes the request
    /// must have proposed contexts with the SCP role (`ContextProposals.receive`). One C-GET at a time: others wait. It returns
    /// when what came has been stored.
    ///
    /// When the task is cancelled the peer is told by a C-CANCEL; what it answers is returned.
    ///
    /// - Parameter progress: called for each pending response.
    public func get(
        sopClass: String, _ identifier: EncodedDataSet, into storage: any StorageHandler, priority: Priority = .medium,
        progress: (SubOperationCounts) async -> Void = { _ in }
    ) async throws -> Retrieval {
        let context = try context(sopClass: sopClass, transferSyntax: identifier.transferSyntax)
        var command = Command(.getRequest)
        command[text: .affectedSOPClassUID] = sopClass
        command[.priority] = priority.rawValue
        await getting.take()
        defer { getting.give() }
        state.withLock { $0.arriving = storage }
        defer { state.withLock { $0.arriving = nil } }
        let invocation = try await invoke(command, context, dataSet: identifier.bytes)
        let retrieval = try await retrieval(invocation, progress)
        // With a window of several the answer may be read before the last objects have been stored.
        await allStored()
        return retrieval
    }

    private func retrieval(
        _ invocation: Invocation, _ progress: (SubOperationCounts) async -> Void
    ) async throws -> Retrieval {
        let result: Result<Retrieval, AssociationError> = await withTaskCancellationHandler {
            do throws(AssociationError) {
                while let response = try await invocation.responses.next() {
                    let counts = response.command.counts
                    guard response.status.category == .pending else {
                        return .success(Retrieval(outcome: response.outcome, counts: counts, failed: response.dataSet))
                    }
                    await progress(counts)
                }
                return .failure(.lost)
            } catch {
                return .failure(error)
            }
        } onCancel: {
            cancelSoon(invocation)
        }
        return try result.get()
    }
}
