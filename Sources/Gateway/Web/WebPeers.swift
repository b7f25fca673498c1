internal import DICOMWeb
internal import Foundation

/// Which peer of the configuration in force a caller of DICOMweb is.
struct WebPeers: Sendable {
    private let desk: GatewayDesk

    init(_ desk: GatewayDesk) { self.desk = desk }

    /// The peer that sends; nil where it could be several: what came from it goes where its routes lead, and nobody guesses them.
    func sender(_ caller: Caller) -> String? { only(caller, .send) }

    /// The peers that ask. Where what was shown is that of several, all of them: what each may see less of counts.
    func askers(_ caller: Caller) -> Set<String> { find(caller, .ask) }

    /// The peer that tells of patients; nil where it could be several.
    func teller(_ caller: Caller) -> String? { only(caller, .tell) }

    private func only(_ caller: Caller, _ role: GatewayConfiguration.Peer.Role) -> String? {
        let found = find(caller, role)
        return found.count == 1 ? found.first : nil
    }

    /// By the certificate that was shown or by a claim of the token, and by the address where the configuration names one: all that
    /// it says must be so. A peer of which it says neither is for associations, where it has an AE title: here everybody behind
    /// its address would be it.
    private func find(_ caller: Caller, _ role: GatewayConfiguration.Peer.Role) -> Set<String> {
        let found = desk.current.setup.configuration.peers.values.filter { peer in
            guard peer.roles.contains(role), peer.certificate != nil || peer.claim != nil else { return false }
            if let path = peer.certificate {
                guard let shown = caller.certificate, let pem = FileManager.default.contents(atPath: path),
                    let own = ClientCertificate(pem: Array(pem)), own.fingerprint == shown.fingerprint
                else { return false }
            }
            if let claim = peer.claim {
                guard let token = caller.token, token.words(at: claim.name).contains(claim.value) else { return false }
            }
            guard !peer.addresses.isEmpty else { return true }
            return caller.address.map { address in peer.addresses.contains { $0.contains(address) } } ?? false
        }
        return Set(found.map(\.id))
    }
}

extension VerifiedToken {
    /// The values of a claim; `scope` is one text of words (RFC 8693 4.2).
    func words(at path: String) -> [String] {
        let texts = values(at: path)
        return path == "scope" ? texts.flatMap { $0.split(separator: " ").map(String.init) } : texts
    }
}
