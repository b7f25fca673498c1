import DICOMCore
import DICOMDictionary
import DICOMFile
import RuleLanguage

/// Everything that is asked of an instance before any of it is edited: whether its elements are all that there is to
/// treat. Where identity may be in what no statement of a profile reaches, the instance is not passed on.
struct Examination {
    private let file: DICOMFile
    private let profile: Profile
    private let compiled: CompiledProfile
    private let cleaner: (any PixelCleaner)?
    private let faces: FaceFinding?
    private let text: (String) -> IdentifyingText

    /// - Parameters:
    ///   - cleaner: of pixels; nil when the profile says nothing of them, or when nobody here can clean them.
    ///   - faces: what was found in the series of the instance; nil where nobody looked.
    ///   - text: what of a text identifies somebody.
    init(
        _ file: DICOMFile, _ profile: Profile, _ compiled: CompiledProfile, cleaner: (any PixelCleaner)? = nil,
        faces: FaceFinding? = nil, text: @escaping (String) -> IdentifyingText = { _ in .nothing }
    ) {
        self.file = file
        self.profile = profile
        self.compiled = compiled
        self.cleaner = cleaner
        self.faces = faces
        self.text = text
    }

    struct Result {
        var sopClass: String
        /// What is written is encoded so.
        var syntax: TransferSyntax
        /// Elements at the top level in place of which others are written: pixels with their tables, documents.
        var replacements: [Tag: NewElement] = [:]
        /// What the record says beside what becomes of elements.
        var notes: [(tag: Tag, text: String)] = []
        /// What the data set says of itself since its pixels were cleaned; each takes the place of what is there.
        var attributes: [NewElement] = []
        /// What goes at the top level because pixels are other ones.
        var removed: [Tag] = []
        /// Whether icons within items go for the same reason.
        var removesIcons = false
        /// Whether pixels were cleaned with confidence (113101).
        var hasCleanPixels = false
        /// Whether a face was taken out of them (113102).
        var hasCleanFaces = false
    }

    func result() throws(Sequestration) -> Result {
        let sopClass = try sopClass()
        let isPrivate = RegisteredUIDs.entry(for: sopClass) == nil
        let kind = isPrivate ? .likelyBurnedIn("of a private SOP class") : SOPClassKind(sopClass)
        if case .refused(let reason) = kind { throw Sequestration(reason) }
        if file.dataSet.child(.directoryRecordSequence) != nil {
            throw Sequestration("a directory \(Tag.directoryRecordSequence) is made anew for an export, not edited")
        }
        var result = Result(sopClass: sopClass, syntax: try syntax())
        if isPrivate {
            result.notes.append(
                (.sopClassUID, "a private SOP class: no IOD says what it needs, and every action is the strongest"))
        }
        try checkContent(kind)
        try replaceDocument(&result)
        let check = PixelDataCheck(file: file)
        let pixels = Tag.pixels.sorted().compactMap { file.dataSet.child($0) }
        var doubt: String?
        // Whoever made this deidentifier may have forgotten it, and the pixels would leave as they are.
        if cleaner == nil, !profile.pixels.isEmpty, !pixels.isEmpty {
            throw Sequestration("the profile says which pixels become black, and nobody here can do that")
        }
        for id in pixels {
            let content = try check.content(id, removesOverlays: compiled.removesOverlays)
            var found = content.replacements
            if let cleaned = try cleaner?.clean(file, content, faces: faces, text: text) {
                found.elements.merge(cleaned.elements) { $1 }
                // The words of Image Type are those of the image, and the profile may take them; the others are ours.
                // That there is no text left is said only where somebody answers for it.
                result.attributes = cleaned.attributes.filter {
                    switch $0.tag {
                    case .imageType: isKept(.imageType, .CS)
                    case .burnedInAnnotation: cleaned.isConfident
                    default: true
                    }
                }
                result.removed = cleaned.removed
                result.removesIcons = cleaned.removesIcons
                result.hasCleanPixels = cleaned.isConfident
                result.hasCleanFaces = cleaned.hasCleanFaces
                if !cleaned.isConfident, !cleaned.doubt.isEmpty { doubt = cleaned.doubt }
                result.notes += cleaned.notes.map { (.pixelData, $0) }
            }
            result.replacements.merge(found.elements) { $1 }
            if let note = found.note { result.notes.append((file.dataSet.nodes[id].tag, note)) }
        }
        let burnedIn = BurnedInText(file: file, kind: kind, sopClass: sopClass)
        if let reason = burnedIn.reason(
            isCleaned: result.hasCleanPixels, isFaceCleaned: result.hasCleanFaces)
        {
            guard profile.burnedInAnnotation == .pass else {
                throw Sequestration(doubt.map { "\(reason); \($0)" } ?? reason)
            }
            result.notes.append((.pixelData, "passed on as the profile lets it: \(reason)"))
        }
        for (tag, what) in [(Tag(0x6000, 0x3000), "an overlay"), (Tag(0x5000, 0x3000), "a curve")]
        where compiled.plain(compiled.treatment(of: tag, vr: .OW)) == .clean && hasGroup(tag) {
            result.notes.append((tag, "removed: nobody here can tell what is drawn in \(what)"))
        }
        return result
    }

