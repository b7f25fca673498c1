import Synchronization

/// What is known of a patient, ready to be looked for under one profile: made once for all instances of a study.
public struct PreparedIdentifiers: Sendable {
    let known: KnownText
    let isOverfull: Bool

    init(_ identifiers: PatientIdentifiers, kept: KeptWords) {
        known = KnownText(identifiers, kept: kept)
        isOverfull = identifiers.isOverfull
    }
}

/// What was made ready last, to be used again for the same.
final class LastPrepared: Sendable {
    private let last = Mutex<(identifiers: PatientIdentifiers, prepared: PreparedIdentifiers)?>(nil)

    func prepared(
        _ identifiers: PatientIdentifiers, _ prepare: (PatientIdentifiers) -> PreparedIdentifiers
    ) -> PreparedIdentifiers {
        if let known = last.withLock({ $0?.identifiers == identifiers ? $0?.prepared : nil }) { return known }
        let new = prepare(identifiers)
        last.withLock { $0 = (identifiers, new) }
        return new
    }
}
