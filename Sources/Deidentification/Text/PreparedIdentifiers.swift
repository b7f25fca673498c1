/// What is known of a patient, ready to be looked for under one profile: made once for all instances of a study.
public struct PreparedIdentifiers: Sendable {
    let known: KnownText
    let isOverfull: Bool

    init(_ identifiers: PatientIdentifiers, kept: KeptWords) {
        known = KnownText(identifiers, kept: kept)
        isOverfull = identifiers.isOverfull
    }
}
