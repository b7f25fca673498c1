import DICOMCore
import DICOMDictionary
public import DICOMFile
public import RuleLanguage

/// Applies a profile to a data set. Pure: same file, profile and key give the same edits (P7).
public struct Deidentifier: Sendable {
    private let means: Means
    private var pixelCleaner: (any PixelCleaner)?

    /// What does not change from instance to instance: one object that all threads share.
    private final class Means: Sendable {
        let profile: Profile
        let compiled: CompiledProfile
        let identifiers: KeyedIdentifiers
        let recipients: Recipients
        let pseudonymSource: PseudonymSource
        let text: TextMeans
        let inserted: InsertedElements.Statement
        /// Instances of one patient come one after the other, and say the same of them.
        let lastPrepared = LastPrepared()
        let memories = WalkMemories()

        init(_ ruleSet: RuleSet, _ profile: Profile, _ key: DeidentificationKey) {
            self.profile = profile
            compiled = CompiledProfile(profile, lists: ruleSet.lists)
            identifiers = KeyedIdentifiers(key)
            recipients = Recipients(
                profile.settings.recipients, key: key,
                isNeeded: profile.settings.encryptsChanges || !compiled.encryptions.isEmpty)
            pseudonymSource = PseudonymSource(identifiers, profile.settings.pseudonyms, lists: ruleSet.lists)
            text = TextMeans(profile.settings.text, in: ruleSet)
            inserted = InsertedElements.Statement(profile)
        }
    }

    public init(ruleSet: RuleSet, profile: Profile, key: DeidentificationKey) {
        means = Means(ruleSet, profile, key)
    }

    var compiled: CompiledProfile { means.compiled }
    var pseudonymSource: PseudonymSource { means.pseudonymSource }

    /// The same, with somebody who cleans pixels.
    package func cleaningPixels(with cleaner: (any PixelCleaner)?) -> Deidentifier {
        var result = self
        result.pixelCleaner = cleaner
        return result
    }

    /// Why the profile cannot be applied at a time of decision (a DT), whatever the instance: a recipient's certificate
    /// that cannot be used, or not then. Nil when it can.
    public func objection(at time: String) -> String? { means.recipients.objection(at: time) }

    public enum Outcome: Sendable {
        case edited(Deidentified)
        /// The profile cannot make this instance safe: why, in words, without values. Never passed on.
        case sequester(reason: String)
    }

    /// - Parameters:
    ///   - known: what is known of the patient, from all instances of the patient's studies; nil for what this one says.
    ///   - faces: what was found in all instances of the series; nil where nobody looked.
    public func deidentify(
        _ file: DICOMFile, known: PreparedIdentifiers? = nil, faces: FaceFinding? = nil
    ) -> Outcome {
        do throws(Sequestration) {
            return .edited(try edited(file, known, faces))
        } catch {
            return .sequester(reason: error.reason)
        }
    }

    private func edited(
        _ file: DICOMFile, _ known: PreparedIdentifiers?, _ faces: FaceFinding?
    ) throws(Sequestration) -> Deidentified {
        if let fault = compiled.fault ?? means.recipients.fault ?? (cleansText ? means.text.fault : nil) {
            throw Sequestration(fault)
        }
        let known = if let known { known } else { try knownOf(file) }
        guard !known.isOverfull else {
            throw Sequestration(
                "too many names and numbers are known of the patient for them to be looked for, or one could not be read"
            )
        }
        let textCleaner = TextCleaner(means.text, known.known)
        let recognized = means.profile.pixels.comparesText ? RecognizedText(textCleaner, known.forms) : nil
        let examined = try Examination(file, means.profile, compiled, cleaner: pixelCleaner, faces: faces) {
            recognized?.identifying(in: $0) ?? .nothing
        }
        .result()
        var memory = means.memories.take(InformationObjectDefinitions.iod(forSOPClass: examined.sopClass))
        guard let instance = try newUID(.sopInstanceUID, file, &memory.uids) else {
            throw Sequestration("it has no SOP Instance UID (0008,0018)")
        }
        let identities = PatientIdentities(file)
        let pseudonyms = try PatientPseudonyms(identities, means.pseudonymSource)
        var walk = Walk(
            file, profile: compiled, identifiers: means.identifiers, pseudonyms: pseudonyms,
            dates: dateOffset(of: identities.patient).map { PatientDates(identities, patient: $0, offset: dateOffset) },
            cleaner: textCleaner, memory: memory,
            replacements: examined.replacements, settled: Set(examined.attributes.map(\.tag) + examined.removed),
            removesIcons: examined.removesIcons)
        for note in examined.notes { walk.notes.add(note.tag, note.text) }
        // One holder, so that what the walk adds to it makes no copy.
        memory = WalkMemory(iod: nil)
        try walk.run()
        swap(&memory, &walk.memory)
        let originals = try originalEdits(walk)
        let study = try newUID(.studyInstanceUID, file, &memory.uids) ?? instance
        let series = try newUID(.seriesInstanceUID, file, &memory.uids) ?? instance
        means.memories.give(memory)
        var edits = walk.edits
        walk.edits = []
        edits += InsertedElements(
            means.inserted, file, hasCleanPixels: examined.hasCleanPixels, hasCleanFaces: examined.hasCleanFaces
        ).edits(file)
        edits += examined.attributes.map { element -> Edit in
            file.dataSet.child(element.tag).map { .replace($0, element) } ?? .insert(into: nil, element)
        }
        edits += examined.removed.compactMap { file.dataSet.child($0) }.map { Edit.remove($0) }
        edits += originals
        return Deidentified(
            edits: edits,
            fileMeta: NewFileMeta.elements(
                sopClass: examined.sopClass, sopInstance: instance, syntax: examined.syntax),
            patientID: pseudonyms.patient,
            studyInstanceUID: study,
            seriesInstanceUID: series,
            sopInstanceUID: instance,
            notes: walk.notes.texts)
    }

