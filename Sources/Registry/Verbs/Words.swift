internal import CustodyLog

/// Text that people give is checked once, before it is stored.
enum Words {
    /// A reason, a matter, a name of a list: some text, on one line, of at most 2000 characters.
    static func check(_ text: String, _ what: String) throws {
        let isPrintable = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard !FoldedText.trimmed(text).isEmpty, isPrintable, text.utf8.count <= 8000 else {
            throw RegistryError(
                .invalid, "the \(what) is empty, too long, or has control characters in it",
                advice: "give some words on one line")
        }
    }

    /// A text as it may stand on the log, whatever it was: without control characters, cut off where it is too long.
    static func shortened(_ text: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar.properties.generalCategory != .control {
            guard scalars.count < 2000 else { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }

    static func checkDigest(_ text: String, _ what: String) throws {
        guard text.utf8.count == 64, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else {
            throw RegistryError(
                .invalid, "the \(what) is not 64 small hexadecimal digits", advice: "give the SHA-256 of the bytes")
        }
    }

    static func checkUID(_ text: String, _ what: String) throws {
        guard TermPattern.isUID(text) else {
            throw RegistryError(
                .invalid, "the \(what) is not digits and dots, at most 64",
                advice: "give the UID as the data set has it")
        }
    }

    static func check(_ scope: Scope) throws {
        switch scope {
        case .patient(let patient):
            try check(patient.id, "patient ID")
            if let issuer = patient.issuer { try check(issuer, "issuer of the patient ID") }
        case .study(let uid): try checkUID(uid, "Study Instance UID")
        case .instance(let uid): try checkUID(uid, "SOP Instance UID")
        case .query(let query): try check(query)
        }
    }

    private static func check(_ query: InstanceQuery) throws {
        var isUniversal = true
        for term in query.terms {
            guard let pattern = TermPattern(term) else {
                throw RegistryError(
                    .invalid, "the query's value for \(term.attribute.rawValue) cannot be meant",
                    advice:
                        "give it as for a C-FIND (PS3.4 C.2.2.2): a value, `Roe*`, `20260101-20260331`, UIDs joined by "
                        + "backslashes")
            }
            if pattern != .universal { isUniversal = false }
        }
        guard !isUniversal else {
            throw RegistryError(
                .invalid, "the query means every instance there is", advice: "give at least one term with a value")
        }
        guard Set(query.terms.map(\.attribute)).count == query.terms.count else {
            throw RegistryError(
                .invalid, "the query names an attribute twice", advice: "give one term for each attribute")
        }
    }
}

extension RegistryError {
    static func unknown(_ what: String) -> RegistryError {
        RegistryError(.unknown, "there is no \(what) in the registry", advice: "look at its number with `--json`")
    }
}

/// What a transaction came to: refusals are recorded too, so they are no errors until it has ended.
enum Outcome<Value: Sendable>: Sendable {
    case done(Value)
    case refused(RegistryError)

    func get() throws -> Value {
        switch self {
        case .done(let value): return value
        case .refused(let error): throw error
        }
    }
}
