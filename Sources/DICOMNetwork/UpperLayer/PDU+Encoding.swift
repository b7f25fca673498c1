extension PDU {
    /// The whole PDU, header and body.
    public var encoded: [UInt8] {
        switch self {
        case .associateRequest(let request): Self.encoded(1) { request.encode(into: &$0) }
        case .associateAccept(let accept): Self.encoded(2) { accept.encode(into: &$0) }
        case .associateReject(let reject):
            Self.encoded(3) { $0 += [0, reject.isTransient ? 2 : 1, reject.source, reject.reason] }
        case .data(let values): Self.encoded(4) { for value in values { value.encode(into: &$0) } }
        case .releaseRequest: Self.encoded(5) { $0 += [0, 0, 0, 0] }
        case .releaseResponse: Self.encoded(6) { $0 += [0, 0, 0, 0] }
        case .abort(let abort): Self.encoded(7) { $0 += [0, 0, abort.source, abort.reason] }
        }
    }

    private static func encoded(_ type: UInt8, _ body: (inout [UInt8]) -> Void) -> [UInt8] {
        var bytes = [type, 0, 0, 0, 0, 0]
        body(&bytes)
        let length = bytes.count - headerLength
        for index in 0..<4 { bytes[2 + index] = UInt8(truncatingIfNeeded: length >> (24 - 8 * index)) }
        return bytes
    }
}

extension PresentationDataValue {
    fileprivate func encode(into out: inout [UInt8]) {
        out.append(long: bytes.count + 2)
        out += [contextID, (isCommand ? 1 : 0) | (isLast ? 2 : 0)]
        out += bytes
    }
}

private func appendHead(_ version: UInt16, _ called: String, _ calling: String, to out: inout [UInt8]) {
    out.append(word: Int(version))
    out += [0, 0]
    for title in [called, calling] {
        let bytes = Array(title.utf8.prefix(16))
        out += bytes + [UInt8](repeating: 0x20, count: 16 - bytes.count)
    }
    out += [UInt8](repeating: 0, count: 32)
}

extension AssociateRequest {
    fileprivate func encode(into out: inout [UInt8]) {
        appendHead(protocolVersion, calledTitle, callingTitle, to: &out)
        out.appendItem(0x10) { $0 += applicationContext.utf8 }
        for context in contexts {
            out.appendItem(0x20) {
                $0 += [context.id, 0, 0, 0]
                $0.appendItem(0x30) { $0 += context.abstractSyntax.utf8 }
                for syntax in context.transferSyntaxes { $0.appendItem(0x40) { $0 += syntax.utf8 } }
            }
        }
        out.appendItem(0x50) { user.encode(into: &$0) }
    }
}

extension AssociateAccept {
    fileprivate func encode(into out: inout [UInt8]) {
        appendHead(1, calledTitle, callingTitle, to: &out)
        out.appendItem(0x10) { $0 += AssociateRequest.dicomApplicationContext.utf8 }
        for context in contexts {
            out.appendItem(0x21) {
                $0 += [context.id, 0, context.reason.rawValue, 0]
                // A refused context carries one too, which nobody tests; peers exist that want it there.
                $0.appendItem(0x40) { $0 += context.transferSyntax.utf8 }
            }
        }
        out.appendItem(0x50) { user.encode(into: &$0) }
    }
}

extension UserInformation {
    fileprivate func encode(into out: inout [UInt8]) {
        out.appendItem(0x51) { $0.append(long: Int(maximumLength)) }
        if !implementationClassUID.isEmpty { out.appendItem(0x52) { $0 += implementationClassUID.utf8 } }
        if let window = asynchronousWindow {
            out.appendItem(0x53) {
                $0.append(word: Int(window.invoked))
                $0.append(word: Int(window.performed))
            }
        }
        for role in roles {
            out.appendItem(0x54) {
                $0.appendCounted { $0 += role.sopClass.utf8 }
                $0 += [role.user ? 1 : 0, role.provider ? 1 : 0]
            }
        }
        if let name = implementationVersionName { out.appendItem(0x55) { $0 += name.utf8.prefix(16) } }
        for item in extended {
            out.appendItem(0x56) {
                $0.appendCounted { $0 += item.sopClass.utf8 }
                $0 += item.information
            }
        }
        for item in commonExtended {
            out.appendItem(0x57) {
                $0.appendCounted { $0 += item.sopClass.utf8 }
                $0.appendCounted { $0 += item.serviceClass.utf8 }
                $0.appendCounted { for uid in item.relatedGeneral { $0.appendCounted { $0 += uid.utf8 } } }
            }
        }
        if let identity {
            out.appendItem(0x58) {
                $0 += [identity.kind.rawValue, identity.wantsResponse ? 1 : 0]
                $0.appendCounted { $0 += identity.primary }
                $0.appendCounted { $0 += identity.secondary }
            }
        }
        if let identityResponse { out.appendItem(0x59) { $0.appendCounted { $0 += identityResponse } } }
    }
}
