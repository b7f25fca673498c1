public import NIOCore
public import NIOSSL

/// Limits of one connection. No peer keeps us waiting longer than these say, nor holds more memory.
public struct ConnectionSettings: Sendable {
    public var limits = PDULimits()
    /// ARTIM (PS3.8 9.1.5): for the request after the connection, and for the end of the connection after the last word.
    public var artim: TimeAmount = .seconds(30)
    /// For each next PDU whole, within an association.
    public var idle: TimeAmount = .seconds(60)
    /// For the next response to what we asked: an archive may think long about a query.
    public var response: TimeAmount = .minutes(5)
    /// Operations that may be open at once, ours and the peer's, where the peer negotiates that (PS3.7 D.3.3.3).
    public var window = AsynchronousWindow(invoked: 8, performed: 8)
    public var connect: TimeAmount = .seconds(15)
    /// Nil: without TLS.
    public var tls: TLSConfiguration?

    public init() {}
}

extension TLSConfiguration {
    /// A listener by the BCP 195 profiles of PS3.15 B.9 and B.10: TLS 1.2 and 1.3, forward secrecy and authenticated
    /// encryption alone. With `clients`, peers must show a certificate that these vouch for.
    public static func dicomServer(
        chain: [NIOSSLCertificate], key: NIOSSLPrivateKey, clients: [NIOSSLCertificate]? = nil
    ) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.useBCP195()
        if let clients {
            configuration.trustRoots = .certificates(clients)
            configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }

    /// The same for whoever connects. The certificate of the peer must be vouched for by `roots` and name the host.
    public static func dicomClient(
        roots: [NIOSSLCertificate], chain: [NIOSSLCertificate] = [], key: NIOSSLPrivateKey? = nil
    ) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.useBCP195()
        configuration.trustRoots = .certificates(roots)
        configuration.certificateChain = chain.map { .certificate($0) }
        configuration.privateKey = key.map { .privateKey($0) }
        return configuration
    }

    private mutating func useBCP195() {
        minimumTLSVersion = .tlsv12
        cipherSuiteValues = [
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
    }
}
