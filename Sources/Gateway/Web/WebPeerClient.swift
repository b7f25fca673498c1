internal import DICOMWeb
internal import Foundation
internal import NIOCore
internal import NIOSSL

extension DICOMWebClient {
    /// The DICOMweb service of a peer; nil for one that has none.
    ///
    /// The token is read anew for each request, so that somebody can replace it while the gateway runs.
    static func of(_ peer: GatewayConfiguration.Peer) throws(GatewayError) -> DICOMWebClient? {
        guard let url = peer.url else { return nil }
        var settings = WebClientSettings(url: url)
        settings.read = .milliseconds(peer.timeout)
        settings.write = .milliseconds(peer.timeout)
        settings.connections = max(1, peer.associations)
        if let tls = peer.tls {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            configuration.trustRoots = .certificates(try WebService.certificates(tls.roots))
            if let certificate = tls.certificate, let key = tls.key {
                configuration.certificateChain = try WebService.certificates(certificate).map { .certificate($0) }
                configuration.privateKey = .privateKey(
                    try GatewayError.wrapping("the private key for a peer cannot be read") {
                        try NIOSSLPrivateKey(file: key, format: .pem)
                    })
            }
            settings.tls = configuration
        }
        if let path = peer.token {
            settings.authorization = {
                guard let bytes = FileManager.default.contents(atPath: path),
                    let text = String(data: bytes, encoding: .utf8)?.trimmingCharacters(in: .whitespacesAndNewlines),
                    !text.isEmpty
                else { throw GatewayError(.storage, "the token for a peer cannot be read") }
                return "Bearer \(text)"
            }
        }
        return DICOMWebClient(settings)
    }
}
