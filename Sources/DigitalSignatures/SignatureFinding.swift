public import Host

/// What can be said of a signature.
public enum SignatureState: String, CaseIterable, Hashable, Sendable {
    /// What was signed is as it was, and somebody whom the site trusts vouches for who signed.
    case valid
    /// What was signed is not as it was, or the signature is none.
    case invalid
    /// It cannot be told: an algorithm or a certificate that nobody knows here, nobody who vouches for it, a data set in another
    /// compression.
    case unverifiable
}

/// One signature, checked.
public struct SignatureFinding: Hashable, Sendable {
    public var place: String
    public var uid: String?
    public var state: SignatureState
    /// Lower case, no full stop, no values.
    public var reason: String
    /// When a time stamping authority saw it; nil without a certified time stamp that holds.
    public var certified: Instant?
    /// MD5, SHA-1 and RIPEMD-160 no longer prove that nobody made another data set with the same digest.
    public var isWeak: Bool

    public init(
        place: String, uid: String?, state: SignatureState, reason: String, certified: Instant? = nil,
        isWeak: Bool = false
    ) {
        self.place = place
        self.uid = uid
        self.state = state
        self.reason = reason
        self.certified = certified
        self.isWeak = isWeak
    }
}

extension [SignatureFinding] {
    /// The state of a data set: the worst of its signatures, invalid before unverifiable before valid; nil without any.
    public var state: SignatureState? {
        for state in [SignatureState.invalid, .unverifiable, .valid] where contains(where: { $0.state == state }) {
            return state
        }
        return nil
    }
}
