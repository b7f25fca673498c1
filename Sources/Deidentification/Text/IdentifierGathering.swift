import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile

/// Takes out of a data set what identifies the patient and others: every text, date and name, at every depth, that the
/// profile takes away. What it keeps is no secret.
struct IdentifierGathering {
    private let file: DICOMFile
    private let profile: CompiledProfile
    private let nodes: [DataSetIndex.Node]
    private var window: ValueWindow
    private var result = PatientIdentifiers()
    /// Whether the file did not give a value.
    private var isCut = false

    /// Longer texts are no identifiers.
    private static let longest = 1024

    init(_ file: DICOMFile, _ profile: CompiledProfile) {
        self.file = file
        self.profile = profile
        nodes = file.dataSet.nodes
        window = ValueWindow(file)
    }

    /// - Parameter all: all that the data set says; else the patient's names and numbers at the top level alone, which is
    ///   enough where no text is cleaned.
    func identifiers(all: Bool) -> PatientIdentifiers {
        guard all else { return gatheredOfPatient().result }
        var gathering = self
        gathering.gather()
        return gathering.result
    }

    /// The patient's names and numbers at the top level; nil where the file does not give one of them, which is nothing to remember.
    var patientAlone: PatientIdentifiers? {
        let gathering = gatheredOfPatient()
        return gathering.isCut ? nil : gathering.result
    }

    private func gatheredOfPatient() -> IdentifierGathering {
        var gathering = self
        for tag in Self.ofPatient.dropFirst() {
            guard let id = file.dataSet.child(tag), let vr = StandardDictionary.vr(of: tag) else { continue }
            if gathering.isTaken(id, gathering.nodes[id], vr) { gathering.add(id, gathering.nodes[id], vr, in: nil) }
        }
        return gathering
    }

    /// The bytes that the patient's names and numbers at the top level are read from, with what says how: who has the same
    /// has the same identifiers. Nil where one cannot be read.
    var key: [UInt8]? {
        var key: [UInt8] = []
        for tag in Self.ofPatient {
            guard let id = file.dataSet.child(tag) else { continue }
            let node = nodes[id]
            guard node.kind == .element, node.valueLength <= Self.longest, let value = try? file.bytes(of: id) else {
                return nil
            }
            withUnsafeBytes(of: (tag.rawValue, UInt32(value.count))) { key.append(contentsOf: $0) }
            key.append(contentsOf: value)
        }
        return key
    }

    /// Specific Character Set, and the names and numbers that are written in it.
    private static let ofPatient = [Tag.specificCharacterSet] + patientNames.union(patientNumbers).sorted()

    private mutating func gather() {
        /// Ends of sequences, with what is known of their items: whether the whole sequence goes, and its tag.
        var open: [(end: Int, isTaken: Bool, tag: Tag)] = []
        for (id, node) in nodes.enumerated() {
            while let last = open.last, id >= last.end { open.removeLast() }
            let isWithin = open.last?.isTaken ?? false
            if node.kind == .sequence {
                open.append((Int(node.subtreeEnd), isWithin || isTaken(id, node, .SQ), node.tag))
                continue
            }
            guard node.kind == .element, node.valueEnd > node.valueStart else { continue }
            if node.tag.isPrivate {
                // Of private elements only what is a name for certain: others may be anything.
                if node.vr == .PN, node.tag.element > 0xFF { add(id, node, .PN, in: nil) }
                continue
            }
            guard let vr = StandardDictionary.vr(of: node.tag), vr.mayIdentify, !Self.neverIdentifies(node.tag),
                isWithin || isTaken(id, node, vr)
            else { continue }
            add(id, node, vr, in: open.last?.tag)
        }
    }

    private func isTaken(_ id: Int, _ node: DataSetIndex.Node, _ vr: VR) -> Bool {
        let treatment: Treatment
        if node.tag.isPrivate {
            treatment = .remove
        } else if profile.hasPaths,
            let special = profile.pathStatements(for: node.tag).first(where: {
                PathMatch(file, nodes).matches($0.pattern, id)
            })
        {
            treatment = special.treatment
        } else {
            treatment = profile.treatment(of: node.tag, vr: vr)
        }
        return profile.isTaken(treatment)
    }

    // MARK: Values

    private mutating func add(_ id: Int, _ node: DataSetIndex.Node, _ vr: VR, in sequence: Tag?) {
        // Meanings and values of codes are the standard's or a scheme's, but for those that name people.
        if Self.codes.contains(node.tag), sequence != Self.personCodes { return }
        guard Int(node.valueEnd - node.valueStart) <= Self.longest else { return }
        guard let bytes = window.value(of: node) else {
            isCut = true
            result.giveUp()
            return
        }
        let set = vr.usesSpecificCharacterSet ? try? file.characterSet(at: id) : .defaultRepertoire
        for value in LenientText.values(bytes, vr: vr, set: set) { add(value, node.tag, vr) }
    }

