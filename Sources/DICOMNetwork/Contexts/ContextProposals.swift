/// The presentation contexts of a request, and the roles that go with them. There are at most 128.
public struct ContextProposals: Hashable, Sendable {
    public static let maximum = 128

    public private(set) var contexts: [PresentationContext] = []
    public private(set) var roles: [RoleSelection] = []
    /// What found no room: pairs of SOP class and transfer syntax for another association.
    public private(set) var leftOut: [Pair] = []

    /// One kind of object as it is.
    public struct Pair: Hashable, Sendable {
        public var sopClass: String
        public var transferSyntax: String

        public init(sopClass: String, transferSyntax: String) {
            self.sopClass = sopClass
            self.transferSyntax = transferSyntax
        }
    }

    public init() {}

    /// One context, of which the peer chooses the transfer syntax.
    ///
    /// - Returns: false, and nothing is added, when there are 128.
    @discardableResult public mutating func ask(
        _ sopClass: String, in transferSyntaxes: [String] = TransferSyntaxes.identifiers
    ) -> Bool {
        guard contexts.count < Self.maximum, !transferSyntaxes.isEmpty else { return false }
        contexts.append(
            PresentationContext(
                id: UInt8(2 * contexts.count + 1), abstractSyntax: sopClass, transferSyntaxes: transferSyntaxes))
        return true
    }

    /// Contexts for objects that are to be sent as they are: one for each pair, so that the peer says of each transfer syntax
    /// whether it takes it. Pairs come once. Where there is no room for another context, they are in `leftOut`.
    ///
    /// - Parameter alternatives: transfer syntaxes into which the caller can turn an object. They are proposed in one more
    ///   context for each SOP class, where there is room after the pairs.
    public mutating func send(_ pairs: [Pair], alternatives: [String] = []) {
        var seen: Set<Pair> = []
        let distinct = pairs.filter { seen.insert($0).inserted }
        for pair in distinct where !ask(pair.sopClass, in: [pair.transferSyntax]) { leftOut.append(pair) }
        guard !alternatives.isEmpty else { return }
        var classes: Set<String> = []
        for pair in distinct where classes.insert(pair.sopClass).inserted { ask(pair.sopClass, in: alternatives) }
    }

    /// A context in which the peer is to send us something: objects of a C-GET (PS3.4 C.4.3), or, when `user` is set too, both ways.
    ///
    /// - Returns: false, and nothing is added, when there are 128.
    @discardableResult public mutating func receive(
        _ sopClass: String, in transferSyntaxes: [String] = TransferSyntaxes.registered, alsoSend: Bool = false
    ) -> Bool {
        guard ask(sopClass, in: transferSyntaxes) else { return false }
        let role = RoleSelection(sopClass: sopClass, user: alsoSend, provider: true)
        if let index = roles.firstIndex(where: { $0.sopClass == sopClass }) {
            roles[index].user = roles[index].user || alsoSend
        } else {
            roles.append(role)
        }
        return true
    }
}

extension AssociateRequest {
    /// A request of ours with these contexts.
    ///
    /// - Parameter window: operations to have open at once; nil negotiates nothing, which means one.
    public init(
        calledTitle: String, callingTitle: String, _ proposals: ContextProposals,
        window: AsynchronousWindow? = nil, identity: UserIdentity? = nil, limits: PDULimits = PDULimits()
    ) {
        var user = UserInformation(
            maximumLength: UInt32(clamping: limits.dataPDULength), implementationClassUID: Implementation.classUID,
            implementationVersionName: Implementation.versionName)
        user.roles = proposals.roles
        user.asynchronousWindow = window
        user.identity = identity
        self.init(
            calledTitle: calledTitle, callingTitle: callingTitle, contexts: proposals.contexts, user: user)
    }
}
