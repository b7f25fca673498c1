package import Access
package import DICOMNetwork
internal import Host
internal import NIOCore
internal import NIOSSL

extension Principal {
    /// Who asks for an association, by all that the connection says.
    ///
    /// - Parameters:
    ///   - peer: of the configuration that it was recognised as.
    ///   - subject: reads the subject of a certificate in DER, as RFC 4514 writes it.
    ///   - proof: what became of the user identity, where somebody could check it; nil for none, and then a name is a claim.
    package init(
        _ asker: Asker, peer: String?, subject: (_ certificate: [UInt8]) -> String?, proof: IdentityProof? = nil
    ) {
        self.init(
            peer: peer, callingAETitle: asker.request.callingTitle, address: asker.address?.ipAddress)
        if let der = try? asker.certificate?.toDERBytes() {
            certificate = Certificate(
                subject: subject(der) ?? "", fingerprint: ContentDigest(of: der).hexadecimal)
        }
        switch proof {
        case .user(let name)?: user = UserIdentity(name: name, isProved: true)
        case .token(let verified)?: token = verified
        case nil:
            // A user name without a passcode proves nothing (PS3.7 D.3.3.7.1).
            if let identity = asker.request.user.identity,
                identity.kind == .username || identity.kind == .usernameAndPasscode
            {
                user = UserIdentity(name: String(decoding: identity.primary, as: UTF8.self), isProved: false)
            }
        }
    }

    /// What a DIMSE user identity came to when it was checked (PS3.7 D.3.3.7): a passcode, a ticket or an assertion that names a
    /// user, or a JSON Web Token.
    package enum IdentityProof: Sendable {
        case user(String)
        case token(Token)
    }
}
