/// The seven protocol data units of PS3.8 9.3.
public enum PDU: Hashable, Sendable {
    case associateRequest(AssociateRequest)
    case associateAccept(AssociateAccept)
    case associateReject(AssociateReject)
    case data([PresentationDataValue])
    case releaseRequest
    case releaseResponse
    case abort(Abort)
}

/// A-ASSOCIATE-RQ (PS3.8 9.3.2).
public struct AssociateRequest: Hashable, Sendable {
    public var calledTitle: String
    public var callingTitle: String
    public var contexts: [PresentationContext]
    public var user: UserInformation
    public var applicationContext = AssociateRequest.dicomApplicationContext
    /// Bit 0 is version 1, the only one there is.
    public var protocolVersion: UInt16 = 1

    /// DICOM Application Context Name (PS3.7 A.2.1).
    public static let dicomApplicationContext = "1.2.840.10008.3.1.1.1"

    public init(calledTitle: String, callingTitle: String, contexts: [PresentationContext], user: UserInformation) {
        self.calledTitle = calledTitle
        self.callingTitle = callingTitle
        self.contexts = contexts
        self.user = user
    }
}

/// A SOP class and the transfer syntaxes that are proposed for it (PS3.8 9.3.2.2).
public struct PresentationContext: Hashable, Sendable {
    /// Odd, 1 to 255.
    public var id: UInt8
    public var abstractSyntax: String
    public var transferSyntaxes: [String]

    public init(id: UInt8, abstractSyntax: String, transferSyntaxes: [String]) {
        self.id = id
        self.abstractSyntax = abstractSyntax
        self.transferSyntaxes = transferSyntaxes
    }
}

/// A-ASSOCIATE-AC (PS3.8 9.3.3). Its titles are those of the request; they are sent back and not looked at.
public struct AssociateAccept: Hashable, Sendable {
    public var calledTitle: String
    public var callingTitle: String
    public var contexts: [ContextResult]
    public var user: UserInformation

    public init(calledTitle: String, callingTitle: String, contexts: [ContextResult], user: UserInformation) {
        self.calledTitle = calledTitle
        self.callingTitle = callingTitle
        self.contexts = contexts
        self.user = user
    }
}

/// What became of a proposed context (PS3.8 9.3.3.2).
public struct ContextResult: Hashable, Sendable {
    public enum Reason: UInt8, Hashable, Sendable {
        case acceptance = 0, userRejection = 1, noReason = 2, abstractSyntaxNotSupported = 3
        case transferSyntaxesNotSupported = 4
    }

    public var id: UInt8
    public var reason: Reason
    /// Means something only when accepted.
    public var transferSyntax: String

    public init(id: UInt8, reason: Reason, transferSyntax: String = "") {
        self.id = id
        self.reason = reason
        self.transferSyntax = transferSyntax
    }
}

/// A-ASSOCIATE-RJ (PS3.8 9.3.4): result, source and reason, of which the standard names the sensible combinations.
public struct AssociateReject: Error, Hashable, Sendable {
    public var isTransient: Bool
    /// 1 the service user, 2 the provider (ACSE), 3 the provider (presentation).
    public var source: UInt8
    public var reason: UInt8

    public init(isTransient: Bool = false, source: UInt8, reason: UInt8) {
        self.isTransient = isTransient
        self.source = source
        self.reason = reason
    }

    public static let noReason = AssociateReject(source: 1, reason: 1)
    public static let applicationContextNotSupported = AssociateReject(source: 1, reason: 2)
    public static let callingTitleNotRecognized = AssociateReject(source: 1, reason: 3)
    public static let calledTitleNotRecognized = AssociateReject(source: 1, reason: 7)
    public static let protocolVersionNotSupported = AssociateReject(source: 2, reason: 2)
    public static let temporaryCongestion = AssociateReject(isTransient: true, source: 3, reason: 1)
    public static let localLimitExceeded = AssociateReject(isTransient: true, source: 3, reason: 2)
}

/// A-ABORT (PS3.8 9.3.8).
public struct Abort: Error, Hashable, Sendable {
    /// 0 the service user, 2 the provider.
    public var source: UInt8
    public var reason: UInt8

    public init(source: UInt8, reason: UInt8 = 0) {
        self.source = source
        self.reason = reason
    }

    public static let byUser = Abort(source: 0)
    public static let unrecognizedPDU = Abort(source: 2, reason: 1)
    public static let unexpectedPDU = Abort(source: 2, reason: 2)
    public static let invalidParameter = Abort(source: 2, reason: 6)
}

/// A piece of a command or a data set (PS3.8 9.3.5.1 and E.2).
public struct PresentationDataValue: Hashable, Sendable {
    public var contextID: UInt8
    public var isCommand: Bool
    public var isLast: Bool
    public var bytes: ArraySlice<UInt8>

    public init(contextID: UInt8, isCommand: Bool, isLast: Bool, bytes: ArraySlice<UInt8>) {
        self.contextID = contextID
        self.isCommand = isCommand
        self.isLast = isLast
        self.bytes = bytes
    }
}
