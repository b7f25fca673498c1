import DICOMCore
import RuleLanguage

/// A profile's statements while they are made into look-ups.
struct ProfileCompilation {
    private(set) var texts: [String] = []
    private(set) var compounds: [CompoundTreatment] = []
    private(set) var lookups: [LookupTreatment] = []
    private(set) var encryptions: [Treatment] = []

    /// Paths by their last tag, the most specific first.
    private(set) var paths: [Tag: [CompiledProfile.PathStatement]] = [:]
    /// Paths that end in a private or repeating element.
    private(set) var otherPaths: [CompiledProfile.PathStatement] = []
    private(set) var tags = TagTable<Treatment>([:])
    private(set) var repeating: [Tag: Treatment] = [:]
    private(set) var privateElements: [CompiledProfile.PrivateKey: Treatment] = [:]
    private(set) var creators: [String: Treatment] = [:]
    private(set) var groups: [UInt16: Treatment] = [:]
    private(set) var repeatingGroups: [UInt16: Treatment] = [:]
    private(set) var privateGroups: Treatment?
    private(set) var vrs: [VR: Treatment] = [:]
    /// A profile that does not say keeps nothing.
    private(set) var anything: Treatment = .remove

    /// What becomes of content items, by concept; by concept and value type.
    private(set) var concepts: [ContentConcept: Treatment] = [:]
    private(set) var typedConcepts: [String: [ContentConcept: Treatment]] = [:]

    /// Whether any statement speaks of one private element, creator or path to one: if not, all private elements have
    /// one treatment.
    private(set) var namesPrivateElements = false
    /// Whether private elements that the data set declares to be safe may stay (PS3.15 E.3.10).
    let honoursPrivateCharacteristics: Bool
    /// Whether any statement cleans, so that what is known of a patient is needed.
    private(set) var cleans = false
    /// Why the profile can make nothing safe; nil for a sound one.
    private(set) var fault: String?
    private let lists: [String: ValueList]
    private let hasDateShift: Bool

    /// - Parameter lists: of the rule set, for look-ups.
    init(_ profile: Profile, lists: [String: ValueList] = [:]) {
        self.lists = lists
        fault = CompiledProfile.fault(in: profile.settings, lists: lists)
        hasDateShift = profile.settings.dateShift != nil
        honoursPrivateCharacteristics = profile.settings.honoursPrivateCharacteristics
        var tagged: [Tag: Treatment] = [:]
        for statement in profile.statements {
            let treatment = treatment(statement.action)
            switch statement.selector {
            case .path(let pattern): add(pattern, treatment)
            case .tag(let tag): tagged[tag] = treatment
            case .repeating(let group, let element): repeating[Tag(group, element)] = treatment
            case .privateElement(let group, let creator, let element):
                privateElements[CompiledProfile.PrivateKey(group: group, creator: creator, element: element)] =
                    treatment
                namesPrivateElements = true
            case .creator(let creator):
                creators[creator] = treatment
                namesPrivateElements = true
            case .group(let group, let isRepeating):
                if isRepeating { repeatingGroups[group] = treatment } else { groups[group] = treatment }
            case .privateGroups: privateGroups = treatment
            case .vr(let vr): vrs[vr] = treatment
            case .anything: anything = treatment
            }
            if case .tag(let tag) = statement.selector, tag.isPrivate { namesPrivateElements = true }
            if case .group(let group, _) = statement.selector, group & 1 == 1 { namesPrivateElements = true }
        }
        for statement in profile.settings.concepts {
            let concept = ContentConcept(system: statement.system, code: statement.code)
            let treatment = treatment(statement.action)
            if let type = statement.valueType {
                typedConcepts[type, default: [:]][concept] = treatment
            } else {
                concepts[concept] = treatment
            }
        }
        tags = TagTable(tagged)
        for key in paths.keys { paths[key]?.sort(by: Self.isMoreSpecific) }
        otherPaths.sort(by: Self.isMoreSpecific)
    }

    private mutating func add(_ pattern: PathPattern, _ treatment: Treatment) {
        let statement = CompiledProfile.PathStatement(pattern: pattern, treatment: treatment)
        if case .standard(let tag) = pattern.element {
            paths[tag, default: []].append(statement)
        } else {
            otherPaths.append(statement)
            namesPrivateElements = true
        }
    }

    private mutating func treatment(_ action: ProfileAction) -> Treatment {
        switch action {
        case .keep: return .keep
        case .remove: return .remove
        case .empty: return .empty
        case .dummy: return .dummy
        case .clean:
            cleans = true
            return .clean
        case .uid: return .uid
        case .pseudonym: return .pseudonym
        case .shiftDate:
            if !hasDateShift { fault = "the profile shifts dates and does not say how far (`date-shift`)" }
            return .change(.shiftDate)
        case .truncateDate(let precision): return .change(.truncateDate(precision))
        case .capAge(let years): return .change(.capAge(years: years))
        case .hash(let digits): return .change(.hash(digits: digits))
        case .lookup(let list, let otherwise):
            guard let rows = lists[list] else {
                fault = "the list `\(list)` of a look-up is not there"
                return .remove
            }
            let lookup = LookupTreatment(list: rows, otherwise: treatment(otherwise))
            lookups.append(lookup)
            return .change(.lookup(lookups.count - 1))
        case .encrypt(let then):
            encryptions.append(treatment(then))
            return .encrypt(encryptions.count - 1)
        case .replace(let text):
            // Every character set of PS3.5 begins with these, so that the text is right wherever it is put.
            if !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
                fault = "a replacement text has characters outside the default repertoire (ISO IR 6)"
            }
            texts.append(text)
            return .replace(texts.count - 1)
        case .byType(let type1, let type2, let type3):
            let compound = CompoundTreatment(
                type1: treatment(type1), type2: treatment(type2), type3: treatment(type3))
            compounds.append(compound)
            return .byType(compounds.count - 1)
        }
    }

    /// An exact path before `*`, `*` before `**`; then the longer; then by spelling, so that order cannot matter.
    private static func isMoreSpecific(_ left: CompiledProfile.PathStatement, _ right: CompiledProfile.PathStatement)
        -> Bool
    {
        func rank(_ statement: CompiledProfile.PathStatement) -> (Int, Int, String) {
            let pattern = statement.pattern
            let kind = pattern.isExact ? 0 : pattern.steps.contains(.anyDepth) ? 2 : 1
            return (kind, -pattern.steps.count, pattern.description)
        }
        return rank(left) < rank(right)
    }
}
