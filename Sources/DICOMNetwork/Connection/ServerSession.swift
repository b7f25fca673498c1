/// The messages of one accepted association, in their order.
struct ServerSession {
    private let connection: PDUConnection
    private let channel: MessageChannel
    /// Abstract and transfer syntax of the accepted contexts.
    private let accepted: [UInt8: (abstract: String, transfer: String)]
    private let handler: any StorageHandler

    init(
        _ connection: PDUConnection, _ request: AssociateRequest, _ results: [ContextResult],
        _ handler: any StorageHandler, _ settings: ConnectionSettings
    ) {
        var accepted: [UInt8: (abstract: String, transfer: String)] = [:]
        for result in results where result.reason == .acceptance {
            guard let context = request.contexts.first(where: { $0.id == result.id }) else { continue }
            accepted[result.id] = (context.abstractSyntax, result.transferSyntax)
        }
        self.connection = connection
        self.accepted = accepted
        self.handler = handler
        channel = MessageChannel(
            connection, contexts: Set(accepted.keys), peerMaximum: request.user.maximumLength, settings: settings)
    }

    func run() async {
        do throws(AssociationError) {
            while let event = try await channel.next() {
                guard case .command(let command, let id) = event else { break }
                try await serve(command, id)
            }
            await connection.handle(.releaseResponse)
        } catch {
            await connection.handle(.abort(.byUser))
        }
    }

    private func serve(_ command: Command, _ id: UInt8) async throws(AssociationError) {
        let data = DataSetPieces(channel, isEmpty: !command.hasDataSet)
        // A cancel comes for an operation that has ended already: none is open here (PS3.7 9.3.2.3).
        if command.field == .cancelRequest { return }
        guard let template = command.response(.success) else { throw .unexpectedMessage }
        let status = await status(of: command, id, data)
        while try await data.next() != nil {}
        var response = template
        response[.status] = status.rawValue
        try await channel.send(response, contextID: id)
    }

    private func status(of command: Command, _ id: UInt8, _ data: DataSetPieces) async -> Status {
        guard let context = accepted[id] else { return .sopClassNotSupported }
        switch command.field {
        case .echoRequest: return await handler.echo()
        case .storeRequest:
            guard let instance = command.sopInstance, !instance.isEmpty, command.hasDataSet else {
                return .mistypedArgument
            }
            guard command.sopClass == context.abstract else { return .dataSetDoesNotMatchSOPClass }
            let request = StoreRequest(
                sopClass: context.abstract, sopInstance: instance, transferSyntax: context.transfer,
                moveOriginatorTitle: command[text: .moveOriginatorTitle],
                moveOriginatorMessageID: command[.moveOriginatorMessageID])
            return await handler.store(request, data)
        default: return .unrecognizedOperation
        }
    }
}
