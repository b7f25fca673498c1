import DICOMCore
import RuleLanguage

/// A profile's statements as look-ups, made once for a run. The most specific statement wins: path, tag or private
/// element, repeating element, creator, group, private, VR, anything.
///
/// One object that all threads share: a copy of its tables for each instance would be as many counts of references, which the
/// processors would take from each other.
final class CompiledProfile: Sendable {
    let texts: [String]
    let compounds: [CompoundTreatment]
    let lookups: [LookupTreatment]
    let encryptions: [Treatment]

    /// Paths by their last tag, the most specific first.
    private let paths: [Tag: [PathStatement]]
    /// Paths that end in a private or repeating element.
    private let otherPaths: [PathStatement]
    private let tags: TagTable<Treatment>
    private let repeating: [Tag: Treatment]
    private let privateElements: [PrivateKey: Treatment]
    private let creators: [String: Treatment]
    private let groups: [UInt16: Treatment]
    private let repeatingGroups: [UInt16: Treatment]
    private let privateGroups: Treatment?
    private let vrs: [VR: Treatment]
    private let anything: Treatment
    /// What becomes of content items, by concept; by concept and value type.
    private let concepts: [ContentConcept: Treatment]
    private let typedConcepts: [String: [ContentConcept: Treatment]]

    /// Whether any statement speaks of one private element, creator or path to one: if not, all private elements have
    /// one treatment.
    let namesPrivateElements: Bool
    /// Whether private elements that the data set declares to be safe may stay (PS3.15 E.3.10).
    let honoursPrivateCharacteristics: Bool
    /// Whether any statement cleans, so that what is known of a patient is needed.
    let cleans: Bool
    /// Why the profile can make nothing safe; nil for a sound one.
    let fault: String?

    struct PathStatement: Sendable {
        var pattern: PathPattern
        var treatment: Treatment
    }

    struct PrivateKey: Hashable, Sendable {
        var group: UInt16
        var creator: String
        var element: UInt8
    }

    /// - Parameter lists: of the rule set, for look-ups.
    init(_ profile: Profile, lists: [String: ValueList] = [:]) {
        let made = ProfileCompilation(profile, lists: lists)
        texts = made.texts
        compounds = made.compounds
        lookups = made.lookups
        encryptions = made.encryptions
        paths = made.paths
        otherPaths = made.otherPaths
        tags = made.tags
        repeating = made.repeating
        privateElements = made.privateElements
        creators = made.creators
        groups = made.groups
        repeatingGroups = made.repeatingGroups
        privateGroups = made.privateGroups
        vrs = made.vrs
        anything = made.anything
        concepts = made.concepts
        typedConcepts = made.typedConcepts
        namesPrivateElements = made.namesPrivateElements
        honoursPrivateCharacteristics = made.honoursPrivateCharacteristics
        cleans = made.cleans
        fault = made.fault
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
