/// Who asks, as far as the connection says: whatever an adapter knows of the asker goes in, proved or not, and nothing else
/// decides what is seen. What is not known is nil, and matches nothing.
public struct Principal: Hashable, Sendable {
    /// As which peers of the configuration it was recognised. More than one where what it showed is that of several: then what is said
    /// of each counts, and so the most restrictive of it.
    public var peers: Set<String>
    /// Of the A-ASSOCIATE-RQ (PS3.8 9.3.2). Anybody can claim an AE title: a table that names one should name an address, a
    /// certificate or a user, too.
    public var callingAETitle: String?
    /// Numerical, without port: `10.1.2.3`, `2001:db8::1`.
    public var address: String?
    /// That the asker holds the key of; verified by TLS before it is told here.
    public var certificate: Certificate?
    public var user: UserIdentity?
    public var token: Token?

    /// A client certificate.
    public struct Certificate: Hashable, Sendable {
        /// RFC 4514, as the adapter prints it: `CN=ws12,O=Hospital`.
        public var subject: String
        /// SHA-256 of the DER encoding, 64 small hexadecimal digits.
        public var fingerprint: String

        public init(subject: String, fingerprint: String) {
            self.subject = subject
            self.fingerprint = fingerprint
        }
    }

    /// User Identity Negotiation (PS3.7 D.3.3.7).
    public struct UserIdentity: Hashable, Sendable {
        public var name: String
        /// Whether a password, a ticket or an assertion was checked. A bare user name is a claim, and never matches.
        public var isProved: Bool

        public init(name: String, isProved: Bool) {
            self.name = name
            self.isProved = isProved
        }
    }

    /// A verified OpenID Connect token.
    public struct Token: Hashable, Sendable {
        public var issuer: String
        public var subject: String
        /// What people are called, for records: `preferred_username`, an e-mail address. The subject where there is none.
        public var name: String
        /// Claims with text, by name; several values for an array.
        public var claims: [String: Set<String>]
        /// Authentication Context Class Reference.
        public var acr: String?
        /// Authentication Methods References (RFC 8176): `pwd`, `otp`, `hwk`.
        public var amr: Set<String>

        public init(
            issuer: String, subject: String, name: String? = nil, claims: [String: Set<String>] = [:],
            acr: String? = nil, amr: Set<String> = []
        ) {
            self.issuer = issuer
            self.subject = subject
            self.name = name ?? subject
            self.claims = claims
            self.acr = acr
            self.amr = amr
        }
    }

    public init(
        peer: String? = nil, callingAETitle: String? = nil, address: String? = nil,
        certificate: Certificate? = nil, user: UserIdentity? = nil, token: Token? = nil
    ) {
        peers = []
        if let peer { peers.insert(peer) }
        self.callingAETitle = callingAETitle
        self.address = address
        self.certificate = certificate
        self.user = user
        self.token = token
    }

    /// The peer that it is for certain.
    public var peer: String? { peers.count == 1 ? peers.first : nil }

    /// The person as records name them: by what is proved best.
    public var name: String {
        let name =
            token?.name ?? (user?.isProved == true ? user?.name : nil) ?? certificate?.subject ?? callingAETitle
            ?? address ?? "unknown"
        let printable = String(name.unicodeScalars.filter { $0.properties.generalCategory != .control }.prefix(128))
        let trimmed = printable.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        return trimmed.isEmpty ? "unknown" : trimmed
    }

    /// What makes two askers one person, to whom a grant belongs: a proved identity; nil where nothing is proved.
    public var proof: String? {
        if let token { return "oidc \(token.issuer) \(token.subject)" }
        if let user, user.isProved { return "dimse \(user.name)" }
        if let certificate { return "x509 \(certificate.fingerprint)" }
        return nil
    }
}
