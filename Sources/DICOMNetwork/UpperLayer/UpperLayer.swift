/// The upper layer of one association (PS3.8 9.2) without I/O: events in, effects out.
public struct UpperLayer: Sendable {
    /// What comes from the user, the peer, the transport and the clock.
    public enum Input: Hashable, Sendable {
        case associate(AssociateRequest)
        case transportConfirmed
        case transportIndicated
        case transportClosed
        case artimExpired
        case received(PDU)
        /// Bytes that are no PDU.
        case malformed(PDUError)
        case accept(AssociateAccept)
        case reject(AssociateReject)
        case send([PresentationDataValue])
        case release
        case releaseResponse
        case abort(Abort)
    }

    /// What is to be done, in this order.
    public enum Effect: Hashable, Sendable {
        case connect
        case send(PDU)
        case close
        case startARTIM
        case stopARTIM
        /// The user hears of it (indications and confirmations of PS3.8 7).
        case tell(Indication)
    }

    public enum Indication: Hashable, Sendable {
        case request(AssociateRequest)
        case accepted(AssociateAccept)
        case rejected(AssociateReject)
        case data([PresentationDataValue])
        case releaseRequested
        case released
        case aborted(Abort)
        /// The connection ended without a word.
        case lost
    }

    /// An event that the state does not allow: a mistake of whoever uses this, never of the peer.
    public struct NotAllowed: Error, Hashable, Sendable {
        public var event: UpperLayerEvent
        public var state: UpperLayerState

        public init(event: UpperLayerEvent, state: UpperLayerState) {
            self.event = event
            self.state = state
        }
    }

    public private(set) var state: UpperLayerState = .idle
    private var isRequestor = false
    private var request: AssociateRequest?

    public init() {}

    public mutating func handle(_ input: Input) throws(NotAllowed) -> [Effect] {
        let event = Self.event(of: input)
        guard let action = UpperLayerAction.of(event, in: state) else { throw NotAllowed(event: event, state: state) }
        return perform(action, input)
    }

    static func event(of input: Input) -> UpperLayerEvent {
        switch input {
        case .associate: .associateRequest
        case .transportConfirmed: .transportConfirmed
        case .transportIndicated: .transportIndicated
        case .transportClosed: .transportClosed
        case .artimExpired: .artimExpired
        case .malformed: .invalidPDU
        case .accept: .acceptResponse
        case .reject: .rejectResponse
        case .send: .dataRequest
        case .release: .releaseRequest
        case .releaseResponse: .releaseResponse
        case .abort: .abortRequest
        case .received(let pdu):
            switch pdu {
            case .associateRequest: .requestReceived
            case .associateAccept: .acceptReceived
            case .associateReject: .rejectReceived
            case .data: .dataReceived
            case .releaseRequest: .releaseRequestReceived
            case .releaseResponse: .releaseResponseReceived
            case .abort: .abortReceived
            }
        }
    }

    private mutating func become(_ next: UpperLayerState, _ effects: [Effect]) -> [Effect] {
        state = next
        return effects
    }

    private mutating func perform(_ action: UpperLayerAction, _ input: Input) -> [Effect] {
        switch action {
        case .ae1:
            isRequestor = true
            if case .associate(let wanted) = input { request = wanted }
            return become(.awaitingTransportOpen, [.connect])
        case .ae2: return become(.awaitingResponse, request.map { [.send(.associateRequest($0))] } ?? [])
        case .ae3: return become(.established, told(input))
        case .ae4: return become(.idle, told(input) + [.close])
        case .ae5: return become(.awaitingRequest, [.startARTIM])
        case .ae6: return answerRequest(input)
        case .ae7: return become(.established, sent(input))
        case .ae8: return become(.awaitingTransportClose, sent(input) + [.startARTIM])
        case .dt1: return sent(input)
        case .dt2, .ar6: return told(input)
        case .ar1: return become(.awaitingReleaseResponse, [.send(.releaseRequest)])
        case .ar2: return become(.awaitingLocalReleaseResponse, [.tell(.releaseRequested)])
        case .ar3: return become(.idle, [.tell(.released), .close])
        case .ar4: return become(.awaitingTransportClose, [.send(.releaseResponse), .startARTIM])
        case .ar5: return become(.idle, [.stopARTIM])
        case .ar7: return sent(input)
        case .ar8:
            return become(
                isRequestor ? .collisionRequestorLocal : .collisionAcceptorResponse, [.tell(.releaseRequested)])
        case .ar9: return become(.collisionRequestorResponse, [.send(.releaseResponse)])
        case .ar10: return become(.collisionAcceptorLocal, [.tell(.released)])
        case .aa1: return become(.awaitingTransportClose, [.send(.abort(ownAbort(input))), .startARTIM])
        case .aa2: return become(.idle, [.stopARTIM, .close])
        case .aa3: return become(.idle, told(input) + [.close])
        case .aa4: return become(.idle, [.tell(.lost)])
        case .aa5: return become(.idle, [.stopARTIM])
        case .aa6: return []
        case .aa7: return [.send(.abort(ownAbort(input)))]
        case .aa8:
            let abort = ownAbort(input)
            return become(.awaitingTransportClose, [.send(.abort(abort)), .tell(.aborted(abort)), .startARTIM])
        }
    }

    /// AE-6: a version that is not ours is refused at once, and another application context (PS3.8 7.1.1.2).
    private mutating func answerRequest(_ input: Input) -> [Effect] {
        guard case .received(.associateRequest(let request)) = input else { return [] }
        let refusal: AssociateReject? =
            request.protocolVersion & 1 == 0
            ? .protocolVersionNotSupported
            : request.applicationContext != AssociateRequest.dicomApplicationContext
                ? .applicationContextNotSupported : nil
        if let refusal {
            return become(.awaitingTransportClose, [.stopARTIM, .send(.associateReject(refusal)), .startARTIM])
        }
        return become(.awaitingLocalResponse, [.stopARTIM, .tell(.request(request))])
    }

    private func ownAbort(_ input: Input) -> Abort {
        switch input {
        case .abort(let abort): abort
        case .malformed(let error): error.code == .unknownType ? .unrecognizedPDU : .invalidParameter
        default: .unexpectedPDU
        }
    }

    private func told(_ input: Input) -> [Effect] {
        guard case .received(let pdu) = input else { return [] }
        switch pdu {
        case .associateAccept(let accept): return [.tell(.accepted(accept))]
        case .associateReject(let reject): return [.tell(.rejected(reject))]
        case .data(let values): return [.tell(.data(values))]
        case .abort(let abort): return [.tell(.aborted(abort))]
        default: return []
        }
    }

    private func sent(_ input: Input) -> [Effect] {
        switch input {
        case .accept(let accept): [.send(.associateAccept(accept))]
        case .reject(let reject): [.send(.associateReject(reject))]
        case .send(let values): [.send(.data(values))]
        default: []
        }
    }
}
