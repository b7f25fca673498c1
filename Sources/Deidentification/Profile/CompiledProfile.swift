import DICOMCore
import RuleLanguage

/// A profile's statements as look-ups, made once for a run. The most specific statement wins: path, tag or private
/// element, repeating element, creator, group, private, VR, anything.
struct CompiledProfile: Sendable {
    private(set) var texts: [String] = []
    private(set) var compounds: [CompoundTreatment] = []
    private(set) var lookups: [LookupTreatment] = []
    private(set) var encryptions: [Treatment] = []

    /// Paths by their last tag, the most specific first.
    private var paths: [Tag: [PathStatement]] = [:]
    /// Paths that end in a private or repeating element.
    private var otherPaths: [PathStatement] = []
    private var tags = TagTable<Treatment>([:])
    private var repeating: [Tag: Treatment] = [:]
    private var privateElements: [PrivateKey: Treatment] = [:]
    private var creators: [String: Treatment] = [:]
    private var groups: [UInt16: Treatment] = [:]
    private var repeatingGroups: [UInt16: Treatment] = [:]
    private var privateGroups: Treatment?
    private var vrs: [VR: Treatment] = [:]
    /// A profile that does not say keeps nothing.
    private var anything: Treatment = .remove

    /// What becomes of content items, by concept; by concept and value type.
    private var concepts: [ContentConcept: Treatment] = [:]
    private var typedConcepts: [String: [ContentConcept: Treatment]] = [:]

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

    struct PathStatement: Sendable {
        var pattern: PathPattern
        var treatment: Treatment
    }

    private struct PrivateKey: Hashable, Sendable {
        var group: UInt16
        var creator: String
        var element: UInt8
    }

    /// - Parameter lists: of the rule set, for look-ups.
    init(_ profile: Profile, lists: [String: ValueList] = [:]) {
        self.lists = lists
        fault = Self.fault(in: profile.settings, lists: lists)
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
                privateElements[PrivateKey(group: group, creator: creator, element: element)] = treatment
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
        let statement = PathStatement(pattern: pattern, treatment: treatment)
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
    private static func isMoreSpecific(_ left: PathStatement, _ right: PathStatement) -> Bool {
        func rank(_ statement: PathStatement) -> (Int, Int, String) {
            let pattern = statement.pattern
            let kind = pattern.isExact ? 0 : pattern.steps.contains(.anyDepth) ? 2 : 1
            return (kind, -pattern.steps.count, pattern.description)
        }
        return rank(left) < rank(right)
    }
}

// MARK: - Asking

extension CompiledProfile {
    /// For an element of the standard.
    ///
    /// - Parameter vr: by dictionary; UN for an element that it does not know.
    func treatment(of tag: Tag, vr: VR) -> Treatment {
        if let treatment = tags[tag] { return treatment }
        if let base = tag.repeatingGroup {
            if let treatment = repeating[Tag(base, tag.element)] { return treatment }
            if let treatment = groups[tag.group] ?? repeatingGroups[base] { return treatment }
        } else if !groups.isEmpty, let treatment = groups[tag.group] {
            return treatment
        }
        return vrs[vr] ?? anything
    }

    /// For a private element of a known creator; nil when no statement speaks of it, its creator or its group.
    func namedTreatment(ofPrivate tag: Tag, creator: String) -> Treatment? {
        privateElements[privateKey(tag, creator)] ?? tags[tag] ?? creators[creator] ?? groups[tag.group]
    }

    /// For a private element of a known creator, of which the data set says nothing.
    func treatment(ofPrivate tag: Tag, creator: String, vr: VR) -> Treatment {
        namedTreatment(ofPrivate: tag, creator: creator) ?? privateTreatment(vr)
    }

    /// Whether a statement speaks of this very element.
    func namesPrivate(_ tag: Tag, creator: String) -> Bool {
        privateElements[privateKey(tag, creator)] != nil || tags[tag] != nil
    }

    private func privateKey(_ tag: Tag, _ creator: String) -> PrivateKey {
        PrivateKey(group: tag.group, creator: creator, element: UInt8(truncatingIfNeeded: tag.element))
    }

    /// For an element of which nothing is known but its VR.
    func treatment(ofVR vr: VR) -> Treatment { vrs[vr] ?? anything }

    /// For a content item whose concept a statement names. No IOD says which Type an item has in its template: of a compound
    /// code it is the action that leaves an item of its kind.
    func treatment(ofConcept concept: ContentConcept, valueType: String?) -> Treatment? {
        let found = valueType.flatMap { typedConcepts[$0]?[concept] } ?? concepts[concept]
        if case .byType(let index) = found { return compounds[index].type1 }
        return found
    }

    /// For private elements that nothing names.
    func privateTreatment(_ vr: VR) -> Treatment { privateGroups ?? vrs[vr] ?? anything }

    /// Statements with a path that may end in this element, the most specific first.
    func pathStatements(for tag: Tag) -> [PathStatement] {
        if let named = paths[tag] { return named }
        return tag.isPrivate || tag.repeatingGroup != nil ? otherPaths : []
    }

    /// What becomes of an element, its original apart.
    func plain(_ treatment: Treatment) -> Treatment {
        if case .encrypt(let index) = treatment { encryptions[index] } else { treatment }
    }

    /// Whether a statement about this tag, not about its VR or everything, keeps it.
    func keepsByName(_ tag: Tag) -> Bool { tags[tag].map(plain) == .keep }

    /// Whether no private element can stay.
    var removesAllPrivate: Bool { !namesPrivateElements && privateGroups?.takesAway == true }

    var hasPaths: Bool { !paths.isEmpty || !otherPaths.isEmpty }
}

extension Tag {
    /// 5000 for curves, 6000 for overlays (PS3.5 7.6): the first group of the repeating group that the tag is of.
    var repeatingGroup: UInt16? {
        guard !isPrivate else { return nil }
        switch group & 0xFF00 {
        case 0x5000: return 0x5000
        case 0x6000: return 0x6000
        default: return nil
        }
    }
}
