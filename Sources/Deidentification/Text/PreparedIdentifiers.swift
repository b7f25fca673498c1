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
