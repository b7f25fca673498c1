internal import Host
internal import Registry

/// By what somebody sees whom a study is about.
enum Sight: Hashable, Sendable {
    case role
    /// Broken glass, by the number of the grant.
    case grant(Int64)

    /// For the custody log.
    var facts: [(String, String)] {
        switch self {
        case .role: []
        case .grant(let id): [("grant", "\(id)")]
        }
    }
}

extension Session {
    /// What makes somebody that person to a grant: the console has checked password and code. A grant is nobody else's.
    var proof: String {
        switch origin {
        case .password, .token: "console \(AccountStore.key(account))"
        // A subject tells small letters from capitals; and what stands on the log is one line.
        case .provider(let subject, _): "console-provider \(ContentDigest(of: subject.utf8).hexadecimal)"
        }
    }
}

extension Exchange {
    /// Nil for who sees no patient, and has no grant for this one.
    func sight(ofStudy uid: String) throws -> Sight? {
        if may(.seePatients) { return .role }
        guard let session else { return nil }
        let grants = try registry.grants(runningFor: session.proof, at: time)
        guard !grants.isEmpty else { return nil }
        if let own = grants.first(where: { $0.scope == .study(uid) }) { return .grant(own.id) }
        let patients = try study(uid).patients
        // Of a study that names several every one must be meant: what else it shows is nobody's emergency.
        let own = grants.first { grant in
            guard case .patient(let patient) = grant.scope, !patients.isEmpty else { return false }
            return patients.allSatisfy { patient.id == $0.id && (patient.issuer == nil || patient.issuer == $0.issuer) }
        }
        return own.map { .grant($0.id) }
    }
}
