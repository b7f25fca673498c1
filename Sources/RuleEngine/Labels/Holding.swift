/// What a study or a patient has been given, and by what.
struct Holding: Sendable {
    var causes: [Cause] = []
    var labels = LabelSet()

    /// Something that gives labels.
    struct Cause: Sendable {
        enum Kind: Sendable, Hashable {
            case studyRule, patientRule, studyRegistry, patientRegistry, instanceRegistry, knownCode, unknownCode,
                unreadableCode, unreadableIdentity
        }
        var kind: Kind
        /// Of the rule in `RuleTable`, or of the label in `LabelTable`.
        var number: Int32
        var isCertain: Bool
        /// Interned; what made it certain, once it is.
        var evidence: Int32
    }

    /// The causes of one kind and number become one: certain when one of them is, with the evidence of those that are.
    mutating func add(_ cause: Cause, _ given: [Int], _ evidence: inout Interned<[Evidence]>) {
        for label in given { labels.insert(label, isCertain: cause.isCertain) }
        guard let same = causes.firstIndex(where: { $0.kind == cause.kind && $0.number == cause.number }) else {
            causes.append(cause)
            return
        }
        if causes[same].isCertain == cause.isCertain {
            let joined = Evidence.joined(evidence[causes[same].evidence], evidence[cause.evidence])
            causes[same].evidence = evidence.number(joined)
        } else if cause.isCertain {
            causes[same] = cause
        }
    }
}

extension Holding.Cause.Kind {
    init(_ kind: Evaluation.IncomingCode.Kind) {
        switch kind {
        case .known: self = .knownCode
        case .unknown: self = .unknownCode
        case .unreadable: self = .unreadableCode
        case .unreadableIdentity: self = .unreadableIdentity
        case .registered(.study, _): self = .studyRegistry
        case .registered(.patient, _): self = .patientRegistry
        case .registered(.instance, _): self = .instanceRegistry
        }
    }

    var isRule: Bool { self == .studyRule || self == .patientRule }

    /// Whether somebody of the site said it of a whole study or patient, so that it may lift what it is made to lift.
    var mayLift: Bool { isRule || self == .studyRegistry || self == .patientRegistry }
}
