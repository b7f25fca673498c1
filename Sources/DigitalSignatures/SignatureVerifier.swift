public import DICOMFile
import DICOMCore
import DICOMDictionary
import DICOMEncoding
import Host
import KeyObjects

/// Verifies the digital signatures of data sets (PS3.15 Annex C) against the certificates that a site trusts.
public struct SignatureVerifier: Sendable {
    private let roots: TrustedRoots?

    /// - Parameter roots: PEM: certificates of authorities, and of those between them and signers. Nil for none, so that no
    ///   signature can be more than unverifiable.
    /// - Throws: `SignatureError` when there is no certificate in it.
    public init(roots: [UInt8]?) throws(SignatureError) {
        self.roots = try roots.map { pem throws(SignatureError) in try TrustedRoots(pem: pem) }
    }

    /// More than that nobody checks: each may be over all pixels.
    static let mostSignatures = 100

    /// Every signature of a data set, at every level. Empty without any.
    public func findings(of file: DICOMFile) -> [SignatureFinding] {
        let signatures = DigitalSignature.all(in: file)
        var findings = signatures.prefix(Self.mostSignatures).map { finding(of: $0, in: file) }
        if signatures.count > Self.mostSignatures {
            findings.append(
                SignatureFinding(
                    place: signatures[Self.mostSignatures].place, uid: nil, state: .unverifiable,
                    reason: "there are more than \(Self.mostSignatures) signatures"))
        }
        if DigitalSignature.isHidden(in: file) {
            findings.append(
                SignatureFinding(
                    place: "(FFFA,FFFA)", uid: nil, state: .unverifiable,
                    reason: "a sequence of signatures cannot be read"))
        }
        return findings
    }

    private func finding(of signature: DigitalSignature, in file: DICOMFile) -> SignatureFinding {
        var finding = SignatureFinding(
            place: signature.place, uid: signature.uid, state: .unverifiable, reason: "")
        do throws(SignatureError) {
            let check = try SignatureCheck(signature, in: file)
            finding.isWeak = check.digest.isWeak
            try check.verifySignature()
            let time = check.stamp.flatMap { stamp in roots.flatMap { $0.time(of: stamp, on: check.signature) } }
            finding.certified = time
            if check.stamp != nil, time == nil {
                throw SignatureError(.unverifiable, "its certified time stamp does not hold, or nobody trusted gave it")
            }
            guard let roots else {
                throw SignatureError(.unverifiable, "no trusted certificates are configured")
            }
            guard let moment = time ?? check.time else {
                throw SignatureError(.unverifiable, "it does not say when it was made")
            }
            guard check.certificate.isForSigning else {
                throw SignatureError(.unverifiable, "its certificate is not one for signatures")
            }
            try roots.vouch(for: check.certificate, at: moment)
            finding.state = .valid
            finding.reason = "as it was signed"
        } catch {
            finding.state = error.state
            finding.reason = error.reason
        }
        return finding
    }
}

/// Why a signature is not valid.
public struct SignatureError: Error, Hashable, Sendable, CustomStringConvertible {
    public var state: SignatureState
    public var reason: String

    init(_ state: SignatureState, _ reason: String) {
        self.state = state
        self.reason = reason
    }

    public var description: String { reason }
}

/// One signature with all that it takes to check it.
private struct SignatureCheck {
    let digest: MACDigest
    let mac: [UInt8]
    let certificate: SignerCertificate
    let signature: [UInt8]
    let stamp: [UInt8]?
    /// As the signer says.
    let time: Instant?
    /// Something that is signed is in implicit VR, and may have had another VR when it was.
    let isAmbiguous: Bool

    init(_ signature: DigitalSignature, in file: DICOMFile) throws(SignatureError) {
        guard let parameters = signature.parameters else {
            throw SignatureError(.unverifiable, "what it signs cannot be read: no MAC parameters for it")
        }
        guard let digest = MACDigest(name: parameters.algorithm) else {
            throw SignatureError(.unverifiable, "its MAC algorithm is not one of PS3.3 C.12.1.1.3")
        }
        self.digest = digest
        let index = file.dataSet
        func bytes(_ element: UInt16) -> [UInt8]? {
            guard let node = index.child(Tag(0x0400, element), of: signature.node),
                index.nodes[node].valueLength <= 1 << 20
            else { return nil }
            return try? file.bytes(of: node)
        }
        func text(_ element: UInt16) -> String? {
            index.child(Tag(0x0400, element), of: signature.node).flatMap { try? file.values(of: $0) }?.first
        }
        guard text(0x0110) == "X509_1993_SIG" else {
            throw SignatureError(.unverifiable, "its certificate type is not X509_1993_SIG")
        }
        guard let der = bytes(0x0115), let certificate = SignerCertificate(der: der) else {
            throw SignatureError(.unverifiable, "the certificate of its signer cannot be read")
        }
        self.certificate = certificate
        guard let value = bytes(0x0120), !value.isEmpty else {
            throw SignatureError(.invalid, "it has no signature")
        }
        self.signature = value
        stamp = text(0x0305) == "CMS_TSP" ? bytes(0x0310) ?? [] : (text(0x0305) == nil ? nil : [])
        time = signature.dateTime.flatMap(Self.instant)
        isAmbiguous = Self.isAmbiguous(signature, parameters, file)
        mac = try Self.mac(signature, parameters, digest, file)
    }

