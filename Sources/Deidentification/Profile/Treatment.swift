import DICOMDictionary
import RuleLanguage

/// What a profile says of an element, as the walk uses it: small, and without references to count.
enum Treatment: Sendable, Hashable {
    case keep, remove, empty, dummy, clean, uid, pseudonym
    /// A fixed text, by its place in `CompiledProfile.texts`.
    case replace(Int)
    /// By Type, by its place in `CompiledProfile.compounds`.
    case byType(Int)
    /// Something is made of each value.
    case change(ValueChange)
    /// The original is encrypted; what then becomes of the element has its place in `CompiledProfile.encryptions`.
    case encrypt(Int)
}

/// The compound codes of Table E.1-1a.
struct CompoundTreatment: Sendable {
    var type1: Treatment
    var type2: Treatment
    var type3: Treatment
}

/// How much an IOD asks of an attribute. Conditions are not evaluated: 1C counts as 1, 2C as 2, so that no object is
/// made that breaks its IOD.
enum Requirement: Sendable, Hashable {
    case value, presence, nothing

    /// - Parameter type: nil for an attribute that the IOD does not have at this place.
    init(_ type: InformationObjectDefinitions.AttributeType?) {
        switch type {
        case .type1, .type1C: self = .value
        case .type2, .type2C: self = .presence
        case .type3, nil: self = .nothing
        }
    }
}

/// What is done to one element: what the profile says, bent to what the IOD asks for.
enum Disposal: Sendable, Hashable {
    case keep, remove, empty, dummy, uid, pseudonym
    case replace(Int)
    case change(ValueChange)
    case clean
}

extension CompiledProfile {
    /// What a treatment comes to. `remove` and `empty` never take from an IOD what it requires.
    ///
    /// - Parameter requirement: nil where no IOD says, so that compound codes take their strongest action.
    func disposal(_ treatment: Treatment, for requirement: Requirement?) -> Disposal {
        switch treatment {
        case .keep: return .keep
        case .dummy: return .dummy
        case .uid: return .uid
        case .pseudonym: return .pseudonym
        case .replace(let text): return .replace(text)
        case .change(let change): return .change(change)
        case .empty: return requirement == .value ? .dummy : .empty
        case .clean: return .clean
        case .remove:
            switch requirement {
            case .value: return .dummy
            case .presence: return .empty
            case .nothing, nil: return .remove
            }
        case .encrypt(let index): return disposal(encryptions[index], for: requirement)
        case .byType(let index):
            let compound = compounds[index]
            switch requirement {
            case .value, nil: return disposal(compound.type1, for: requirement)
            case .presence: return disposal(compound.type2, for: requirement)
            case .nothing: return disposal(compound.type3, for: requirement)
            }
        }
    }
}

extension Treatment {
    /// Whether what comes of it depends on the attribute's Type.
    var needsRequirement: Bool {
        switch self {
        case .remove, .empty, .byType, .encrypt: true
        case .keep, .clean, .dummy, .uid, .pseudonym, .replace, .change: false
        }
    }

    /// Whether nothing of the original is meant to stay.
    var takesAway: Bool {
        switch self {
        case .remove, .empty, .dummy: true
        case .keep, .clean, .uid, .pseudonym, .replace, .byType, .change, .encrypt: false
        }
    }
}
