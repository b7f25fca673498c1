/// The states of PS3.8 Table 9-1 to 9-5, by their numbers.
public enum UpperLayerState: Int, Hashable, Sendable, CaseIterable {
    case idle = 1, awaitingRequest = 2, awaitingLocalResponse = 3, awaitingTransportOpen = 4, awaitingResponse = 5
    case established = 6, awaitingReleaseResponse = 7, awaitingLocalReleaseResponse = 8
    case collisionRequestorLocal = 9, collisionAcceptorResponse = 10, collisionRequestorResponse = 11
    case collisionAcceptorLocal = 12, awaitingTransportClose = 13
}

/// The events of PS3.8 Table 9-10, by their numbers.
public enum UpperLayerEvent: Int, Hashable, Sendable, CaseIterable {
    case associateRequest = 1, transportConfirmed = 2, acceptReceived = 3, rejectReceived = 4
    case transportIndicated = 5, requestReceived = 6, acceptResponse = 7, rejectResponse = 8
    case dataRequest = 9, dataReceived = 10, releaseRequest = 11, releaseRequestReceived = 12
    case releaseResponseReceived = 13, releaseResponse = 14, abortRequest = 15, abortReceived = 16
    case transportClosed = 17, artimExpired = 18, invalidPDU = 19
}

/// The actions of PS3.8 Tables 9-6 to 9-9, by their names there.
public enum UpperLayerAction: String, Hashable, Sendable, CaseIterable {
    case ae1 = "AE-1", ae2 = "AE-2", ae3 = "AE-3", ae4 = "AE-4", ae5 = "AE-5", ae6 = "AE-6", ae7 = "AE-7", ae8 = "AE-8"
    case dt1 = "DT-1", dt2 = "DT-2"
    case ar1 = "AR-1", ar2 = "AR-2", ar3 = "AR-3", ar4 = "AR-4", ar5 = "AR-5", ar6 = "AR-6", ar7 = "AR-7"
    case ar8 = "AR-8", ar9 = "AR-9", ar10 = "AR-10"
    case aa1 = "AA-1", aa2 = "AA-2", aa3 = "AA-3", aa4 = "AA-4", aa5 = "AA-5", aa6 = "AA-6", aa7 = "AA-7", aa8 = "AA-8"
}

extension UpperLayerAction {
    /// PS3.8 Table 9-10; nil where it has no entry: the event cannot happen in this state.
    public static func of(_ event: UpperLayerEvent, in state: UpperLayerState) -> UpperLayerAction? {
        let number = state.rawValue
        switch event {
        case .associateRequest: return number == 1 ? .ae1 : nil
        case .transportConfirmed: return number == 4 ? .ae2 : nil
        case .acceptReceived: return number == 5 ? .ae3 : unexpected(number)
        case .rejectReceived: return number == 5 ? .ae4 : unexpected(number)
        case .transportIndicated: return number == 1 ? .ae5 : nil
        case .requestReceived: return number == 2 ? .ae6 : number == 13 ? .aa7 : unexpected(number)
        case .acceptResponse: return number == 3 ? .ae7 : nil
        case .rejectResponse: return number == 3 ? .ae8 : nil
        case .dataRequest: return [6: .dt1, 8: .ar7][number]
        case .dataReceived: return [6: .dt2, 7: .ar6][number] ?? unexpected(number)
        case .releaseRequest: return number == 6 ? .ar1 : nil
        case .releaseRequestReceived: return [6: .ar2, 7: .ar8][number] ?? unexpected(number)
        case .releaseResponseReceived: return [7: .ar3, 10: .ar10, 11: .ar3][number] ?? unexpected(number)
        case .releaseResponse: return [8: .ar4, 9: .ar9, 12: .ar4][number]
        case .abortRequest: return number == 4 ? .aa2 : number == 3 || (5...12).contains(number) ? .aa1 : nil
        case .abortReceived:
            return number == 2 || number == 13 ? .aa2 : number == 3 || (5...12).contains(number) ? .aa3 : nil
        case .transportClosed: return number == 1 ? nil : [2: .aa5, 13: .ar5][number] ?? .aa4
        case .artimExpired: return number == 2 || number == 13 ? .aa2 : nil
        case .invalidPDU: return number == 13 ? .aa7 : unexpected(number)
        }
    }

    /// The rows of PDUs that may not come now: before a request an abort, then an abort that the user hears of, and
    /// while the connection closes nothing.
    private static func unexpected(_ state: Int) -> UpperLayerAction? {
        switch state {
        case 2: .aa1
        case 3, 5...12: .aa8
        case 13: .aa6
        default: nil
        }
    }
}