    /// What the instance itself says of its patient, ready to be looked for.
    private func knownOf(_ file: DICOMFile) throws(Sequestration) -> PreparedIdentifiers {
        let gathering = IdentifierGathering(file, compiled)
        guard !cleansText, let key = gathering.key else {
            return means.lastPrepared.prepared(gathering.identifiers(all: cleansText)) { prepared($0) }
        }
        guard let known = means.lastPrepared.prepared(of: key, { gathering.patientAlone.map(prepared) }) else {
            throw Sequestration("the names and numbers of the patient cannot be read")
        }
        return known
    }

    /// Puts away what the profile encrypts.
    private func originalEdits(_ walk: Walk) throws(Sequestration) -> [Edit] {
        let isComplete = means.profile.settings.encryptsChanges
        let roots = isComplete ? walk.originals.union(walk.changedRoots) : walk.originals
        return try EncryptedOriginals(file: walk.file, recipients: means.recipients).edits(
            roots, isComplete: isComplete, isAppended: compiled.keepsByName(.encryptedAttributesSequence))
    }

    /// By how much the dates of a person move; nil for a profile that does not say how far.
    func dateOffset(of person: KeyedIdentifiers.Person) -> DateOffset? {
        means.profile.settings.dateShift.map { means.identifiers.offset(for: pseudonymSource.known(person), $0) }
    }

    // MARK: What is known of a patient

    /// Whether the profile cleans text, or compares text in pixels, so that what is known of a patient is to be gathered
    /// before.
    public var cleansText: Bool { compiled.cleans || means.profile.pixels.comparesText }

    /// Whether the profile takes faces out of series of the head, so that all instances of those are to be looked at before.
    public var removesFaces: Bool { means.profile.pixels.removesFaces }

    /// What an instance says of its patient and of others, that the profile takes away.
    public func identifiers(in file: DICOMFile) -> PatientIdentifiers {
        IdentifierGathering(file, compiled).identifiers(all: true)
    }

    /// Makes identifiers ready to be looked for.
    public func prepared(_ known: PatientIdentifiers) -> PreparedIdentifiers {
        PreparedIdentifiers(known, kept: means.text.kept)
    }

    /// A keyed hash of what is known: whether what was made with it is still what would be made.
    public func fingerprint(of known: PatientIdentifiers) -> String {
        means.identifiers.hash(of: "known\n" + hexadecimalDigits(known.digest), digits: 16)
    }

    /// What the walk writes for a UID at the top level; nil when there is none.
    private func newUID(_ tag: Tag, _ file: DICOMFile, _ known: inout KnownUIDs) throws(Sequestration) -> String? {
        guard let node = file.dataSet.child(tag), let value = try? file.bytes(of: node) else { return nil }
        if !value.contains(.backslash), compiled.plain(compiled.treatment(of: tag, vr: .UI)) == .uid,
            let new = known.new(for: value, { [means] in means.identifiers.uids(for: $0) })
        {
            return String(decoding: new, as: UTF8.self)
        }
        return try newUID(tag, value[...])
    }

    /// Nil for a value without a UID in it.
    func newUID(_ tag: Tag, _ value: ArraySlice<UInt8>) throws(Sequestration) -> String? {
        let first = trimmed(value.prefix { $0 != .backslash })
        if first.isEmpty { return nil }
        switch compiled.plain(compiled.treatment(of: tag, vr: .UI)) {
        case .uid where !KeyedIdentifiers.isRegistered(first): return means.identifiers.uid(for: first)
        case .uid, .keep: return String(decoding: first, as: UTF8.self)
        default: throw Sequestration("the profile neither keeps nor maps \(tag), by which objects are told apart")
        }
    }
}

public struct Deidentified: Sendable {
    public var edits: [Edit]
    /// Replaces the file's own, with the preamble.
    public var fileMeta: [NewElement]
    /// New values, for names of folders and files.
    public var patientID: String
    public var studyInstanceUID: String
    public var seriesInstanceUID: String
    public var sopInstanceUID: String
    /// What was done where the table alone would have broken the IOD, or what else a reader of the record should know;
    /// no values. `(0018,1009) kept as a dummy: Type 1`.
    public var notes: [String]

    public init(
        edits: [Edit], fileMeta: [NewElement], patientID: String, studyInstanceUID: String, seriesInstanceUID: String,
        sopInstanceUID: String, notes: [String]
    ) {
        self.edits = edits
        self.fileMeta = fileMeta
        self.patientID = patientID
        self.studyInstanceUID = studyInstanceUID
        self.seriesInstanceUID = seriesInstanceUID
        self.sopInstanceUID = sopInstanceUID
        self.notes = notes
    }
}
