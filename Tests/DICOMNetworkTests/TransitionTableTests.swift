import DICOMNetwork
import Testing

/// PS3.8 Table 9-10, typed from the standard and not from the code: rows are events, columns Sta1 to Sta13.
private let standard = """
     1 AE-1 - - - - - - - - - - - -
     2 - - - AE-2 - - - - - - - - -
     3 - AA-1 AA-8 - AE-3 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6
     4 - AA-1 AA-8 - AE-4 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6
     5 AE-5 - - - - - - - - - - - -
     6 - AE-6 AA-8 - AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-7
     7 - - AE-7 - - - - - - - - - -
     8 - - AE-8 - - - - - - - - - -
     9 - - - - - DT-1 - AR-7 - - - - -
    10 - AA-1 AA-8 - AA-8 DT-2 AR-6 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6
    11 - - - - - AR-1 - - - - - - -
    12 - AA-1 AA-8 - AA-8 AR-2 AR-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-6
    13 - AA-1 AA-8 - AA-8 AA-8 AR-3 AA-8 AA-8 AR-10 AR-3 AA-8 AA-6
    14 - - - - - - - AR-4 AR-9 - - AR-4 -
    15 - - AA-1 AA-2 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1 AA-1 -
    16 - AA-2 AA-3 - AA-3 AA-3 AA-3 AA-3 AA-3 AA-3 AA-3 AA-3 AA-2
    17 - AA-5 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AA-4 AR-5
    18 - AA-2 - - - - - - - - - - AA-2
    19 - AA-1 AA-8 - AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-8 AA-7
    """

struct TransitionTableTests {
    @Test func `every state answers every event as Table 9-10 says`() throws {
        let rows = standard.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.count == UpperLayerEvent.allCases.count)
        for row in rows {
            let number = try #require(Int(row[0]))
            let event = try #require(UpperLayerEvent(rawValue: number))
            #expect(row.count == 14)
            for state in UpperLayerState.allCases {
                let wanted = row[state.rawValue] == "-" ? nil : row[state.rawValue]
                #expect(UpperLayerAction.of(event, in: state)?.rawValue == wanted, "\(event) in Sta\(state.rawValue)")
            }
        }
    }

    private static let request = AssociateRequest(
        calledTitle: "CALLED", callingTitle: "CALLING",
        contexts: [
            PresentationContext(id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"])
        ],
        user: UserInformation(maximumLength: 16384, implementationClassUID: "1.2.3"))
    private static let accept = AssociateAccept(
        calledTitle: "CALLED", callingTitle: "CALLING",
        contexts: [ContextResult(id: 1, reason: .acceptance, transferSyntax: "1.2.840.10008.1.2")],
        user: UserInformation(maximumLength: 16384, implementationClassUID: "1.2.3"))
    private static let data = [PresentationDataValue(contextID: 1, isCommand: true, isLast: true, bytes: [0])]

    /// One input of each event.
    private static let inputs: [UpperLayer.Input] = [
        .associate(request), .transportConfirmed, .received(.associateAccept(accept)),
        .received(.associateReject(.noReason)), .transportIndicated, .received(.associateRequest(request)),
        .accept(accept), .reject(.noReason), .send(data), .received(.data(data)), .release, .received(.releaseRequest),
        .received(.releaseResponse), .releaseResponse, .abort(.byUser), .received(.abort(.byUser)), .transportClosed,
        .artimExpired, .malformed(PDUError(.unknownType, at: 0, "PDU")),
    ]

    /// What leads to each state from the first.
    private static let ways: [UpperLayerState: [UpperLayer.Input]] = {
        let accepted: [UpperLayer.Input] = [
            .transportIndicated, .received(.associateRequest(request)), .accept(accept),
        ]
        let connected: [UpperLayer.Input] = [
            .associate(request), .transportConfirmed, .received(.associateAccept(accept)),
        ]
        return [
            .idle: [], .awaitingRequest: [.transportIndicated],
            .awaitingLocalResponse: [.transportIndicated, .received(.associateRequest(request))],
            .awaitingTransportOpen: [.associate(request)],
            .awaitingResponse: [.associate(request), .transportConfirmed],
            .established: accepted, .awaitingReleaseResponse: accepted + [.release],
            .awaitingLocalReleaseResponse: accepted + [.received(.releaseRequest)],
            .collisionRequestorLocal: connected + [.release, .received(.releaseRequest)],
            .collisionAcceptorResponse: accepted + [.release, .received(.releaseRequest)],
            .collisionRequestorResponse: connected + [.release, .received(.releaseRequest), .releaseResponse],
            .collisionAcceptorLocal: accepted + [.release, .received(.releaseRequest), .received(.releaseResponse)],
            .awaitingTransportClose: accepted + [.abort(.byUser)],
        ]
    }()

    /// Where each action of Tables 9-6 to 9-9 leads; those that leave the state alone are not in it.
    private static let next: [String: Int] = [
        "AE-1": 4, "AE-2": 5, "AE-3": 6, "AE-4": 1, "AE-5": 2, "AE-6": 3, "AE-7": 6, "AE-8": 13, "AR-1": 7, "AR-2": 8,
        "AR-3": 1, "AR-4": 13, "AR-5": 1, "AR-9": 11, "AR-10": 12, "AA-1": 13, "AA-2": 1, "AA-3": 1, "AA-4": 1,
        "AA-5": 1, "AA-8": 13,
    ]

    @Test func `every state is reached, and every event leads on from it or is refused without a change`() throws {
        for state in UpperLayerState.allCases {
            for input in Self.inputs {
                var layer = UpperLayer()
                for step in try #require(Self.ways[state]) { _ = try layer.handle(step) }
                #expect(layer.state == state)
                let row = Self.inputs.firstIndex(of: input).map { $0 + 1 }
                let event = try #require(row.flatMap(UpperLayerEvent.init(rawValue:)))
                guard let action = UpperLayerAction.of(event, in: state) else {
                    #expect(throws: UpperLayer.NotAllowed(event: event, state: state)) { _ = try layer.handle(input) }
                    #expect(layer.state == state)
                    continue
                }
                let effects = try layer.handle(input)
                let collided = state == .awaitingReleaseResponse && action == .ar8
                #expect(layer.state.rawValue == (collided ? 10 : Self.next[action.rawValue] ?? state.rawValue))
                #expect(effects.isEmpty == (action == .aa6), "\(action)")
            }
        }
    }

    @Test func `another protocol version and another application context are refused before the user hears of them`()
        throws
    {
        var version = Self.request, context = Self.request
        version.protocolVersion = 2
        context.applicationContext = "1.2.3"
        for (request, refusal) in [
            (version, AssociateReject.protocolVersionNotSupported), (context, .applicationContextNotSupported),
        ] {
            var layer = UpperLayer()
            _ = try layer.handle(.transportIndicated)
            let effects = try layer.handle(.received(.associateRequest(request)))
            #expect(effects == [.stopARTIM, .send(.associateReject(refusal)), .startARTIM])
            #expect(layer.state == .awaitingTransportClose)
        }
    }
}
