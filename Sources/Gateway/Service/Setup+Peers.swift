internal import DICOMNetwork
internal import Host
internal import NIOCore
internal import NIOSSL

extension Setup {
    /// The peers that call, the one that sends or asks first; none for a stranger. Who is to show a certificate and shows another, or
    /// none, is one; so is who could be two that send or ask.
    ///
    /// One system may be several peers: one from which objects come, and others that commit to what they got, or are the archive.
    func callers(title: String, address: String?, certificate: NIOSSLCertificate?) -> [GatewayConfiguration.Peer] {
        func begins(_ peer: GatewayConfiguration.Peer) -> Bool { !peer.roles.isDisjoint(with: [.send, .ask]) }
        let found = configuration.peers.values.filter { peer in
            // The archive calls, too, to bring what we had it move to us.
            let isArchive = configuration.archive.map { $0.peer == peer.id && $0.retrieval == .move } ?? false
            guard begins(peer) || peer.commits || isArchive else { return false }
            // Who is known by a token calls by DICOMweb alone.
            guard peer.claim == nil else { return false }
            if let own = peer.title, own != title { return false }
            if !peer.addresses.isEmpty {
                guard let address, peer.addresses.contains(where: { $0.contains(address) }) else { return false }
            }
            guard let path = peer.certificate else { return peer.title != nil }
            guard let certificate, let own = try? NIOSSLCertificate.fromPEMFile(path).first else { return false }
            return own == certificate
        }
        guard found.count(where: begins) <= 1 else { return [] }
        return found.sorted { (begins($0) ? 0 : 1, $0.id) < (begins($1) ? 0 : 1, $1.id) }
    }

    /// How we call a peer.
    func settings(for peer: GatewayConfiguration.Peer) throws(GatewayError) -> ConnectionSettings {
        var settings = ConnectionSettings()
        settings.response = .milliseconds(peer.timeout)
        settings.idle = .milliseconds(peer.timeout)
        settings.connect = .milliseconds(min(peer.timeout, 15_000))
        if let tls = peer.tls {
            settings.tls = try TLSFiles.wrapping {
                .dicomClient(
                    roots: try NIOSSLCertificate.fromPEMFile(tls.roots),
                    chain: try tls.certificate.map { try NIOSSLCertificate.fromPEMFile($0) } ?? [],
                    key: try tls.key.map { try NIOSSLPrivateKey(file: $0, format: .pem) })
            }
        }
        return settings
    }
}

/// Certificates and keys from their files.
enum TLSFiles {
    static func wrapping<Result>(_ work: () throws -> Result) throws(GatewayError) -> Result {
        do { return try work() } catch {
            throw GatewayError(
                .arguments, "a certificate or a key cannot be read: give PEM files, the key without a passphrase")
        }
    }

    /// For a listener.
    static func server(_ tls: GatewayConfiguration.ServerTLS) throws(GatewayError) -> TLSConfiguration {
        var configuration = try wrapping {
            TLSConfiguration.dicomServer(
                chain: try NIOSSLCertificate.fromPEMFile(tls.certificate),
                key: try NIOSSLPrivateKey(file: tls.key, format: .pem),
                clients: try tls.clients.map { try NIOSSLCertificate.fromPEMFile($0) })
        }
        if tls.minimum == "1.3" { configuration.minimumTLSVersion = .tlsv13 }
        return configuration
    }
}
