/// What two application entities tell each other beside contexts (PS3.7 D.3.3).
public struct UserInformation: Hashable, Sendable {
    /// The longest P-DATA-TF that its sender takes; 0 means any (PS3.8 D.1).
    public var maximumLength: UInt32
    public var implementationClassUID: String
    public var implementationVersionName: String?
    public var asynchronousWindow: AsynchronousWindow?
    public var roles: [RoleSelection] = []
    public var extended: [ExtendedNegotiation] = []
    public var commonExtended: [CommonExtendedNegotiation] = []
    /// In a request.
    public var identity: UserIdentity?
    /// In an acceptance: what the acceptor answers to an identity that asked for it (PS3.7 D.3.3.7.2).
    public var identityResponse: [UInt8]?

    public init(maximumLength: UInt32, implementationClassUID: String, implementationVersionName: String? = nil) {
        self.maximumLength = maximumLength
        self.implementationClassUID = implementationClassUID
        self.implementationVersionName = implementationVersionName
    }
}

/// How many operations may be outstanding; 0 means any number (PS3.7 D.3.3.3).
public struct AsynchronousWindow: Hashable, Sendable {
    public var invoked: UInt16
    public var performed: UInt16

    public init(invoked: UInt16, performed: UInt16) {
        self.invoked = invoked
        self.performed = performed
    }
}

/// Which roles the requestor would have for a SOP class, or may have (PS3.7 D.3.3.4).
public struct RoleSelection: Hashable, Sendable {
    public var sopClass: String
    public var user: Bool
    public var provider: Bool

    public init(sopClass: String, user: Bool, provider: Bool) {
        self.sopClass = sopClass
        self.user = user
        self.provider = provider
    }
}

/// Bytes whose meaning the service class of the SOP class gives (PS3.7 D.3.3.5).
public struct ExtendedNegotiation: Hashable, Sendable {
    public var sopClass: String
    public var information: [UInt8]

    public init(sopClass: String, information: [UInt8]) {
        self.sopClass = sopClass
        self.information = information
    }
}

/// The service class of a SOP class, and the general ones it specialises (PS3.7 D.3.3.6).
public struct CommonExtendedNegotiation: Hashable, Sendable {
    public var sopClass: String
    public var serviceClass: String
    public var relatedGeneral: [String]

    public init(sopClass: String, serviceClass: String, relatedGeneral: [String] = []) {
        self.sopClass = sopClass
        self.serviceClass = serviceClass
        self.relatedGeneral = relatedGeneral
    }
}

/// Who asks (PS3.7 D.3.3.7). Secrets are in it: it has no description that shows them.
public struct UserIdentity: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    public enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case username = 1, usernameAndPasscode = 2, kerberos = 3, saml = 4, jwt = 5
    }

    public var kind: Kind
    public var wantsResponse: Bool
    public var primary: [UInt8]
    /// The passcode of `usernameAndPasscode`.
    public var secondary: [UInt8]

    public init(_ kind: Kind, primary: [UInt8], secondary: [UInt8] = [], wantsResponse: Bool = false) {
        self.kind = kind
        self.primary = primary
        self.secondary = secondary
        self.wantsResponse = wantsResponse
    }

    public var description: String { "user identity of type \(kind.rawValue)" }
    public var customMirror: Mirror { Mirror(self, children: ["kind": kind]) }
}
