import Crypto
import DICOMCore
import DICOMDictionary
import RuleLanguage

/// New UIDs, pseudonyms and offsets of dates: keyed hashes of the old ones. The same key gives the same for the same, in any file, run or
/// machine; without the key nobody can try identifiers until one fits.
final class KeyedIdentifiers: Sendable {
    private let uids: HMAC<SHA256>
    private let patients: HMAC<SHA256>
    private let dates: HMAC<SHA256>
    private let values: HMAC<SHA256>

    init(_ key: DeidentificationKey) {
        uids = key.authenticator(.uid)
        patients = key.authenticator(.patient)
        dates = key.authenticator(.dates)
        values = key.authenticator(.hash)
    }

    /// `2.25.` and the decimal of a UUID of version 8 (RFC 9562 5.8, PS3.5 B.2), 44 characters at most.
    ///
    /// - Parameter original: the bytes of one value without padding; what is no valid UID has a new one just so.
    func uid(for original: some Sequence<UInt8>) -> String {
        String(decoding: uidBytes(for: Array(original)), as: UTF8.self)
    }

    private func uidBytes(for original: [UInt8]) -> [UInt8] {
        var hash = uids
        hash.update(data: original)
        var number = Self.number(hash.finalize())
        number = number & ~(0xF << 76) | 0x8 << 76
        number = number & ~(0x3 << 62) | 0x2 << 62
        var text: [UInt8] = []
        text.reserveCapacity(64)
        text += UID.uuidRoot.utf8
        Self.append(number, to: &text)
        return text
    }

    /// In decimal, nineteen digits at a time: a division of 128 bits for each digit would cost more than the hash.
    private static func append(_ number: UInt128, to text: inout [UInt8]) {
        let (high, low) = number.quotientAndRemainder(dividingBy: 10_000_000_000_000_000_000)
        guard high > 0 else { return append(UInt64(truncatingIfNeeded: low), digits: 1, to: &text) }
        append(high, to: &text)
        append(UInt64(truncatingIfNeeded: low), digits: 19, to: &text)
    }

    /// - Parameter digits: how many at least.
    private static func append(_ number: UInt64, digits: Int, to text: inout [UInt8]) {
        let start = text.count
        var rest = number
        while rest != 0 || text.count - start < digits {
            text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        text[start...].reverse()
    }

    /// All values of an element of VR UI: those that the standard registers stay, the others become new. Nil when
    /// nothing changes.
    func uids(for value: [UInt8]) -> [UInt8]? {
        if !value.contains(.backslash) {
            let uid = trimmed(value[...])
            return uid.isEmpty || Self.isRegistered(uid) ? nil : uidBytes(for: Array(uid))
        }
        var result: [UInt8] = []
        var isChanged = false
        for (index, part) in value.split(separator: .backslash, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { result.append(.backslash) }
            let uid = trimmed(part)
            if uid.isEmpty { continue }
            if Self.isRegistered(uid) {
                result += uid
                continue
            }
            result += self.uid(for: uid).utf8
            isChanged = true
        }
        return isChanged ? result : nil
    }

    /// Whether PS3.6 registers the UID: it identifies nobody.
    static func isRegistered(_ uid: some Sequence<UInt8>) -> Bool {
        guard uid.starts(with: "1.2.840.10008.".utf8) else { return false }
        return RegisteredUIDs.entry(for: String(decoding: Array(uid), as: UTF8.self)) != nil
    }

    /// Letters and digits of pseudonyms: no vowels, so that no words come about, and no sign but these needs care.
    private static let alphabet = Array("0123456789BCDFGHJKMNPQRSTVWXYZ".utf8)
    private static let digits = Array("0123456789".utf8)

    /// What a patient is known by. Parts are told apart, so that no two different lists have the same bytes.
    enum Person: Hashable, Sendable {
        case patient(id: String, issuer: String)
        /// A Patient ID that no character set makes readable, as its bytes.
        case unreadable([UInt8])
        /// No Patient ID: studies of people who may be different are not joined.
        case study(String)
        case instance(String)

        var parts: [String] {
            switch self {
            case .patient(let id, let issuer): ["patient", id, issuer]
            case .unreadable(let bytes): ["unreadable", hexadecimalDigits(bytes)]
            case .study(let uid): ["study", uid]
            case .instance(let uid): ["instance", uid]
            }
        }
    }

    /// A text for a person. Of twelve characters that are no words, any two of a million people share one with a chance of
    /// about 10⁻⁶; of eight digits, any two of a thousand with one of 0.5 %.
    func pseudonym(for person: Person, _ form: PseudonymForm = PseudonymSource.usualForm) -> String {
        let code = Self.code(of: person, patients)
        let alphabet = form.alphabet == .digits ? Self.digits : Self.alphabet
        var characters: [UInt8] = []
        var number = Self.number(code)
        for place in 0..<form.length {
            if place == PseudonymSource.longest / 2 { number = code.dropFirst(16).reduce(0) { $0 << 8 | UInt128($1) } }
            characters.append(alphabet[Int(number % UInt128(alphabet.count))])
            number /= UInt128(alphabet.count)
        }
        return form.prefix + String(decoding: characters, as: UTF8.self)
    }

    /// The first digits of a value's hash, 64 at most: the same for the same text in whatever element it stands.
    func hash(of text: String, digits: Int) -> String {
        var hash = values
        hash.update(data: Array(text.utf8))
        return String(hexadecimalDigits(hash.finalize()).prefix(digits))
    }

    /// The offset of a person's dates: uniform over the range without zero, to one part in 10³⁰.
    func offset(for person: Person, _ shift: DateShift) -> DateOffset {
        let first = shift.range.lowerBound
        let hasZero = shift.range.contains(0)
        let count = shift.range.count - (hasZero ? 1 : 0)
        guard count > 0 else { return DateOffset(days: 0) }
        let chosen = first + Int(Self.number(Self.code(of: person, dates)) % UInt128(count))
        let units = hasZero && chosen >= 0 ? chosen + 1 : chosen
        return DateOffset(days: shift.unit == .weeks ? units * 7 : units)
    }

    private static func code(of person: Person, _ use: HMAC<SHA256>) -> HMAC<SHA256>.MAC {
        var hash = use
        for part in person.parts {
            let bytes = Array(part.utf8)
            withUnsafeBytes(of: UInt64(bytes.count).bigEndian) { hash.update(data: $0) }
            hash.update(data: bytes)
        }
        return hash.finalize()
    }

    private static func number(_ code: HMAC<SHA256>.MAC) -> UInt128 {
        code.withUnsafeBytes { bytes in bytes.prefix(16).reduce(0) { $0 << 8 | UInt128($1) } }
    }
}

extension UInt8 {
    static let backslash = UInt8(ascii: "\\")
    static let space = UInt8(ascii: " ")
}

/// A value without the padding that PS3.5 6.2 allows: leading and trailing spaces, trailing NUL.
func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var value = value.drop { $0 == .space }
    while let last = value.last, last == .space || last == 0 { value = value.dropLast() }
    return value
}
