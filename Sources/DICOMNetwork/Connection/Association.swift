import Host
import NIOCore
import Synchronization

extension TaskThreads {
    /// Where everything of associations runs, handlers too.
    static let network = TaskThreads()
}

/// An established association. Both sides are the same to it: either may ask (`echo`, `store`, `find` …, as far as its roles go) and
/// serve (`Services`). Any number of tasks may use it; the negotiated window says how many operations are open at a time, and
/// who asks for one more waits.
public final class Association: Sendable {
    /// An accepted presentation context, as we may use it.
    public struct Context: Hashable, Sendable {
        public var id: UInt8
        public var abstractSyntax: String
        public var transferSyntax: String
        /// We may be the SCU: ask.
        public var mayInvoke: Bool
        /// We may be the SCP: serve.
        public var mayPerform: Bool
    }

    struct State {
        var lastMessageID: UInt16 = 0
        /// What we asked and have no last response to.
        var invocations: [UInt16: Invocation] = [:]
        /// What the peer asked and has no last response to.
        var operations: [UInt16: PerformedOperation] = [:]
        /// A message of the peer has begun and not ended.
        var isInsideMessage = false
        var isReleasing = false
        /// Takes what a C-GET of ours brings.
        var arriving: (any StorageHandler)?
        /// A C-GET that has been answered, and waits for what is still being stored.
        var storing: CheckedContinuation<Void, Never>?
        var end: AssociationError?
    }

    public let request: AssociateRequest
    public let accepted: AssociateAccept
    /// Whether we asked for the association.
    public let isRequestor: Bool
    let contexts: [UInt8: Context]
    let services: Services
    let connection: PDUConnection
    let reader: MessageReader
    /// Bytes of a fragment that the peer takes: its maximum without the header of the value (PS3.8 D.1).
    let fragmentLength: Int
    /// One message goes out at a time.
    let sending = Turns(1)
    /// One C-GET is under way at a time: what comes says not to which it belongs.
    let getting = Turns(1)
    /// Operations that we may have open (PS3.7 D.3.3.3).
    let invoking: Turns
    /// Operations that the peer may have open; what it asks beyond them waits in the socket.
    let performing: Turns
    /// How many these are.
    let performingLimit: Int
    let state = Mutex(State())

    init(
        _ connection: PDUConnection, _ request: AssociateRequest, _ accepted: AssociateAccept, isRequestor: Bool,
        services: Services
    ) {
        self.connection = connection
        self.request = request
        self.accepted = accepted
        self.isRequestor = isRequestor
        self.services = services
        contexts = Context.all(request, accepted, isRequestor: isRequestor)
        reader = MessageReader(connection, contexts: Set(contexts.keys))
        let peerMaximum = Int((isRequestor ? accepted.user : request.user).maximumLength)
        let largest = 65_536
        fragmentLength = (max(8, peerMaximum == 0 ? largest : min(peerMaximum, largest)) - 6) & ~1
        let window = AsynchronousWindow.agreed(request, accepted)
        invoking = Turns(isRequestor ? window.invoked : window.performed)
        performingLimit = isRequestor ? window.performed : window.invoked
        performing = Turns(performingLimit)
    }

    /// The accepted contexts in which we may ask for something of a SOP class, in the order of their identifiers.
    public func invokable(sopClass: String) -> [Context] {
        contexts.values.filter { $0.abstractSyntax == sopClass && $0.mayInvoke }.sorted { $0.id < $1.id }
    }

    /// The context for a SOP class, in a transfer syntax or in any.
    public func context(sopClass: String, transferSyntax: String? = nil) throws(AssociationError) -> Context {
        let found = invokable(sopClass: sopClass).first {
            transferSyntax == nil || $0.transferSyntax == transferSyntax
        }
        guard let found else { throw .noContext(sopClass: sopClass) }
        return found
    }

    /// Ends the association at once, for both sides (PS3.8 7.3). What is open fails.
    public func abort() async {
        await connection.handle(.abort(.byUser))
        drainInvocations()
    }

    /// How long the peer has for its next PDU, by what it owes: the rest of a message, a response, or (to a server that has
    /// answered everything) the next request.
    func settleExpectation() {
        // Told while the state is locked: of two tasks that settle it, the last to look is the last to say.
        state.withLock { connection.expect(within: expectation($0)) }
    }

    private func expectation(_ state: State) -> TimeAmount? {
        let settings = connection.settings
        if state.isReleasing { return settings.artim }
        if state.isInsideMessage { return settings.idle }
        if state.invocations.values.contains(where: \.isSent) { return settings.response }
        return state.operations.isEmpty && !isRequestor ? settings.idle : nil
    }
}

extension Association.Context {
    /// Without role selection the requestor asks and the acceptor serves (PS3.7 D.3.3.4).
    fileprivate static func all(
        _ request: AssociateRequest, _ accepted: AssociateAccept, isRequestor: Bool
    ) -> [UInt8: Association.Context] {
        var contexts: [UInt8: Association.Context] = [:]
        for result in accepted.contexts where result.reason == .acceptance {
            // What was not proposed, neither side can have agreed to.
            guard let proposed = request.contexts.first(where: { $0.id == result.id }),
                proposed.transferSyntaxes.contains(result.transferSyntax)
            else { continue }
            let sopClass = proposed.abstractSyntax
            var user = true, provider = false
            if let asked = request.user.roles.first(where: { $0.sopClass == sopClass }),
                let granted = accepted.user.roles.first(where: { $0.sopClass == sopClass })
            {
                user = asked.user && granted.user
                provider = asked.provider && granted.provider
            }
            contexts[result.id] = Association.Context(
                id: result.id, abstractSyntax: sopClass, transferSyntax: result.transferSyntax,
                mayInvoke: isRequestor ? user : provider, mayPerform: isRequestor ? provider : user)
        }
        return contexts
    }
}

extension AsynchronousWindow {
    /// What both agreed on, from the requestor's side; one each without negotiation, 0 taken for very many (PS3.7 D.3.3.3).
    fileprivate static func agreed(
        _ request: AssociateRequest, _ accepted: AssociateAccept
    ) -> (invoked: Int, performed: Int) {
        guard let asked = request.user.asynchronousWindow, let granted = accepted.user.asynchronousWindow else {
            return (1, 1)
        }
        return (
            min(count(asked.invoked), count(granted.invoked)), min(count(asked.performed), count(granted.performed))
        )
    }

    private static func count(_ value: UInt16) -> Int { value == 0 ? 65_536 : Int(value) }

    /// The answer of an acceptor with these limits of its own: never more than was proposed.
    func answer(limits: AsynchronousWindow) -> AsynchronousWindow {
        func least(_ proposed: UInt16, _ own: UInt16) -> UInt16 {
            proposed == 0 ? own : own == 0 ? proposed : min(proposed, own)
        }
        return AsynchronousWindow(
            invoked: least(invoked, limits.performed), performed: least(performed, limits.invoked))
    }
}