    func verifySignature() throws(SignatureError) {
        switch certificate.verifies(signature, of: mac, digest) {
        case true?: return
        case false? where isAmbiguous:
            throw SignatureError(
                .unverifiable, "what it signs is in implicit VR, and may have had other VRs when it was signed")
        case false?: throw SignatureError(.invalid, "what it signs is not as it was signed")
        case nil: throw SignatureError(.unverifiable, "its kind of key is not one that is known here")
        }
    }

    /// PS3.3 C.12.1.1.3.1.1: the signed elements, then those of the signature itself but certificate, signature and time stamp.
    private static func mac(
        _ signature: DigitalSignature, _ parameters: DigitalSignature.Parameters, _ digest: MACDigest, _ file: DICOMFile
    ) throws(SignatureError) -> [UInt8] {
        let tags = parameters.tags.filter(\.isSignable)
        let wanted = Set(tags)
        guard wanted.count == tags.count else {
            throw SignatureError(.unverifiable, "the list of what it signs names an element twice")
        }
        let signed = file.dataSet.children(of: signature.scope).filter { wanted.contains(file.dataSet.nodes[$0].tag) }
        guard !signed.isEmpty else { throw SignatureError(.unverifiable, "nothing that is there is signed by it") }
        guard Set(signed.map { file.dataSet.nodes[$0].tag }).count == signed.count else {
            throw SignatureError(.unverifiable, "an element that it signs is there more than once")
        }
        try check(parameters.transferSyntax, signed, file)
        guard let hash = RunningDigest(digest) else {
            throw SignatureError(.unverifiable, "its MAC algorithm is not offered by this machine's OpenSSL")
        }
        let bytes = SignedBytes(file)
        let own = file.dataSet.children(of: signature.node).map { file.dataSet.nodes[$0].tag }
        do throws(KeyObjectError) {
            try bytes.feed(tags, of: signature.scope) { hash.update($0) }
            try bytes.feed(own.filter { $0.isSignable && !unsigned.contains($0) }, of: signature.node) {
                hash.update($0)
            }
        } catch {
            throw SignatureError(.unverifiable, "what it signs cannot be read as it was signed")
        }
        return hash.finish()
    }

    /// Whether the dictionary has several VRs for something that is signed (OB or OW, US or SS), of which implicit VR does not say
    /// which it was. Where the signature holds with the one that is taken, that was it.
    private static func isAmbiguous(
        _ signature: DigitalSignature, _ parameters: DigitalSignature.Parameters, _ file: DICOMFile
    ) -> Bool {
        let index = file.dataSet
        let wanted = Set(parameters.tags)
        let signed = index.children(of: signature.scope).filter { wanted.contains(index.nodes[$0].tag) }
        return signed.contains { top in
            (top..<Int(index.nodes[top].subtreeEnd)).contains { id in
                let node = index.nodes[id]
                return node.kind == .element && !node.encoding.isExplicit
                    && (StandardDictionary.entry(for: node.tag)?.allowedVRs.count ?? 0) > 1
            }
        }
    }

    private static let unsigned: Set<Tag> = [
        Tag(0x0400, 0x0115), Tag(0x0400, 0x0120), Tag(0x0400, 0x0305), Tag(0x0400, 0x0310),
    ]

    /// Whether the bytes that were signed can be made of this file.
    private static func check(
        _ syntax: String, _ signed: [DataSetIndex.NodeID], _ file: DICOMFile
    ) throws(SignatureError) {
        let known = TransferSyntax(uid: syntax)
        guard known.encoding == .explicitLittleEndian else {
            throw SignatureError(
                .unverifiable, "its MAC calculation transfer syntax is not explicit VR little endian")
        }
        let index = file.dataSet
        for node in signed {
            if index.nodes[node].tag == .pixelData, index.nodes[node].kind == .fragments || known.isEncapsulated,
                syntax != file.transferSyntax.uid
            {
                throw SignatureError(.unverifiable, "its pixel data was signed in another compression")
            }
            // What has lost its VR is written otherwise than it was signed.
            let lost = (node..<Int(index.nodes[node].subtreeEnd)).contains { id in
                index.nodes[id].kind == .element
                    && (index.nodes[id].vr == .UN
                        || !index.nodes[id].encoding.isExplicit && index.nodes[id].tag.isPrivate)
            }
            if lost { throw SignatureError(.unverifiable, "an element that it signs has lost its VR") }
        }
    }

    /// A DT; without an offset, as if in UTC.
    private static func instant(_ text: String) -> Instant? {
        let digits = text.prefix { $0.isNumber }
        guard digits.count >= 8 else { return nil }
        let whole = digits + String("00000000000000".dropFirst(digits.count))
        func part(_ start: Int, _ length: Int) -> Substring { whole.dropFirst(start).prefix(length) }
        let zone = text.suffix(5)
        let hasZone = zone.first == "+" || zone.first == "-"
        return Instant(
            "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(8, 2)):\(part(10, 2)):\(part(12, 2))"
                + (hasZone ? "\(zone.prefix(3)):\(zone.suffix(2))" : "Z"))
    }
}

extension Tag {
    /// PS3.3 C.12.1.1.3.1.1.
    fileprivate var isSignable: Bool {
        !isGroupLength && group >= 0x0008 && self != Tag(0x0008, 0x0001) && group != 0xFFFA
            && self != DigitalSignature.parametersSequence && self != .dataSetTrailingPadding && !isDelimiter
    }
}
