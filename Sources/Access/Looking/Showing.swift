import DICOMCore
import DICOMFile
import Gatekeeper
import RuleEngine

/// Makes of an archive's answer what its asker may read.
struct Showing {
    let core: AccessCore
    let query: Query
    let session: Session
    /// Keys as the asker gave them, by tag, where they are to match something.
    private let matched: [Tag]
    /// Keys on UIDs and IDs of which every value was a new name and was translated.
    let translated: Set<Tag>

    init(core: AccessCore, query: Query, session: Session, translated: Set<Tag>) {
        self.core = core
        self.session = session
        self.query = query
        self.translated = translated
        matched = query.keys.tags.filter { $0 != .specificCharacterSet && query.keys.isMatched($0) }
    }

    /// Nil where the asker's keys do not match what is shown. An attribute that is shown otherwise than it is, or not at all,
    /// matches nothing but "any value": nobody finds a person by a name that is masked.
    func shown(_ answer: Identifier, _ verdict: Verdict) throws(AccessError) -> Identifier? {
        switch verdict.disclosure {
        case .withheld: return nil
        case .visible: return stripped(answer)
        case .masked:
            guard matched.allSatisfy(Self.ofMasked.contains) else { return nil }
            var masked = Identifier(answer.elements.filter { Self.ofMasked.contains($0.tag) })
            for tag in query.keys.tags where masked[tag] == nil && answer[tag] != nil {
                masked[tag] = answer[tag].map {
                    NewElement(tag: tag, vr: $0.vr, value: $0.vr == .SQ ? .items([]) : .bytes([]))
                }
            }
            if query.keys[.patientName] != nil { masked.set(.patientName, Self.maskedName) }
            return stripped(masked)
        case .deidentified:
            guard let made = try deidentified(answer, verdict) else { return nil }
            guard matched.allSatisfy({ isFound($0, in: answer, shownAs: made) }) else { return nil }
            return stripped(made)
        }
    }

    /// Whether a key agrees with what is shown, and not only with what the archive has.
    private func isFound(_ tag: Tag, in answer: Identifier, shownAs made: Identifier) -> Bool {
        if Self.computed.contains(tag) { return true }
        // By its new name. A list may have names of the archive beside it, and by those nobody is found.
        if Self.names.contains(tag), let shown = made.text(tag), query.keys.values(tag).contains(shown) { return true }
        // What the archive does not say again it may have matched all the same.
        guard let own = answer[tag] else { return translated.contains(tag) }
        return made[tag] == own
    }

    /// What stands in place of a masked name.
    static let maskedName = "MASKED"

    /// What is shown of a masked study: what it is made of, and nothing that a patient, a clerk or a physician said or did. No
    /// dates, no numbers that somebody gave, no text.
    static let ofMasked: Set<Tag> = [
        .specificCharacterSet, .instanceAvailability, .modality, .modalitiesInStudy, .sopClassesInStudy, .sopClassUID,
        .sopInstanceUID, .studyInstanceUID, .seriesInstanceUID, .studyRelatedSeries, .studyRelatedInstances,
        .seriesRelatedInstances, Tag(0x0020, 0x0011), Tag(0x0020, 0x0013), Tag(0x0028, 0x0008), Tag(0x0028, 0x0010),
        Tag(0x0028, 0x0011), Tag(0x0028, 0x0100),
    ]

    /// Only what was asked for; never where the archive is.
    private func stripped(_ answer: Identifier) -> Identifier {
        Identifier(
            answer.elements.filter { element in
                if Self.ofArchive.contains(element.tag) { return false }
                return element.tag == .specificCharacterSet || query.keys[element.tag] != nil
            })
    }

    private static let ofArchive: Set<Tag> = [.queryRetrieveLevel, .retrieveAETitle, .retrieveURL]

    /// The answer as the audience's profile makes it of a data set; nil where the profile refuses.
    private func deidentified(_ answer: Identifier, _ verdict: Verdict) throws(AccessError) -> Identifier? {
        guard let audience = verdict.audience, let decision = verdict.decision else { return nil }
        // A profile is for instances; what stands in for the one that is not here goes again.
        var whole = answer
        if let person = verdict.person {
            guard let completed = answer.completed(by: person) else { return nil }
            whole = completed
        }
        let own = Set(answer.tags + [.specificCharacterSet])
        for (tag, text) in Self.standIns where answer.values(tag).isEmpty { whole.set(tag, text) }
        let gate = try core.gate(for: audience, at: core.clock())
        let instance = try whole.file()
        let known = try session.known(
            of: instance, in: answer.text(.studyInstanceUID) ?? "", verdict, gate, decision, originals: false)
        guard case .pass(let data, _, _) = gate.passage(of: instance, under: decision, known: known) else { return nil }
        guard let bytes = try? data.bytes(), let file = try? DICOMFile(bytes: bytes) else { return nil }
        var made = Identifier(Identifier(file).elements.filter { own.contains($0.tag) })
        // Counts and modalities are about the study as it is shown, and no profile knows them.
        for tag in Self.computed { made[tag] = answer[tag] }
        for tag in Self.names {
            if let original = answer.text(tag), let shown = made.text(tag) {
                core.handles.remember(original, as: shown, tag, for: audience)
            }
        }
        return made
    }

    static let standIns: [(Tag, String)] = [
        (.sopClassUID, "1.2.840.10008.5.1.4.1.1.4"), (.sopInstanceUID, "2.25.1"), (.seriesInstanceUID, "2.25.2"),
    ]
    private static let computed: [Tag] = [
        .studyRelatedSeries, .studyRelatedInstances, .seriesRelatedInstances, .modalitiesInStudy, .sopClassesInStudy,
        .instanceAvailability,
    ]
    static let names: [Tag] = [.studyInstanceUID, .seriesInstanceUID, .sopInstanceUID, .patientID]
}

extension Identifier {
    /// Whether a key is to match something, and not anything (PS3.4 C.2.2.2.3): a value that is more than `*`.
    func isMatched(_ tag: Tag) -> Bool {
        guard hasValue(tag) else { return false }
        guard case .bytes(let bytes)? = self[tag]?.value else { return true }
        return !bytes.allSatisfy { $0 == 0x2A || $0 == 0x20 || $0 == 0 }
    }
}
