import Synchronization

/// What is known of a patient, made ready to be looked for in text: once for all instances of the patient.
public struct PreparedIdentifiers: Sendable {
    let known: KnownText
    let isOverfull: Bool
    private let kept: KeptWords
    private let cache = Cache()

    init(_ identifiers: PatientIdentifiers, kept: KeptWords) {
        known = KnownText(identifiers, kept: kept)
        isOverfull = identifiers.isOverfull
        self.kept = kept
    }

    /// What is looked for in text that was read out of pixels: made when the first pixels of the patient are read.
    var forms: RecognizedText.Forms {
        cache.forms.withLock { forms in
            if let forms { return forms }
            let made = RecognizedText.Forms(known, kept: kept)
            forms = made
            return made
        }
    }

    private final class Cache: Sendable {
        let forms = Mutex<RecognizedText.Forms?>(nil)
    }
}

/// What was made ready lately, to be used again for the same.
final class LastPrepared: Sendable {
    private let last = Mutex<(identifiers: PatientIdentifiers, prepared: PreparedIdentifiers)?>(nil)

    private let byKey = Mutex<[(key: [UInt8], prepared: PreparedIdentifiers)]>([])
    /// Threads that work on patients of their own.
    private static let most = 8

    /// - Parameters:
    ///   - key: the same only where the identifiers are.
    ///   - prepare: gives nil where they cannot be had, which is not remembered.
    func prepared(of key: [UInt8], _ prepare: () -> PreparedIdentifiers?) -> PreparedIdentifiers? {
        if let known = byKey.withLock({ $0.last { $0.key == key } }) { return known.prepared }
        guard let new = prepare() else { return nil }
        byKey.withLock { known in
            if known.count >= Self.most { known.removeFirst() }
            known.append((key, new))
        }
        return new
    }

    func prepared(
        _ identifiers: PatientIdentifiers, _ prepare: (PatientIdentifiers) -> PreparedIdentifiers
    ) -> PreparedIdentifiers {
        if let known = last.withLock({ $0?.identifiers == identifiers ? $0?.prepared : nil }) { return known }
        let new = prepare(identifiers)
        last.withLock { $0 = (identifiers, new) }
        return new
    }
}
