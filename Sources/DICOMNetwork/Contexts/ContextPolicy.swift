/// Which presentation contexts are accepted, and in which of the transfer syntaxes that a peer proposes.
///
/// Services decide what is accepted at all: objects where they are stored (or given by C-GET to whoever takes the SCP role),
/// queries where they are answered, and C-ECHO always. This says the rest.
public struct ContextPolicy: Sendable {
    /// Who chooses among the transfer syntaxes of one context.
    public enum Preference: Hashable, Sendable {
        /// The first of ours that the peer proposes.
        case ours
        /// The first that the peer proposes and we take. The standard gives its order no meaning; many senders put there what they
        /// have the object in.
        case theirs
    }

    /// SOP classes of objects.
    public var storageClasses: Set<String> = StorageClasses.all
    /// SOP classes that PS3.6 does not have are taken as objects, too: those of vendors. A SOP class that the request itself says to
    /// be one of storage (common extended negotiation) is taken in any case.
    public var takesPrivateStorage = true
    /// For objects, in our order. Compressed ones are taken as they are; nothing is ever transcoded here.
    public var storageSyntaxes = TransferSyntaxes.registered
    public var preference = Preference.ours
    /// Information models for C-FIND, C-MOVE and C-GET.
    public var findClasses = ServiceClasses.find
    public var moveClasses = ServiceClasses.move
    public var getClasses = ServiceClasses.get
    /// For everything that is no object: what the handlers can read.
    public var identifierSyntaxes = TransferSyntaxes.identifiers
    /// What our queries can do beside the baseline.
    public var querySupport: QuerySupport = []
    /// What is answered to an extended negotiation of storage (PS3.4 B.3.1.4); nil for no answer.
    public var storageSupport: StorageSupport?

    public init() {}

    /// What goes into the answer to a request.
    public struct Offer: Hashable, Sendable {
        public var contexts: [ContextResult]
        public var roles: [RoleSelection]
        public var extended: [ExtendedNegotiation]
    }

    public func offer(to request: AssociateRequest, services: Services) -> Offer {
        let kinds = Kinds(self, request, services)
        var accepted: Set<String> = []
        let contexts = request.contexts.map { context in
            let result = result(of: context, kinds)
            if result.reason == .acceptance { accepted.insert(context.abstractSyntax) }
            return result
        }
        let roles = request.user.roles.filter { accepted.contains($0.sopClass) }.map { kinds.granted($0) }
        let extended = request.user.extended.filter { accepted.contains($0.sopClass) }.compactMap { item in
            kinds.of(item.sopClass).flatMap { information(for: item, $0) }.map {
                ExtendedNegotiation(sopClass: item.sopClass, information: $0)
            }
        }
        return Offer(contexts: contexts, roles: roles, extended: extended)
    }

    private func result(of context: PresentationContext, _ kinds: Kinds) -> ContextResult {
        guard let kind = kinds.of(context.abstractSyntax), kinds.isServed(context.abstractSyntax, kind) else {
            return ContextResult(id: context.id, reason: .abstractSyntaxNotSupported)
        }
        let ours = kind == .storage ? storageSyntaxes : identifierSyntaxes
        let proposed = context.transferSyntaxes
        let chosen =
            preference == .theirs && kind == .storage
            ? proposed.first { ours.contains($0) } : ours.first { proposed.contains($0) }
        guard let chosen else { return ContextResult(id: context.id, reason: .transferSyntaxesNotSupported) }
        return ContextResult(id: context.id, reason: .acceptance, transferSyntax: chosen)
    }

    private func information(for item: ExtendedNegotiation, _ kind: Kinds.Kind) -> [UInt8]? {
        switch kind {
        case .find: querySupport.answer(toFind: item.information)
        case .move, .get: querySupport.answer(toRetrieve: item.information)
        case .storage: storageSupport?.information
        case .verification, .commitment: nil
        }
    }
}
