import Synchronization

extension Association {
    /// C-STORE: the handler reads, then hears nothing more; the response goes out after it has returned.
    func perform(store command: Command, _ context: Context, _ data: DataSetPieces) async {
        do throws(AssociationError) {
            let status = await status(ofStore: command, context, data)
            while try await data.next() != nil {}
            guard let response = command.response(status) else { throw .unexpectedMessage }
            try await send(response, contextID: context.id)
        } catch {
            // Whoever reads finds the end of the association, too.
            data.abandon()
        }
    }

    private func status(ofStore command: Command, _ context: Context, _ data: DataSetPieces) async -> Status {
        let arriving = state.withLock { $0.arriving }
        guard let handler = arriving ?? services.storage else { return .unrecognizedOperation }
        guard context.mayPerform, !ServiceClasses.others.contains(context.abstractSyntax) else {
            return .sopClassNotSupported
        }
        guard let instance = command.sopInstance, !instance.isEmpty, command.hasDataSet else {
            return .mistypedArgument
        }
        guard command.sopClass == context.abstractSyntax else { return .dataSetDoesNotMatchSOPClass }
        let request = StoreRequest(
            sopClass: context.abstractSyntax, sopInstance: instance, transferSyntax: context.transferSyntax,
            moveOriginatorTitle: command[text: .moveOriginatorTitle],
            moveOriginatorMessageID: command[.moveOriginatorMessageID])
        return await handler.store(request, data)
    }

    /// Everything else.
    ///
    /// - Returns: an action that was accepted, and whose answer is out.
    func perform(
        _ command: Command, _ context: Context, _ dataSet: EncodedDataSet?, _ operation: PerformedOperation
    ) async -> ActionRequest? {
        guard let (response, data) = await answer(command, context, dataSet, operation) else { return nil }
        operation.handlerReturned()
        do throws(AssociationError) {
            try await send(response, contextID: context.id, dataSet: data)
        } catch {
            return nil
        }
        guard command.field == .actionRequest, response.status?.category != .failure else { return nil }
        return ActionRequest(command, dataSet)
    }

    private func answer(
        _ command: Command, _ context: Context, _ dataSet: EncodedDataSet?, _ operation: PerformedOperation
    ) async -> (Command, [UInt8]?)? {
        switch command.field {
        case .moveRequest, .getRequest:
            let progress = SubOperations(self, command, contextID: context.id, operation)
            let outcome = await outcome(ofRetrieve: command, context, dataSet, operation, progress)
            return progress.finalResponse(outcome, transferSyntax: context.transferSyntax)
        default:
            let outcome = await outcome(of: command, context, dataSet, operation)
            guard var response = command.response(outcome.status) else { return nil }
            response[text: .errorComment] = outcome.shortComment
            return (response, nil)
        }
    }

    private func outcome(
        of command: Command, _ context: Context, _ dataSet: EncodedDataSet?, _ operation: PerformedOperation
    ) async -> Outcome {
        switch command.field {
        case .echoRequest: return Outcome(await services.storage?.echo() ?? .success)
        case .findRequest:
            guard let handler = services.query else { return Outcome(.unrecognizedOperation) }
            if let refusal = refusal(command, context) { return refusal }
            guard let dataSet else { return Outcome(.dataSetDoesNotMatchSOPClass) }
            let request = QueryRequest(
                sopClass: context.abstractSyntax, identifier: dataSet, priority: command.priority)
            let matches = MatchSender(
                transferSyntax: context.transferSyntax, association: self, request: command, contextID: context.id,
                operation: operation)
            return await operation.run { await handler.find(request, matches) }
        case .actionRequest:
            guard let handler = services.commitment else { return Outcome(.unrecognizedOperation) }
            guard context.mayPerform, command.sopClass == ServiceClasses.storageCommitment else {
                return Outcome(.noSuchSOPClass)
            }
            guard let request = ActionRequest(command, dataSet) else { return Outcome(.mistypedArgument) }
            guard request.sopInstance == ServiceClasses.storageCommitmentInstance else {
                return Outcome(.noSuchObjectInstance)
            }
            guard request.actionType == 1 else { return Outcome(.noSuchActionType) }
            return await operation.run { await handler.commit(request, self) }
        case .eventReportRequest:
            guard let handler = services.events else { return Outcome(.unrecognizedOperation) }
            guard let event = EventReport(command, dataSet) else { return Outcome(.mistypedArgument) }
            return await operation.run { await handler.receive(event, self) }
        default: return Outcome(.unrecognizedOperation)
        }
    }

    private func outcome(
        ofRetrieve command: Command, _ context: Context, _ dataSet: EncodedDataSet?, _ operation: PerformedOperation,
        _ progress: SubOperations
    ) async -> Outcome {
        let isMove = command.field == .moveRequest
        guard isMove ? services.move != nil : services.get != nil else { return Outcome(.unrecognizedOperation) }
        if let refusal = refusal(command, context) { return refusal }
        guard let dataSet else { return Outcome(.dataSetDoesNotMatchSOPClass) }
        if let handler = services.move, isMove {
            guard let destination = command[text: .moveDestination], !destination.isEmpty else {
                return Outcome(.moveDestinationUnknown)
            }
            let originator = MoveOriginator(title: request.callingTitle, messageID: operation.messageID)
            let request = MoveRequest(
                sopClass: context.abstractSyntax, identifier: dataSet, priority: command.priority,
                destination: destination, originator: originator)
            return await operation.run { await handler.move(request, progress) }
        }
        guard let handler = services.get else { return Outcome(.unrecognizedOperation) }
        let request = GetRequest(sopClass: context.abstractSyntax, identifier: dataSet, priority: command.priority)
        let asker = GetDestination(progress: progress, association: self)
        return await operation.run { await handler.get(request, asker) }
    }

    /// What is asked in a context of something else.
    private func refusal(_ command: Command, _ context: Context) -> Outcome? {
        guard context.mayPerform, command.sopClass == context.abstractSyntax,
            !StorageClasses.all.contains(context.abstractSyntax),
            context.abstractSyntax != ServiceClasses.verification,
            context.abstractSyntax != ServiceClasses.storageCommitment
        else { return Outcome(.sopClassNotSupported) }
        return nil
    }
}

extension Outcome {
    /// LO has 64 characters; a command set has no character set but the default one.
    var shortComment: String? {
        comment.map { String($0.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? Character($0) : "?" }.prefix(64)) }
    }
}

extension Command {
    /// Medium where it is absent or none that there is.
    var priority: Priority { self[.priority].flatMap(Priority.init(rawValue:)) ?? .medium }
}

extension ActionRequest {
    fileprivate init?(_ command: Command, _ information: EncodedDataSet?) {
        guard let sopClass = command.sopClass, let sopInstance = command.sopInstance,
            let actionType = command[.actionTypeID]
        else { return nil }
        self.init(sopClass: sopClass, sopInstance: sopInstance, actionType: actionType, information: information)
    }
}

extension EventReport {
    fileprivate init?(_ command: Command, _ information: EncodedDataSet?) {
        guard let sopClass = command.sopClass, let sopInstance = command.sopInstance,
            let eventType = command[.eventTypeID]
        else { return nil }
        self.init(sopClass: sopClass, sopInstance: sopInstance, eventType: eventType, information: information)
    }
}
