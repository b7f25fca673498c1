import DICOMCore
import DICOMDictionary
import DICOMFile

/// One pass over the nodes of a data set that makes the edits. Nodes come in the order of the file, children after their
/// parent; a sequence that goes is passed over with all that is in it. Nothing is decoded or allocated for an element
/// that stays or goes.
struct Walk {
    let file: DICOMFile
    let profile: CompiledProfile
    let identifiers: KeyedIdentifiers
    let pseudonyms: PatientPseudonyms
    /// Nil when the profile says nothing of how far dates move.
    let dates: PatientDates?
    let nodes: [DataSetIndex.Node]

    var memory: WalkMemory
    var edits: [Edit] = []
    var notes = Notes()
    /// Sequences that the walk is in, the innermost last.
    var sequences: [OpenSequence] = []
    var window: ValueWindow
    let cleaner: TextCleaner
    /// Elements at the top level whose originals are to be encrypted.
    var originals: Set<DataSetIndex.NodeID> = []
    /// What the examination puts in place of elements at the top level: pixels with their tables, documents.
    let replacements: [Tag: NewElement]
    /// Elements at the top level that somebody else writes.
    let settled: [Tag]
    /// Whether icons within items go, whatever the profile says: the pixels that they show are other ones.
    let removesIcons: Bool
    var privateBlocks = PrivateBlocks()
    /// Creators of which something stays.
    var keptCreators: Set<PrivateCreator> = []
    /// Whether UIDs become new ones, in text too.
    let mapsUIDs: Bool
    /// Whether the profile has statements with paths.
    private let hasPaths: Bool
    /// What the data set says of its private elements, when the profile honours that.
    let characteristics: PrivateCharacteristics?

    struct OpenSequence {
        var tag: Tag
        /// The path of its items.
        var path: Int32
        var end: Int32
        /// Whether what is in it is cleaned.
        var cleans = false
        /// The content item that the walk is in, when it is one of this sequence.
        var item: ContentItem?
    }

    init(
        _ file: DICOMFile, profile: CompiledProfile, identifiers: KeyedIdentifiers, pseudonyms: PatientPseudonyms,
        dates: PatientDates?, cleaner: TextCleaner, memory: WalkMemory,
        replacements: [Tag: NewElement], settled: Set<Tag> = [], removesIcons: Bool = false
    ) {
        self.file = file
        self.profile = profile
        self.identifiers = identifiers
        self.pseudonyms = pseudonyms
        self.dates = dates
        self.replacements = replacements
        self.settled = Array(settled.union(InsertedElements.tags))
        self.removesIcons = removesIcons
        window = ValueWindow(file)
        self.cleaner = cleaner
        mapsUIDs = profile.plain(profile.treatment(of: .sopInstanceUID, vr: .UI)) == .uid
        characteristics = profile.honoursPrivateCharacteristics ? PrivateCharacteristics(file) : nil
        hasPaths = profile.hasPaths
        nodes = file.dataSet.nodes
        self.memory = memory
    }

    /// The path of the data set or item that the walk is in.
    var path: Int32 { sequences.last?.path ?? ItemPaths.root }

    mutating func run() throws(Sequestration) {
        var id = 0
        while id < nodes.count {
            while let open = sequences.last, id >= Int(open.end) { sequences.removeLast() }
            let node = nodes[id]
            if node.kind == .item {
                beginItem(id)
                id += 1
            } else if sequences.last?.item?.isReplaced == true, node.tag.isPrivate {
                edits.append(.remove(id))
                id = Int(node.subtreeEnd)
            } else if node.tag.isPrivate {
                id = try privateElement(id, node)
            } else if node.tag == .encryptedAttributesSequence, profile.keepsByName(node.tag) {
                // Nothing in it is for us to read.
                id = Int(node.subtreeEnd)
            } else if sequences.isEmpty, node.tag == .privateDataElementCharacteristicsSequence, characteristics != nil
            {
                // Written anew at the end; a second one goes.
                if file.dataSet.child(node.tag) != id { edits.append(.remove(id)) }
                id = Int(node.subtreeEnd)
            } else if isAlwaysRemoved(node.tag) {
                _ = plain(profile.treatment(of: node.tag, vr: StandardDictionary.vr(of: node.tag) ?? .UN), of: id)
                edits.append(.remove(id))
                id = Int(node.subtreeEnd)
            } else if sequences.isEmpty, settled.contains(node.tag) {
                // The first of that name is written anew at the end.
                if file.dataSet.child(node.tag) != id { edits.append(.remove(id)) }
                id = Int(node.subtreeEnd)
            } else if removesIcons, node.tag == .iconImageSequence {
                edits.append(.remove(id))
                notes.add(node.tag, "removed: it may show the pixels as they were")
                id = Int(node.subtreeEnd)
            } else {
                id = try standardElement(id, node)
            }
        }
        describePrivateElements()
        for creator in privateBlocks.unused { edits.append(.remove(creator)) }
    }

