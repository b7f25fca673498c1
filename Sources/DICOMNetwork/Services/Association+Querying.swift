extension Association {
    /// C-FIND (PS3.7 9.1.2). Matches come as fast as they are taken.
    ///
    /// With a window of one (which is the rule) the next call on this association waits until the last match has been taken, the
    /// sequence is dropped, or it was cancelled.
    ///
    /// - Parameter identifier: encoded in `context(sopClass:).transferSyntax`.
    public func find(
        sopClass: String, _ identifier: EncodedDataSet, priority: Priority = .medium
    ) async throws -> Matches {
        let context = try context(sopClass: sopClass, transferSyntax: identifier.transferSyntax)
        var command = Command(.findRequest)
        command[text: .affectedSOPClassUID] = sopClass
        command[.priority] = priority.rawValue
        return Matches(self, try await invoke(command, context, dataSet: identifier.bytes))
    }
}

/// One match of a query.
public struct Match: Hashable, Sendable {
    public var identifier: EncodedDataSet
    /// False for status FF01H: some optional keys were not looked at.
    public var supportsAllKeys: Bool
}

/// What a C-FIND finds, in the order in which it comes. It can be gone through once. When the loop over it ends early, or its task is
/// cancelled, the peer is told by a C-CANCEL.
public struct Matches: AsyncSequence, Sendable {
    /// Lets go of the operation with the last who holds it.
    final class Operation: Sendable {
        let association: Association
        let invocation: Invocation

        init(_ association: Association, _ invocation: Invocation) {
            self.association = association
            self.invocation = invocation
        }

        deinit {
            invocation.responses.abandon()
            association.cancelSoon(invocation)
        }
    }

    private let operation: Operation

    init(_ association: Association, _ invocation: Invocation) { operation = Operation(association, invocation) }

    public func makeAsyncIterator() -> Iterator { Iterator(operation: operation) }

    /// Says C-CANCEL. What the peer still sends can be taken; the end then throws `cancelled`, unless all had come already.
    public func cancel() async { await operation.association.cancel(operation.invocation) }

    public struct Iterator: AsyncIteratorProtocol {
        let operation: Operation

        /// - Throws: `AssociationError`: `failed` with the status of a failure, `cancelled`, or how the association ended.
        public func next() async throws(AssociationError) -> Match? {
            let operation = operation
            let result: Result<Response?, AssociationError> = await withTaskCancellationHandler {
                do throws(AssociationError) { return .success(try await operation.invocation.responses.next()) } catch {
                    return .failure(error)
                }
            } onCancel: {
                operation.association.cancelSoon(operation.invocation)
            }
            let response = try result.get()
            guard let response else { return nil }
            switch response.status.category {
            case .pending:
                guard let identifier = response.dataSet else { throw .unexpectedMessage }
                return Match(
                    identifier: identifier, supportsAllKeys: response.status != .pendingWithoutOptionalKeys)
            case .success, .warning: return nil
            case .cancel: throw .cancelled
            case .failure: throw .failed(response.outcome)
            }
        }
    }
}
