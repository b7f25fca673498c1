public import NIOCore
public import NIOSSL

/// Who asks for an association, by everything that is known: what they say, and what TLS proved.
public struct Asker: Sendable {
    public var request: AssociateRequest
    public var address: SocketAddress?
    /// Checked against the roots of the listener; nil without TLS or without client certificates.
    public var certificate: NIOSSLCertificate?
}

/// What the user of a server says to an asker.
public enum Answer: Sendable {
    case refuse(AssociateReject)
    case accept(Acceptance)
}

/// On which terms an association is accepted.
public struct Acceptance: Sendable {
    /// A result for each context of the request; those without one are refused.
    public var contexts: [ContextResult]
    public var services: Services
    public var roles: [RoleSelection] = []
    public var extended: [ExtendedNegotiation] = []
    /// For an identity that asked for one: a Kerberos ticket, a SAML or JWT response (PS3.7 D.3.3.7.2). It is sent only then; to a
    /// user name an empty one goes out by itself.
    public var identityResponse: [UInt8]?

    public init(contexts: [ContextResult], services: Services) {
        self.contexts = contexts
        self.services = services
    }

    /// What a policy makes of the request, for these services.
    public init(_ request: AssociateRequest, policy: ContextPolicy = ContextPolicy(), services: Services) {
        let offer = policy.offer(to: request, services: services)
        self.init(contexts: offer.contexts, services: services)
        roles = offer.roles
        extended = offer.extended
    }
}

/// Decides on associations.
public protocol AssociationProvider: Sendable {
    /// The identity, the titles, the address and the certificate are all there is to decide on; nothing has been checked but the
    /// certificate.
    func answer(_ asker: Asker) async -> Answer
}
