import Host
import NIOCore
import NIOSSL
import SwiftASN1
import X509

extension ClientCertificate {
    /// What the peer of a TLS connection showed; nil when it showed none.
    static func shown(on channel: any Channel) async -> ClientCertificate? {
        guard let certificate = try? await channel.nioSSL_peerCertificate().get(),
            let der = try? certificate.toDERBytes()
        else { return nil }
        return ClientCertificate(der: der)
    }

    /// - Parameter der: a certificate that was checked.
    public init?(der: [UInt8]) {
        guard let certificate = try? Certificate(derEncoded: der) else { return nil }
        self.init(
            subject: certificate.subject.description, fingerprint: ContentDigest(of: der).hexadecimal)
    }
}

extension ClientCertificate {
    /// - Parameter pem: a certificate, the first should there be several.
    public init?(pem: [UInt8]) {
        guard let certificate = try? NIOSSLCertificate.fromPEMBytes(pem).first, let der = try? certificate.toDERBytes()
        else { return nil }
        self.init(der: der)
    }
}