    private mutating func add(_ value: String, _ tag: Tag, _ vr: VR) {
        let text = LenientText.trimmed(value)
        guard !text.isEmpty else { return }
        switch vr {
        case .PN: result.insert(Self.patientNames.contains(tag) ? .patientName : .name, text)
        case .DA, .DT:
            let date = String(text.prefix(8))
            if date.utf8.count == 8 { result.insert(.date, date) }
        case _ where Self.patientNumbers.contains(tag): result.insert(.patientNumber, text)
        case _ where Self.isTelephone(text): result.insert(.digits, text)
        case _ where Self.telecoms.contains(tag):
            for part in text.split(whereSeparator: { $0 == " " || $0 == ";" || $0 == "," || $0.isNewline }) {
                result.insert(Self.isTelephone(String(part)) ? .digits : .phrase, String(part))
            }
        case _ where Self.addresses.contains(tag): result.insert(.address, text)
        case _ where Self.institutions.contains(tag): result.insert(.institution, text)
        case _ where tag == .codeMeaning: result.insert(.name, text)
        // Sentences are no identifiers.
        case _ where vr.holdsSentences && text.utf8.count > 64: break
        default:
            let hasDigit = text.utf8.contains { $0 >= 0x30 && $0 <= 0x39 }
            let isOneWord = !text.utf8.contains(0x20)
            result.insert(hasDigit && isOneWord ? .number : .phrase, text)
        }
    }

    /// Seven digits or more, and nothing but what stands between them.
    private static func isTelephone(_ text: String) -> Bool {
        var digits = 0
        var signs = 0
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39: digits += 1
            case 0x20, UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "."),
                UInt8(ascii: "/"):
                signs += 1
            default: return false
            }
        }
        return digits >= 7 && digits <= 20 && signs > 0
    }

    // MARK: Attributes

    /// Patient's Name, Other Patient Names, Patient's Birth Name, Patient's Mother's Birth Name.
    private static let patientNames: Set<Tag> = [
        .patientName, Tag(0x0010, 0x1001), Tag(0x0010, 0x1005), Tag(0x0010, 0x1060),
    ]
    /// Patient ID, Other Patient IDs, Accession Number.
    private static let patientNumbers: Set<Tag> = [.patientID, Tag(0x0010, 0x1000), Tag(0x0008, 0x0050)]
    /// Patient's and Person's Telecom Information.
    private static let telecoms: Set<Tag> = [Tag(0x0010, 0x2155), Tag(0x0040, 0x1104)]
    private static let addresses: Set<Tag> = [
        Tag(0x0010, 0x1040), Tag(0x0008, 0x0081), Tag(0x0040, 0x1102), Tag(0x0008, 0x0092),
    ]
    /// Institution Name, Institutional Department Name, and those of people and admissions.
    private static let institutions: Set<Tag> = [
        Tag(0x0008, 0x0080), Tag(0x0008, 0x1040), Tag(0x0010, 0x2299), Tag(0x0038, 0x0300), Tag(0x0038, 0x0400),
    ]
    private static let codes: Set<Tag> = [
        .codeValue, .codeMeaning, .longCodeValue, Tag(0x0008, 0x0103), Tag(0x0008, 0x0121), Tag(0x0008, 0x0122),
    ]
    /// Person Identification Code Sequence.
    private static let personCodes = Tag(0x0040, 0x1101)

    /// What many people share, and words that are in any text.
    private static func neverIdentifies(_ tag: Tag) -> Bool {
        switch tag {
        // Ethnic Group, Country and Region of Residence, Religious Preference, Occupation, Military Rank, Branch of Service,
        // Special Needs, Patient State, Patient's Insurance Plan.
        case Tag(0x0010, 0x2160), Tag(0x0010, 0x2150), Tag(0x0010, 0x2152), Tag(0x0010, 0x21F0), Tag(0x0010, 0x2180),
            Tag(0x0010, 0x1080), Tag(0x0010, 0x1081), Tag(0x0038, 0x0050), Tag(0x0038, 0x0500):
            true
        // Coding schemes and their parts; De-identification Method; Pre-Medication; titles, subjects, keywords of topics.
        case Tag(0x0008, 0x0102), Tag(0x0008, 0x010C), Tag(0x0008, 0x0115), Tag(0x0012, 0x0063), Tag(0x0040, 0x0012),
            Tag(0x0088, 0x0904), Tag(0x0088, 0x0906), Tag(0x0088, 0x0912):
            true
        // Technique, presentation, and what of groups 2010 and above prints and plans.
        default: tag.group == 0x0028 || tag.group == 0x0072 || tag.group == 0x2010 || tag.group == 0x0000
        }
    }
}

extension CompiledProfile {
    /// Whether nothing of the original stays, for whatever Type.
    func isTaken(_ treatment: Treatment) -> Bool {
        switch treatment {
        case .keep, .clean, .uid: false
        case .remove, .empty, .dummy, .pseudonym, .replace, .change: true
        case .encrypt: isTaken(plain(treatment))
        case .byType(let index):
            isTaken(compounds[index].type1) || isTaken(compounds[index].type2) || isTaken(compounds[index].type3)
        }
    }
}

extension VR {
    /// Whether values are words, names, numbers in text, or dates.
    fileprivate var mayIdentify: Bool {
        switch self {
        case .AE, .DA, .DT, .LO, .LT, .PN, .SH, .ST, .UC, .UT: true
        default: false
        }
    }
}
