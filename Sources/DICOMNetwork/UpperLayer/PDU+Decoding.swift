extension PDU {
    /// The header of every PDU: type, reserved byte, length.
    public static let headerLength = 6

    /// The whole length of a PDU by its first six bytes, refused there when it is too long, before any of it is waited for.
    public static func length(header: ArraySlice<UInt8>, limits: PDULimits) throws(PDUError) -> Int {
        var reader = ByteReader(header, subject: "PDU", base: header.startIndex)
        let type = try reader.byte()
        guard (1...7).contains(type) else { throw PDUError(.unknownType, at: 0, "PDU") }
        try reader.skip(1)
        let length = Int(try reader.long())
        let limit = type == 4 ? limits.dataPDULength : limits.controlPDULength
        guard length <= limit else { throw PDUError(.tooLong, at: 2, "PDU of type \(type)") }
        return headerLength + length
    }

    /// Reads one whole PDU; `bytes` are its header and body and no more.
    public init(decoding bytes: ArraySlice<UInt8>, limits: PDULimits = PDULimits()) throws(PDUError) {
        guard try Self.length(header: bytes.prefix(6), limits: limits) == bytes.count else {
            throw PDUError(.truncated, at: bytes.count, "PDU")
        }
        var reader = ByteReader(bytes, subject: "PDU", base: bytes.startIndex)
        let type = try reader.byte()
        try reader.skip(5)
        switch type {
        case 1: self = .associateRequest(try AssociateRequest(&reader, limits))
        case 2: self = .associateAccept(try AssociateAccept(&reader, limits))
        case 3:
            try reader.skip(1)
            let result = try reader.byte()
            guard result == 1 || result == 2 else { throw reader.error(.invalidValue) }
            self = .associateReject(
                AssociateReject(isTransient: result == 2, source: try reader.byte(), reason: try reader.byte()))
        case 4: self = .data(try Self.dataValues(&reader))
        case 5, 6:
            try reader.skip(4)
            self = type == 5 ? .releaseRequest : .releaseResponse
        default:
            try reader.skip(2)
            self = .abort(Abort(source: try reader.byte(), reason: try reader.byte()))
        }
        try reader.expectEnd()
    }

    private static func dataValues(_ reader: inout ByteReader) throws(PDUError) -> [PresentationDataValue] {
        var values: [PresentationDataValue] = []
        while !reader.isAtEnd {
            let length = Int(try reader.long())
            guard length >= 2 else { throw reader.error(.invalidValue) }
            var item = try reader.part(length, "presentation data value")
            let id = try item.byte(), control = try item.byte()
            guard !id.isMultiple(of: 2) else { throw item.error(.invalidValue) }
            values.append(
                PresentationDataValue(
                    contextID: id, isCommand: control & 1 != 0, isLast: control & 2 != 0, bytes: item.rest()))
        }
        guard !values.isEmpty else { throw reader.error(.missingItem) }
        return values
    }
}

extension AssociateRequest {
    fileprivate init(_ reader: inout ByteReader, _ limits: PDULimits) throws(PDUError) {
        let head = try AssociateHead(&reader)
        var contexts: [PresentationContext] = []
        var application: String?, user: UserInformation?
        while !reader.isAtEnd {
            let type = try reader.byte()
            try reader.skip(1)
            var item = try reader.counted("item \(type) of A-ASSOCIATE-RQ")
            switch type {
            case 0x10: application = try item.uid()
            case 0x20:
                guard contexts.count < limits.presentationContexts else { throw item.error(.tooLong) }
                let context = try PresentationContext(&item, limits)
                guard !contexts.contains(where: { $0.id == context.id }) else { throw item.error(.invalidValue) }
                contexts.append(context)
            case 0x50: user = try UserInformation(&item, limits)
            default: break  // PS3.8 9.3.1: items that are not known are skipped
            }
        }
        guard let application, let user, !contexts.isEmpty else { throw reader.error(.missingItem) }
        self.init(calledTitle: head.called, callingTitle: head.calling, contexts: contexts, user: user)
        applicationContext = application
        protocolVersion = head.version
    }
}

extension AssociateAccept {
    fileprivate init(_ reader: inout ByteReader, _ limits: PDULimits) throws(PDUError) {
        let head = try AssociateHead(&reader, checked: false)
        var contexts: [ContextResult] = []
        var user: UserInformation?
        while !reader.isAtEnd {
            let type = try reader.byte()
            try reader.skip(1)
            var item = try reader.counted("item \(type) of A-ASSOCIATE-AC")
            switch type {
            case 0x21:
                guard contexts.count < limits.presentationContexts else { throw item.error(.tooLong) }
                contexts.append(try ContextResult(&item))
            case 0x50: user = try UserInformation(&item, limits)
            default: break
            }
        }
        guard let user else { throw reader.error(.missingItem) }
        self.init(calledTitle: head.called, callingTitle: head.calling, contexts: contexts, user: user)
    }
}

/// The fixed part of a request and an acceptance.
private struct AssociateHead {
    let version: UInt16
    let called: String
    let calling: String

