import Host

/// A signed token in its compact form (RFC 7515 7.1), taken apart; nothing of it is believed yet.
struct JSONWebToken {
    let algorithm: String
    let keyID: String?
    let header: JSONText
    let payload: JSONText
    /// What the signature is of: the first two parts as they came.
    let signed: [UInt8]
    let signature: [UInt8]

    init(_ text: String) throws(TokenError) {
        let parts = text.utf8.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let payload = Self.object(parts[1]),
            let signature = Self.decode(parts[2]), case .string(let algorithm)? = header["alg"]
        else { throw .malformed }
        self.algorithm = algorithm
        if let kid = header["kid"] {
            guard case .string(let id) = kid else { throw .malformed }
            keyID = id
        } else {
            keyID = nil
        }
        self.header = header
        self.payload = payload
        self.signature = signature
        signed = Array(parts[0]) + [0x2E] + Array(parts[1])
    }

    /// Names that are there twice in one object, at whatever depth, are refused: readers differ in which they believe (RFC 7519 4).
    private static func object(_ text: Substring.UTF8View) -> JSONText? {
        guard let bytes = decode(text), let value = try? JSONParser.parse(bytes), case .object = value,
            isUnambiguous(value)
        else { return nil }
        return value
    }

    private static func isUnambiguous(_ value: JSONText) -> Bool {
        var open = [value]
        while let next = open.popLast() {
            switch next {
            case .object(let members):
                guard Set(members.map(\.name)).count == members.count else { return false }
                open += members.map(\.value)
            case .array(let values): open += values
            case .null, .boolean, .number, .string: break
            }
        }
        return true
    }

    /// Base64url without padding (RFC 7515 2).
    private static func decode(_ text: Substring.UTF8View) -> [UInt8]? {
        var plain: [UInt8] = []
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: plain.append(byte)
            }
        }
        plain += repeatElement(UInt8(ascii: "="), count: (4 - plain.count % 4) % 4)
        return Base64.decode(plain)
    }
}

extension Claim {
    init(_ json: JSONText) {
        switch json {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .number(let digits): self = .number(Double(digits) ?? 0)
        case .string(let text): self = .text(text)
        case .array(let values): self = .list(values.map { Claim($0) })
        case .object(let members):
            self = .object(Dictionary(members.map { ($0.name, Claim($0.value)) }) { first, _ in first })
        }
    }
}