    private func isKept(_ tag: Tag, _ vr: VR) -> Bool {
        compiled.pathStatements(for: tag).isEmpty && compiled.plain(compiled.treatment(of: tag, vr: vr)) == .keep
    }

    private func hasGroup(_ tag: Tag) -> Bool {
        file.dataSet.children(of: nil).contains { file.dataSet.nodes[$0].tag.repeatingGroup == tag.group }
    }

    /// Structured content is cleaned, or goes as a whole. What else a profile may say of it leaves it to what is said of
    /// each element, which knows nothing of concepts.
    private func checkContent(_ kind: SOPClassKind) throws(Sequestration) {
        guard file.dataSet.child(.contentSequence) != nil else { return }
        switch compiled.plain(compiled.treatment(of: .contentSequence, vr: .SQ)) {
        case .clean: return
        case .dummy where kind != .keyObjects: return
        case .dummy:
            throw Sequestration("key objects without the content of \(Tag.contentSequence) say nothing")
        default: throw Sequestration("the profile does not clean the structured content of \(Tag.contentSequence)")
        }
    }

    /// A document is put in place of another one as a whole: nothing looks into it.
    private func replaceDocument(_ result: inout Result) throws(Sequestration) {
        let tag = Tag.encapsulatedDocument
        guard file.dataSet.child(tag) != nil else { return }
        switch compiled.plain(compiled.treatment(of: tag, vr: .OB)) {
        case .keep where compiled.keepsByName(tag):
            result.notes.append((tag, "kept as the profile says: nobody looked into the document"))
            return
        case .dummy: break
        default: throw Sequestration("an encapsulated document \(tag) cannot be cleaned")
        }
        guard let document = DummyDocument.bytes(mimeType: file.text(.mimeTypeOfEncapsulatedDocument) ?? "") else {
            throw Sequestration("an encapsulated document \(tag) of a kind of which there is no empty one")
        }
        result.replacements[tag] = NewElement(tag: tag, vr: .OB, value: .bytes(document))
        if file.dataSet.child(.encapsulatedDocumentLength) != nil {
            let length = (0..<4).map { UInt8(truncatingIfNeeded: document.count >> ($0 * 8)) }
            result.replacements[.encapsulatedDocumentLength] = NewElement(
                tag: .encapsulatedDocumentLength, vr: .UL, value: .bytes(length))
        }
        result.notes.append((tag, "the document is replaced by one that says so"))
    }

    /// The class says what the object is. Of one that PS3.6 does not have no IOD says what it needs: every action is the
    /// strongest, and its pixels may hold anything.
    private func sopClass() throws(Sequestration) -> String {
        guard let uid = file.text(.sopClassUID), !uid.isEmpty else {
            throw Sequestration("it has no SOP Class UID (0008,0016), so that its kind is unknown")
        }
        if let entry = RegisteredUIDs.entry(for: uid) {
            guard entry.kind == "SOP Class" else {
                throw Sequestration("its SOP Class UID (0008,0016) is that of something else")
            }
        } else {
            guard !uid.hasPrefix("1.2.840.10008."), UID.isValid(uid) else {
                throw Sequestration(
                    "its SOP class is neither one of the standard nor of a vendor, so that its kind is unknown")
            }
        }
        return uid
    }

    /// As stated; where the elements contradict the statement, as they are.
    private func syntax() throws(Sequestration) -> TransferSyntax {
        guard file.isMisstated else { return file.transferSyntax }
        guard !file.transferSyntax.isEncapsulated, !file.transferSyntax.isDeflated else {
            throw Sequestration("its elements are not encoded as its transfer syntax says")
        }
        switch file.transferSyntax.encoding {
        case .implicitLittleEndian: return .implicitLittleEndian
        case .explicitLittleEndian: return .explicitLittleEndian
        case .explicitBigEndian: return .explicitBigEndian
        }
    }
}
