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

    init(_ file: DICOMFile, _ profile: Profile, _ compiled: CompiledProfile) {
        self.file = file
        self.profile = profile
        self.compiled = compiled
    }

    struct Result {
        var sopClass: String
        /// What is written is encoded so.
        var syntax: TransferSyntax
        /// Pixels at the top level, with their tables, that do not stay as they are.
        var pixels: [Tag: NewElement] = [:]
        /// What the record says beside what becomes of elements.
        var notes: [(tag: Tag, text: String)] = []
    }

    func result() throws(Sequestration) -> Result {
        let sopClass = try sopClass()
        let kind = SOPClassKind(sopClass)
        if case .refused(let reason) = kind { throw Sequestration(reason) }
        for (tag, what) in Self.refusedElements where file.dataSet.child(tag) != nil {
            throw Sequestration("\(what) \(tag) cannot be cleaned")
        }
        var result = Result(sopClass: sopClass, syntax: try syntax())
        let check = PixelDataCheck(file: file)
        let pixels = Tag.pixels.sorted().compactMap { file.dataSet.child($0) }
        for id in pixels {
            let found = try check.replacements(id)
            result.pixels.merge(found.elements) { $1 }
            if let note = found.note { result.notes.append((file.dataSet.nodes[id].tag, note)) }
        }
        if !pixels.isEmpty {
            if compiled.removesOverlays, let reason = check.overlayInPixels() { throw Sequestration(reason) }
        }
        if profile.burnedInAnnotation == .sequester,
            let reason = BurnedInText(file: file, kind: kind, sopClass: sopClass).reason()
        {
            throw Sequestration(reason)
        }
        return result
    }

    private static let refusedElements: [(Tag, String)] = [
        (.directoryRecordSequence, "a directory"),
        (Tag(0x0040, 0xA730), "structured content"),
        (Tag(0x0042, 0x0011), "an encapsulated document"),
    ]

    /// The class says what the object is; of an object of an unknown kind nothing can be said.
    private func sopClass() throws(Sequestration) -> String {
        guard let uid = file.text(.sopClassUID), !uid.isEmpty else {
            throw Sequestration("it has no SOP Class UID (0008,0016), so that its kind is unknown")
        }
        guard RegisteredUIDs.entry(for: uid)?.kind == "SOP Class" else {
            throw Sequestration("its SOP class is not one of the standard, so that its kind is unknown")
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
