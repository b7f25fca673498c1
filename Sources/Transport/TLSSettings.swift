/// Who is believed, and as whom one speaks.
public struct TLSSettings: Hashable, Sendable {
    /// A file of certificates (PEM) of authorities; nil for those of the system.
    public var authorities: String?
    /// A file with one's own certificate (PEM), and behind it those that lead to its authority.
    public var certificate: String?
    /// A file with its private key (PEM).
    public var key: String?
    /// What the other side's certificate must name; nil for the host that is connected to.
    public var serverName: String?

    public init(
        authorities: String? = nil, certificate: String? = nil, key: String? = nil, serverName: String? = nil
    ) {
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.serverName = serverName
    }
}