    private mutating func beginItem(_ id: Int) {
        guard let open = sequences.last, open.cleans, ContentItem.sequences.contains(open.tag) else { return }
        sequences[sequences.count - 1].item = beginContentItem(id)
    }

    /// Elements that no de-identified data set has: retired group lengths, elements of commands, file meta information
    /// and directories that stand in the wrong place, signatures that no longer hold with what they name (their signer),
    /// padding, in which anything may be, and what an earlier de-identification encrypted: who can open it sees whom this
    /// is about. A statement that names Encrypted Attributes Sequence can keep that.
    private func isAlwaysRemoved(_ tag: Tag) -> Bool {
        if tag.isGroupLength || tag.group < 0x0008 { return true }
        switch tag {
        case .encryptedAttributesSequence, .dataSetTrailingPadding, .digitalSignaturesSequence, .macParametersSequence:
            return true
        default: break
        }
        switch tag.repeatingGroup {
        case 0x6000: return profile.removesOverlays
        case 0x5000: return profile.removesCurves
        default: return false
        }
    }

    /// - Returns: the node to go on with.
    private mutating func standardElement(_ id: Int, _ node: DataSetIndex.Node) throws(Sequestration) -> Int {
        let standing = memory.paths.standing(of: node.tag, at: path, under: profile)
        let known = standing.known
        var isPathStatement = false
        var treatment = standing.treatment
        if hasPaths, let special = pathTreatment(id, node) {
            treatment = special
            isPathStatement = true
        }
        let element = Element(id: id, node: node, vr: known ?? node.vr, known: known, isNamedByPath: isPathStatement)
        // Text within annotation that is cleaned.
        var isOfPlace = !isPathStatement
        if !isPathStatement, node.tag == .unformattedTextValue, sequences.last?.cleans == true {
            treatment = .clean
            isOfPlace = false
        }
        if !isPathStatement, let item = sequences.last?.item {
            return try contentElement(element, item, stated: treatment)
        }
        guard isOfPlace, let disposal = standing.disposal else { return try treat(element, treatment) }
        note(node.tag, treatment, disposal)
        return try apply(disposal, to: element)
    }

    mutating func treat(_ element: Element, _ treatment: Treatment) throws(Sequestration) -> Int {
        let treatment = plain(treatment, of: element.id)
        if treatment == .clean, let next = clean(sequence: element) { return next }
        let requirement =
            treatment.needsRequirement ? memory.paths.requirement(of: element.node.tag, at: path) : Requirement.nothing
        let disposal = profile.disposal(treatment, for: requirement)
        note(element.node.tag, treatment, disposal)
        return try apply(disposal, to: element)
    }

    /// Goes into a sequence: its items are treated by the profile.
    ///
    /// - Parameter cleans: whether the profile cleans it; what is in a sequence that is cleaned is, too.
    mutating func enter(_ element: Element, cleans: Bool = false) -> Int {
        let inner = memory.paths.path(within: element.node.tag, at: path)
        let isCleaned = cleans || sequences.last?.cleans == true
        sequences.append(
            OpenSequence(tag: element.node.tag, path: inner, end: element.node.subtreeEnd, cleans: isCleaned))
        return element.id + 1
    }

    /// What a statement with a path says of the element, if one does.
    func pathTreatment(_ id: Int, _ node: DataSetIndex.Node) -> Treatment? {
        profile.pathStatements(for: node.tag).first { PathMatch(file, nodes).matches($0.pattern, id) }?.treatment
    }
}

/// An element as the walk hands it about.
struct Element {
    var id: Int
    var node: DataSetIndex.Node
    /// By dictionary, as encoded where it knows none.
    var vr: VR
    /// By dictionary alone.
    var known: VR?
    var isNamedByPath: Bool
}

extension CompiledProfile {
    /// An overlay without its data, or a curve without, is broken: with the data the whole group goes (PS3.3 C.9.2).
    var removesOverlays: Bool { removes(Tag(0x6000, 0x3000)) }
    var removesCurves: Bool { removes(Tag(0x5000, 0x3000)) }

    /// Nothing can clean bytes.
    private func removes(_ data: Tag) -> Bool {
        let treatment = plain(treatment(of: data, vr: .OW))
        return treatment.takesAway || treatment == .clean
    }
}

extension Tag {
    /// Pixel Data, Float Pixel Data, Double Float Pixel Data.
    static let pixels: Set<Tag> = [.pixelData, Tag(0x7FE0, 0x0008), Tag(0x7FE0, 0x0009)]
    /// Whether it is one of `pixels`, asked of every element.
    var isPixels: Bool { group == 0x7FE0 && Self.pixels.contains(self) }
    static let iconImageSequence = Tag(0x0088, 0x0200)
    static let digitalSignaturesSequence = Tag(0xFFFA, 0xFFFA)
    static let macParametersSequence = Tag(0x4FFE, 0x0001)
}