    init(_ reader: inout ByteReader, checked: Bool = true) throws(PDUError) {
        version = try reader.word()
        try reader.skip(2)
        var calledPart = try reader.part(16, "called AE title"), callingPart = try reader.part(16, "calling AE title")
        // In an acceptance the titles are reserved and shall not be tested (PS3.8 9.3.3).
        called = checked ? try calledPart.text() : (try? calledPart.text()) ?? ""
        calling = checked ? try callingPart.text() : (try? callingPart.text()) ?? ""
        try reader.skip(32)
    }
}

extension PresentationContext {
    fileprivate init(_ item: inout ByteReader, _ limits: PDULimits) throws(PDUError) {
        let id = try item.byte()
        guard !id.isMultiple(of: 2) else { throw item.error(.invalidValue) }
        try item.skip(3)
        var abstract: String?
        var transfers: [String] = []
        while !item.isAtEnd {
            let type = try item.byte()
            try item.skip(1)
            var part = try item.counted("item \(type) of a presentation context")
            switch type {
            case 0x30: abstract = try part.uid()
            case 0x40:
                guard transfers.count < limits.transferSyntaxes else { throw part.error(.tooLong) }
                transfers.append(try part.uid())
            default: break
            }
        }
        guard let abstract, !transfers.isEmpty else { throw item.error(.missingItem) }
        self.init(id: id, abstractSyntax: abstract, transferSyntaxes: transfers)
    }
}

extension ContextResult {
    fileprivate init(_ item: inout ByteReader) throws(PDUError) {
        let id = try item.byte()
        guard !id.isMultiple(of: 2) else { throw item.error(.invalidValue) }
        try item.skip(1)
        guard let reason = Reason(rawValue: try item.byte()) else { throw item.error(.invalidValue) }
        try item.skip(1)
        var transfer = ""
        while !item.isAtEnd {
            let type = try item.byte()
            try item.skip(1)
            var part = try item.counted("transfer syntax")
            // Of a context that is not accepted it shall not be tested (PS3.8 9.3.3.2).
            if type == 0x40, reason == .acceptance { transfer = try part.uid() }
        }
        guard reason != .acceptance || !transfer.isEmpty else { throw item.error(.missingItem) }
        self.init(id: id, reason: reason, transferSyntax: transfer)
    }
}

extension UserInformation {
    fileprivate init(_ reader: inout ByteReader, _ limits: PDULimits) throws(PDUError) {
        // Class UIDs and lengths are mandatory; what leaves them out is still understood.
        self.init(maximumLength: 0, implementationClassUID: "")
        var count = 0
        while !reader.isAtEnd {
            count += 1
            guard count <= limits.userItems else { throw reader.error(.tooLong) }
            let type = try reader.byte()
            try reader.skip(1)
            var item = try reader.counted("user information item \(type)")
            switch type {
            case 0x51: maximumLength = try item.long()
            case 0x52: implementationClassUID = try item.uid()
            case 0x53: asynchronousWindow = .init(invoked: try item.word(), performed: try item.word())
            case 0x54:
                var uid = try item.counted("SOP class of a role selection")
                roles.append(
                    .init(sopClass: try uid.uid(), user: try item.byte() == 1, provider: try item.byte() == 1))
            case 0x55: implementationVersionName = try item.text()
            case 0x56:
                var uid = try item.counted("SOP class of an extended negotiation")
                extended.append(.init(sopClass: try uid.uid(), information: Array(item.rest())))
            case 0x57: commonExtended.append(try CommonExtendedNegotiation(&item, limits))
            case 0x58:
                // There is one at most (PS3.7 D.3.3.7): of two, one that is checked might not be the one that counts.
                guard identity == nil else { throw item.error(.invalidValue) }
                identity = try UserIdentity(&item)
            case 0x59:
                var response = try item.counted("response to a user identity")
                identityResponse = Array(response.rest())
            default: _ = item.rest()
            }
            try item.expectEnd()
        }
    }
}

extension CommonExtendedNegotiation {
    fileprivate init(_ item: inout ByteReader, _ limits: PDULimits) throws(PDUError) {
        var sopClass = try item.counted("SOP class"), service = try item.counted("service class")
        self.init(sopClass: try sopClass.uid(), serviceClass: try service.uid())
        var related = try item.counted("related general SOP classes")
        while !related.isAtEnd {
            guard relatedGeneral.count < limits.userItems else { throw related.error(.tooLong) }
            var uid = try related.counted("related general SOP class")
            relatedGeneral.append(try uid.uid())
        }
        // Versions after 0 may add fields (PS3.7 D.3.3.6.1).
        _ = item.rest()
    }
}

extension UserIdentity {
    fileprivate init(_ item: inout ByteReader) throws(PDUError) {
        guard let kind = Kind(rawValue: try item.byte()) else { throw item.error(.invalidValue) }
        let wantsResponse = try item.byte() == 1
        var primary = try item.counted("primary field of a user identity")
        var secondary = try item.counted("secondary field of a user identity")
        self.init(
            kind, primary: Array(primary.rest()), secondary: Array(secondary.rest()), wantsResponse: wantsResponse)
    }
}
