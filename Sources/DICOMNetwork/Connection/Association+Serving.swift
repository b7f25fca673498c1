import Host
import Synchronization

extension Association {
    /// Reads until the association ends: responses go to those who wait for them, requests to `services`. Returns when all that was
    /// begun has ended.
    func serve() async {
        connection.onClose { [weak self] in self?.drainInvocations() }
        await withDiscardingTaskGroup { group in
            let end: AssociationError
            do throws(AssociationError) {
                settleExpectation()
                while let event = try await reader.next() {
                    guard case .command(let command, let id) = event, let context = contexts[id] else {
                        throw .unexpectedMessage
                    }
                    try await take(command, context, &group)
                }
                end = .released
            } catch {
                await connection.handle(.abort(.byUser))
                end = error
            }
            endInvocations(end)
            for operation in state.withLock({ $0.operations.values.map { $0 } }) { operation.cancel() }
            if end != .released { group.cancelAll() }
        }
        await connection.handle(.releaseResponse)
        // Where both asked for release at once the last word is still to come (PS3.8 7.2.2.7).
        while case .data = await connection.next() {}
    }

    /// Asks for release; `serve` returns when the peer has answered or its time is over.
    ///
    /// It is a message as others are, and the last: what others are sending is sent before it, and nothing after it (PS3.8 7.2.1).
    func release() async {
        await sending.take()
        state.withLock { $0.isReleasing = true }
        await connection.handle(.release)
        sending.give()
        settleExpectation()
        drainInvocations()
    }

    private func take(
        _ command: Command, _ context: Context, _ group: inout DiscardingTaskGroup
    ) async throws(AssociationError) {
        setInside(command.hasDataSet)
        defer { setInside(false) }
        guard let field = command.field else { throw .unexpectedMessage }
        if field.isResponse { return try await deliver(command, context) }
        if field == .cancelRequest {
            // One that comes for an operation that has ended already means nothing (PS3.7 9.3.2.3).
            if let id = command.respondsTo { state.withLock { $0.operations[id] }?.cancel() }
            return
        }
        guard let messageID = command.messageID, !allWaitForPeer else { throw .unexpectedMessage }
        await performing.take()
        guard let operation = begin(messageID, field) else {
            performing.give()
            if command.hasDataSet { _ = try await skipDataSet() }
            return try await send(command.response(.duplicateInvocation) ?? command, contextID: context.id)
        }
        if field == .storeRequest { return await take(store: command, context, operation, &group) }
        let dataSet = command.hasDataSet ? try await readDataSet() : nil
        let information = dataSet.map { EncodedDataSet(transferSyntax: context.transferSyntax, bytes: $0) }
        group.addTask(executorPreference: TaskThreads.network) {
            let action = await self.perform(command, context, information, operation)
            // Over with its response: what is told of an action afterwards holds up nothing that the peer asks meanwhile. It may
            // well ask before it answers that, and would wait for us as we for it.
            self.end(messageID)
            if let action { await self.services.commitment?.answered(action, self) }
        }
    }

    /// An object is read by its handler. Where the window allows more than one operation the next is read while the handler
    /// still sees to its last; else one after the other, without another task.
    private func take(
        store command: Command, _ context: Context, _ operation: PerformedOperation, _ group: inout DiscardingTaskGroup
    ) async {
        guard performingLimit > 1 else {
            await perform(store: command, context, DataSetPieces(reader, isEmpty: !command.hasDataSet))
            return end(operation.messageID)
        }
        let finished = Turns(0)
        group.addTask(executorPreference: TaskThreads.network) {
            let pieces = DataSetPieces(self.reader, isEmpty: !command.hasDataSet, finished: finished)
            await self.perform(store: command, context, pieces)
            self.end(operation.messageID)
        }
        await finished.take()
    }

    /// Whether the window is full of operations that end only when answers of the peer are read. Who asks for one more then would
    /// wait for us, and we for it.
    private var allWaitForPeer: Bool {
        state.withLock { state in
            state.operations.count >= performingLimit && state.operations.values.allSatisfy(\.waitsForPeer)
        }
    }

    private func begin(_ messageID: UInt16, _ field: Command.Field) -> PerformedOperation? {
        let operation: PerformedOperation? = state.withLock { state in
            guard state.operations[messageID] == nil else { return nil }
            let operation = PerformedOperation(
                messageID, waitsForPeer: field == .getRequest, isStore: field == .storeRequest)
            state.operations[messageID] = operation
            return operation
        }
        settleExpectation()
        return operation
    }

    private func end(_ messageID: UInt16) {
        let waiter = state.withLock { state in
            state.operations[messageID] = nil
            let isStoring = state.operations.values.contains(where: \.isStore)
            return isStoring ? CheckedContinuation<Void, Never>?.none : state.storing.take()
        }
        waiter?.resume()
        performing.give()
        settleExpectation()
    }

    /// Waits until nothing of the peer is being stored.
    func allStored() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                guard state.operations.values.contains(where: \.isStore) else { return true }
                state.storing = continuation
                return false
            }
            if isDone { continuation.resume() }
        }
    }

    func setInside(_ isInside: Bool) {
        state.withLock { $0.isInsideMessage = isInside }
        settleExpectation()
    }

    func readDataSet() async throws(AssociationError) -> [UInt8] { try await reader.dataSet() }

    private func skipDataSet() async throws(AssociationError) {
        let pieces = DataSetPieces(reader, isEmpty: false)
        while try await pieces.next() != nil {}
    }
}

/// An operation that the peer invoked and that is not over.
final class PerformedOperation: Sendable {
    private struct State {
        var isCancelled = false
        var waitsForPeer: Bool
        var task: Task<Outcome, Never>?
    }

    let messageID: UInt16
    let isStore: Bool
    private let state: Mutex<State>

    /// - Parameter waitsForPeer: it asks the peer for something itself, before it can end.
    init(_ messageID: UInt16, waitsForPeer: Bool, isStore: Bool = false) {
        self.messageID = messageID
        self.isStore = isStore
        state = Mutex(State(waitsForPeer: waitsForPeer))
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }
    var waitsForPeer: Bool { state.withLock { $0.waitsForPeer } }

    /// All is done but the last response.
    func handlerReturned() { state.withLock { $0.waitsForPeer = false } }

    func cancel() {
        let task = state.withLock { state in
            state.isCancelled = true
            return state.task
        }
        task?.cancel()
    }

    /// Runs a handler in a task of its own: a C-CANCEL ends that, and not the task that has to answer.
    func run(_ body: @escaping @Sendable () async -> Outcome) async -> Outcome {
        let task = Task(executorPreference: TaskThreads.network) { await body() }
        let isCancelled = state.withLock { state in
            state.task = task
            return state.isCancelled
        }
        if isCancelled { task.cancel() }
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            cancel()
        }
    }
}
