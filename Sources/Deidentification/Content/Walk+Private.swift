import DICOMCore
import DICOMDictionary
import DICOMFile

extension Walk {
    /// A private element: by what the profile says of it or its creator, by what the data set itself declares where the
    /// profile honours that, by what the profile says of private elements.
    mutating func privateElement(_ id: Int, _ node: DataSetIndex.Node) throws(Sequestration) -> Int {
        guard !profile.removesAllPrivate || characteristics != nil else {
            edits.append(.remove(id))
            return Int(node.subtreeEnd)
        }
        if node.tag.isPrivateCreator {
            privateBlocks.open(id, node)
            return Int(node.subtreeEnd)
        }
        let creators = file.dataSet.creators(of: id)
        guard let creator = creators.first, creators.count == 1 else {
            // Nobody says what an element without a creator is, nor one that two claim.
            edits.append(.remove(id))
            return Int(node.subtreeEnd)
        }
        let known = PrivateDictionary.entry(
            creator: creator, group: node.tag.group, element: UInt8(truncatingIfNeeded: node.tag.element))?.vr
        let vr = node.vr == .UN ? known ?? .UN : node.vr
        let element = Element(id: id, node: node, vr: vr, known: known, isNamedByPath: false)
        var isNamed = profile.namesPrivate(node.tag, creator: creator)
        var treatment =
            profile.namedTreatment(ofPrivate: node.tag, creator: creator)
            ?? characteristics?.treatment(of: node.tag, creator: creator) ?? profile.privateTreatment(known ?? .UN)
        if profile.hasPaths, let special = pathTreatment(id, node) {
            treatment = special
            isNamed = true
        }
        treatment = resolved(treatment, of: id)
        if treatment != .remove, cleaner.namesPatient(creator) {
            notes.add(node.tag, "removed: its creator names the patient")
            treatment = .remove
        }
        if treatment == .keep || treatment == .clean { treatment = safe(treatment, element, isNamed: isNamed) }
        let next: Int
        if treatment == .clean, let inner = clean(sequence: element) {
            next = inner
        } else {
            // No IOD asks for a private element.
            next = try apply(profile.disposal(treatment, for: .nothing), to: element)
        }
        if edits.last != .remove(id) {
            privateBlocks.use(node)
            keptCreators.insert(PrivateCreator(group: node.tag.group, name: creator))
        }
        return next
    }

    /// What is to be done with a private element: no IOD asks for it, so that of a compound it is what that says of Type 3.
    private mutating func resolved(_ treatment: Treatment, of id: DataSetIndex.NodeID) -> Treatment {
        var treatment = plain(treatment, of: id)
        while case .byType(let index) = treatment { treatment = plain(profile.compounds[index].type3, of: id) }
        return treatment
    }

    /// What becomes of an element that is to stay. What nobody knows the kind of does not; names, dates, UIDs and ages are
    /// what they are in elements of the standard, too, unless the profile names this very element.
    private mutating func safe(_ treatment: Treatment, _ element: Element, isNamed: Bool) -> Treatment {
        let tag = element.node.tag
        switch element.vr {
        case .SQ: return element.node.kind == .sequence ? treatment : .remove
        case .UN:
            notes.add(tag, "removed: nobody says what kind of value it has")
            return .remove
        case .UI: return .uid
        case .PN, .DA, .DT, .TM, .AS:
            return isNamed ? treatment : resolved(profile.treatment(ofVR: element.vr), of: element.id)
        case .OB, .OW:
            guard isFreeOfNames(element.node) else {
                notes.add(tag, "removed: its bytes name the patient, or are too many to be looked through")
                return .remove
            }
            return .keep
        case let vr where vr.isText: return treatment
        default: return .keep
        }
    }

    /// Bytes of which nobody says what they are, looked through for what is known of the patient.
    private mutating func isFreeOfNames(_ node: DataSetIndex.Node) -> Bool {
        guard node.kind == .element, node.valueLength <= TextCleaner.longest, let bytes = window.value(of: node) else {
            return false
        }
        // Text of two bytes a character has zeros in it.
        let narrow = bytes.filter { $0 != 0 }
        return [bytes, narrow].allSatisfy { !cleaner.known.mayBe(in: $0.span) || !cleaner.namesPatient(Self.text($0)) }
    }

    /// What may be text among bytes, byte by byte.
    private static func text(_ bytes: [UInt8]) -> String {
        var result = String.UnicodeScalarView()
        for byte in bytes { result.append(byte < 0x20 || byte == 0x7F ? " " : Unicode.Scalar(byte)) }
        return String(result)
    }

    /// What the data set says of its private elements is true of what is left, or goes.
    mutating func describePrivateElements() {
        guard characteristics != nil,
            let id = file.dataSet.child(.privateDataElementCharacteristicsSequence)
        else { return }
        let left = keptCreators.filter { $0.name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != .backslash } }
            .sorted { ($0.group, $0.name) < ($1.group, $1.name) }
        let new = PrivateCharacteristics.describing(left.map { ($0.group, $0.name) })
        edits.append(new.map { .replace(id, $0) } ?? .remove(id))
    }
}

/// Who reserved a block, and in which group.
struct PrivateCreator: Hashable {
    var group: UInt16
    var name: String
}
