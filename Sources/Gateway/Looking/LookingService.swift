package import Access
internal import DICOMCore
internal import DICOMFile
package import DICOMNetwork
internal import Host

/// Answers C-FIND, C-GET and C-MOVE of one asker: reads what is asked, asks the core, and says what the core gives. It has no
/// way to the archive.
package struct LookingService: QueryHandler, GetHandler, MoveHandler {
    /// What is in force, asked for anew by each question.
    private let looking: @Sendable () throws -> (core: AccessCore, destinations: MoveDestinations)
    let principal: Principal
    /// By which we are called: where the asker may retrieve from.
    let title: String
    /// Whether what proved the asker's identity is still good.
    private let isProved: @Sendable () -> Bool

    /// - Parameters:
    ///   - principal: everything that is known of the asker.
    ///   - title: of ours, that the asker called.
    ///   - isProved: whether what proved the asker's identity is still good; asked before each question and each thing that is given,
    ///     so that an association that lives long permits no more than the passcode or token with which it began.
    ///   - looking: gives what is in force; asked by each question, so that an association that lives long hears of a reload.
    package init(
        principal: Principal, title: String, isProved: @escaping @Sendable () -> Bool = { true },
        looking: @escaping @Sendable () throws -> (core: AccessCore, destinations: MoveDestinations)
    ) {
        self.looking = looking
        self.isProved = isProved
        self.principal = principal
        self.title = title
    }

    /// With a core that stays.
    ///
    /// - Parameters:
    ///   - principal: everything that is known of the asker.
    ///   - title: of ours, that the asker called.
    ///   - destinations: to whom a C-MOVE may send.
    package init(core: AccessCore, principal: Principal, title: String, destinations: MoveDestinations) {
        self.init(principal: principal, title: title, looking: { (core, destinations) })
    }

    // MARK: - C-FIND

    package func find(_ request: QueryRequest, _ matches: MatchSender) async -> Outcome {
        do {
            try requireProof()
            let question = try Question(request.sopClass, request.identifier)
            let encoding = TransferSyntax(uid: matches.transferSyntax).encoding
            try await looking().core.query(
                Query(level: question.level, keys: question.keys), by: principal
            ) { answer in
                try requireProof()
                var answer = answer
                answer.set(Question.queryLevel, question.level.rawValue)
                answer.set(Question.retrieveTitle, title)
                try await matches.send(try answer.bytes(as: encoding))
                return true
            }
            return .success
        } catch {
            return Self.outcome(of: error, query: true)
        }
    }

    // MARK: - C-GET

    package func get(_ request: GetRequest, _ asker: GetDestination) async -> Outcome {
        do {
            try requireProof()
            let question = try Question(request.sopClass, request.identifier)
            try await looking().core.retrieve(try question.retrieval(), by: principal) { count in
                asker.progress.announce(count)
            } each: { next in
                try requireProof()
                switch next {
                case .failed(let uid): try await asker.progress.report(.processingFailure, sopInstance: uid)
                case .instance(let delivery):
                    let data = try DataSetFile(delivery)
                    try await asker.store(
                        sopClass: delivery.sopClass, sopInstance: delivery.sopInstance,
                        transferSyntax: delivery.file.transferSyntax.uid
                    ) { maximum in try data.next(maximum) }
                }
            }
            return asker.progress.outcome
        } catch {
            return Self.outcome(of: error, query: false)
        }
    }

    // MARK: - C-MOVE

    package func move(_ request: MoveRequest, _ progress: SubOperations) async -> Outcome {
        do {
            try requireProof()
            let (core, destinations) = try looking()
            guard let place = destinations.place(titled: request.destination) else {
                return Outcome(.moveDestinationUnknown)
            }
            let question = try Question(request.sopClass, request.identifier)
            // Who sends to themselves looks; who sends to another exports.
            let isSelf = principal.peer != nil && place.principal.peer == principal.peer
            let sender = MoveSender(place, callingTitle: title, originator: request.originator)
            try await sender.run { sender in
                try await core.retrieve(
                    try question.retrieval(), by: principal, to: isSelf ? .asker : .other(place.principal)
                ) { count in
                    progress.announce(count)
                } each: { next in
                    try requireProof()
                    switch next {
                    case .failed(let uid): try await progress.report(.processingFailure, sopInstance: uid)
                    case .instance(let delivery):
                        guard !progress.isCancelled else { throw AssociationError.cancelled }
                        let status = await sender.store(delivery)
                        try await progress.report(status, sopInstance: delivery.sopInstance)
                    }
                }
            }
            return progress.outcome
        } catch {
            return Self.outcome(of: error, query: false)
        }
    }

    // MARK: - Outcomes

    /// The passcode or token with which an association began is good no more.
    private struct ProofEnded: Error {}

    private func requireProof() throws { guard isProved() else { throw ProofEnded() } }

    /// The same words for whatever may not be seen and whatever is not there: there are none for either.
    private static func outcome(of error: any Error, query: Bool) -> Outcome {
        switch error {
        case AssociationError.cancelled, is CancellationError: return .cancel
        case is ProofEnded: return Outcome(.notAuthorized, comment: "the user identity is in force no more")
        case let error as AccessError:
            switch error.code {
            case .invalid: return Outcome(.dataSetDoesNotMatchSOPClass, comment: String(error.what.prefix(64)))
            case .tooMany: return Outcome(query ? .outOfResources : .cannotCountMatches, comment: "too many matches")
            case .archive: return Outcome(query ? .cannotUnderstand : .cannotPerformSubOperations, comment: error.what)
            case .storage, .configuration, .forbidden: return Outcome(.processingFailure)
            }
        default: return Outcome(.processingFailure)
        }
    }
}
