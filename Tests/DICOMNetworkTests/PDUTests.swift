import DICOMNetwork
import Testing

struct PDUTests {
    /// Everything that a request can carry.
    static let fullRequest: AssociateRequest = {
        var user = UserInformation(
            maximumLength: 16384, implementationClassUID: "1.2.826.0.1", implementationVersionName: "TEST 1")
        user.asynchronousWindow = AsynchronousWindow(invoked: 0, performed: 5)
        user.roles = [RoleSelection(sopClass: "1.2.840.10008.5.1.4.1.1.2", user: true, provider: true)]
        user.extended = [ExtendedNegotiation(sopClass: "1.2.840.10008.5.1.4.1.2.2.1", information: [1, 0, 1])]
        user.commonExtended = [
            CommonExtendedNegotiation(sopClass: "1.2.3", serviceClass: "1.2.4", relatedGeneral: ["1.2.5", "1.2.6"])
        ]
        user.identity = UserIdentity(
            .usernameAndPasscode, primary: Array("reader".utf8), secondary: Array("word".utf8), wantsResponse: true)
        return AssociateRequest(
            calledTitle: "ARCHIVE", callingTitle: "MODALITY 1",
            contexts: [
                PresentationContext(
                    id: 1, abstractSyntax: "1.2.840.10008.1.1", transferSyntaxes: ["1.2.840.10008.1.2"]),
                PresentationContext(
                    id: 255, abstractSyntax: "1.2.840.10008.5.1.4.1.1.2",
                    transferSyntaxes: ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1"]),
            ], user: user)
    }()

    static let every: [PDU] = {
        var user = UserInformation(maximumLength: 0, implementationClassUID: "1.2.3")
        user.identityResponse = [1, 2, 3]
        return [
            .associateRequest(fullRequest),
            .associateAccept(
                AssociateAccept(
                    calledTitle: "A", callingTitle: "B",
                    contexts: [
                        ContextResult(id: 1, reason: .acceptance, transferSyntax: "1.2.840.10008.1.2"),
                        ContextResult(id: 3, reason: .abstractSyntaxNotSupported),
                    ], user: user)),
            .associateReject(.temporaryCongestion),
            .data([
                PresentationDataValue(contextID: 1, isCommand: true, isLast: true, bytes: [1, 2, 3, 4]),
                PresentationDataValue(contextID: 1, isCommand: false, isLast: false, bytes: []),
            ]),
            .releaseRequest, .releaseResponse, .abort(.unexpectedPDU),
        ]
    }()

    @Test(arguments: every) func `what is written is read as it was`(pdu: PDU) throws {
        #expect(try PDU(decoding: pdu.encoded[...]) == pdu)
    }

    @Test(arguments: UserIdentity.Kind.allCases) func `all five user identities travel`(kind: UserIdentity.Kind) throws
    {
        var request = Self.fullRequest
        request.user.identity = UserIdentity(kind, primary: [1, 2, 255], secondary: [9])
        #expect(try PDU(decoding: PDU.associateRequest(request).encoded[...]) == .associateRequest(request))
    }

    @Test func `a second user identity is refused, for nobody could say which of them counts`() throws {
        let request: AssociateRequest = {
            var request = Self.fullRequest
            request.user.identity = nil
            return request
        }()
        func bytes(identities: Int) -> [UInt8] {
            let item: [UInt8] = [0x58, 0, 0, 9, 1, 0, 0, 3, 97, 98, 99, 0, 0]
            var bytes = PDU.associateRequest(request).encoded
            func length(at place: Int) -> Int { Int(bytes[place]) * 256 + Int(bytes[place + 1]) }
            var user = 74
            while bytes[user] != 0x50 { user += 4 + length(at: user + 2) }
            let userLength = length(at: user + 2) + identities * item.count
            bytes.replaceSubrange(user + 2..<user + 4, with: [UInt8(userLength >> 8), UInt8(userLength & 255)])
            for _ in 0..<identities { bytes += item }
            let whole = bytes.count - 6
            bytes.replaceSubrange(2..<6, with: [0, 0, UInt8(whole >> 8), UInt8(whole & 255)])
            return bytes
        }
        guard case .associateRequest(let read) = try PDU(decoding: bytes(identities: 1)[...]) else {
            Issue.record("it is no request")
            return
        }
        #expect(read.user.identity?.primary == Array("abc".utf8))
        #expect(throws: PDUError.self) { try PDU(decoding: bytes(identities: 2)[...]) }
    }

    @Test func `an identity does not show its secret`() {
        let identity = UserIdentity(.usernameAndPasscode, primary: Array("reader".utf8), secondary: Array("pass".utf8))
        var shown = ""
        dump(identity, to: &shown)
        #expect("\(identity) \(String(reflecting: identity)) \(shown)".contains("112") == false)
        #expect("\(identity)" == "user identity of type 2")
    }

    @Test(arguments: every) func `every beginning of a PDU is refused, or waited on by the framer`(pdu: PDU) throws {
        let bytes = pdu.encoded
        for count in 0..<bytes.count {
            #expect(throws: PDUError.self) { try PDU(decoding: bytes[..<count]) }
            var framer = PDUFramer()
            framer.append(bytes[..<count])
            #expect(try framer.next() == nil)
            // The same beginning that claims to be whole.
            guard count > 6 else { continue }
            var lying = Array(bytes[..<count])
            lying.replaceSubrange(2..<6, with: [0, 0, UInt8((count - 6) >> 8), UInt8((count - 6) & 255)])
            if let read = try? PDU(decoding: lying[...]) { #expect(read.encoded.count <= lying.count + 4) }
        }
    }

    @Test func `PDUs that arrive byte by byte, at once or in odd pieces are the same`() throws {
        let bytes = Self.every.flatMap(\.encoded)
        for step in [1, 2, 5, 7, 64, bytes.count] {
            var framer = PDUFramer()
            var read: [PDU] = []
            for start in stride(from: 0, to: bytes.count, by: step) {
                framer.append(bytes[start..<min(start + step, bytes.count)])
                while let pdu = try framer.next() { read.append(pdu) }
            }
            #expect(read == Self.every)
            #expect(!framer.isInsidePDU)
        }
    }

    @Test func `four gigabytes are refused at the header, where they are announced`() {
        for type in UInt8(1)...7 {
            var framer = PDUFramer()
            framer.append([type, 0, 255, 255, 255, 255])
            #expect(throws: PDUError(.tooLong, at: 2, "PDU of type \(type)")) { try framer.next() }
        }
        var framer = PDUFramer()
        framer.append(Array("GET / HTTP/1.1\r\n".utf8))
        #expect(throws: PDUError(.unknownType, at: 0, "PDU")) { try framer.next() }
    }

    @Test func `counts have limits, and identifiers come once and are odd`() throws {
        var limits = PDULimits()
        limits.presentationContexts = 1
        let bytes = PDU.associateRequest(Self.fullRequest).encoded
        #expect(throws: PDUError.self) { try PDU(decoding: bytes[...], limits: limits) }
        limits = PDULimits()
        limits.transferSyntaxes = 1
        #expect(throws: PDUError.self) { try PDU(decoding: bytes[...], limits: limits) }
        limits = PDULimits()
        limits.userItems = 3
        #expect(throws: PDUError.self) { try PDU(decoding: bytes[...], limits: limits) }
        for id in [UInt8(1), 2] {
            var request = Self.fullRequest
            request.contexts[1].id = id
            let wrong = PDU.associateRequest(request).encoded
            #expect(throws: PDUError.self) { try PDU(decoding: wrong[...]) }
        }
    }

    @Test func `whatever bytes come, they are a PDU or an error within them`() {
        var generator = Repeatable(state: 8)
        for round in 0..<20_000 {
            var bytes = Self.every[round % Self.every.count].encoded
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] =
                    [0, 1, 0x7f, 0xff, UInt8.random(in: 0...255, using: &generator)]
                    .randomElement(using: &generator) ?? 0
            }
            do throws(PDUError) {
                let pdu = try PDU(decoding: bytes[...])
                #expect((try? PDU(decoding: pdu.encoded[...])) == pdu)
            } catch {
                #expect(error.offset >= 0 && error.offset <= bytes.count)
            }
        }
    }
}

/// SplitMix64: the same numbers in every run.
struct Repeatable: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
