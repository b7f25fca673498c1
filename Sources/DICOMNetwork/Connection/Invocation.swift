import Host
import Synchronization

/// A response to what we asked.
struct Response: Sendable {
    var command: Command
    var status: Status
    var dataSet: EncodedDataSet?

    var outcome: Outcome { Outcome(status, comment: command[text: .errorComment]) }
}

/// An operation that we invoked and that is not over.
struct Invocation: Sendable {
    let messageID: UInt16
    let contextID: UInt8
    let answer: Command.Field
    let responses = Mailbox<Response>()
    /// The whole request is out: the peer owes a response.
    var isSent = false
    /// The peer has been told to stop.
    var isCancelled = false
}

extension Association {
    /// Asks for an operation, when the window has room for it. `transmit` sends the command it is given.
    func invoke(
        _ command: Command, _ context: Context, transmit: (Command) async throws -> Void
    ) async throws -> Invocation {
        guard let answer = command.field?.response else { throw AssociationError.unexpectedMessage }
        await invoking.take()
        let invocation: Invocation
        do throws(AssociationError) { invocation = try register(answer, context.id) } catch {
            invoking.give()
            throw error
        }
        var command = command
        command[.messageID] = invocation.messageID
        do {
            try await transmit(command)
        } catch {
            forget(invocation.messageID)
            throw error
        }
        state.withLock { $0.invocations[invocation.messageID]?.isSent = true }
        settleExpectation()
        return invocation
    }

    /// The same with a data set at hand, or none.
    func invoke(_ command: Command, _ context: Context, dataSet: [UInt8]? = nil) async throws -> Invocation {
        var command = command
        command.hasDataSet = dataSet != nil
        return try await invoke(command, context) { command in
            try await send(command, contextID: context.id, dataSet: dataSet)
        }
    }

    /// The one response of an operation that has no more.
    func response(to invocation: Invocation) async throws(AssociationError) -> Response {
        guard let response = try await invocation.responses.next() else { throw .lost }
        return response
    }

    private func register(_ answer: Command.Field, _ contextID: UInt8) throws(AssociationError) -> Invocation {
        let result: Result<Invocation, AssociationError> = state.withLock { state in
            if let end = state.end { return .failure(end) }
            repeat {
                state.lastMessageID &+= 1
            } while state.lastMessageID == 0
                || state.invocations[state.lastMessageID] != nil
            let invocation = Invocation(messageID: state.lastMessageID, contextID: contextID, answer: answer)
            state.invocations[invocation.messageID] = invocation
            return .success(invocation)
        }
        return try result.get()
    }

    private func forget(_ messageID: UInt16) {
        if state.withLock({ $0.invocations.removeValue(forKey: messageID) }) != nil { invoking.give() }
    }

    /// Gives a response to whoever waits for it, and waits until it is taken.
    func deliver(_ command: Command, _ context: Context) async throws(AssociationError) {
        guard let messageID = command.respondsTo, let status = command.status else { throw .unexpectedMessage }
        let bytes = command.hasDataSet ? try await readDataSet() : nil
        guard let invocation = state.withLock({ $0.invocations[messageID] }), invocation.answer == command.field else {
            throw .unexpectedMessage
        }
        let isPending = status.category == .pending && invocation.answer.mayBePending
        let dataSet = bytes.map { EncodedDataSet(transferSyntax: context.transferSyntax, bytes: $0) }
        await invocation.responses.put(Response(command: command, status: status, dataSet: dataSet))
        guard !isPending else { return }
        invocation.responses.end(.success(()))
        forget(messageID)
        settleExpectation()
    }

    /// The association ends: whoever reads it waits no longer until answers are taken, so that it finds the end and tells all who
    /// wait, those for a turn, too.
    func drainInvocations() {
        for invocation in state.withLock({ $0.invocations.values.map { $0 } }) { invocation.responses.drain() }
    }

    /// Nothing will be answered any more.
    func endInvocations(_ error: AssociationError) {
        let invocations = state.withLock { state in
            if state.end == nil { state.end = error }
            defer { state.invocations = [:] }
            return state.invocations.values.map { $0 }
        }
        for invocation in invocations {
            invocation.responses.end(.failure(error))
            invoking.give()
        }
    }

    /// C-CANCEL (PS3.7 9.3.2.3) for an operation that is open; nothing for one that has ended.
    func cancel(_ invocation: Invocation) async {
        let isFirst = state.withLock { state in
            guard state.invocations[invocation.messageID]?.isCancelled == false else { return false }
            state.invocations[invocation.messageID]?.isCancelled = true
            return true
        }
        guard isFirst else { return }
        var command = Command(.cancelRequest)
        command[.messageIDBeingRespondedTo] = invocation.messageID
        try? await send(command, contextID: invocation.contextID)
    }

    /// The same from where nothing can be waited for.
    func cancelSoon(_ invocation: Invocation) {
        Task(executorPreference: TaskThreads.network) { await self.cancel(invocation) }
    }
}

extension Command.Field {
    var mayBePending: Bool { self == .findResponse || self == .moveResponse || self == .getResponse }
}
