public import Deidentification
import DICOMCore
public import DICOMFile
public import Inputs
import PixelCleaning
public import RuleEngine
public import RuleLanguage

/// One instance on its way out: what is decided for it, and the bytes that leave. Holds no state and does no I/O, so
/// that a batch run and a gateway do the same.
public struct Gate: Sendable {
    public let ruleSet: RuleSet
    public let audience: Audience
    /// The time of decision, a DT, for what is written into data sets.
    public private(set) var time: String
    /// Of the key, where the audience gets anything de-identified.
    package let keyFingerprint: String?
    private var deidentifiers: [String: Deidentifier]
    /// Says what an audience may have, and makes nothing for it: what it has may be judged, and called back.
    package let onlyJudges: Bool

    /// For an audience for which nothing can be made, or is to be, without a key.
    package init(judging audience: Audience, in ruleSet: RuleSet, time: String) {
        self.ruleSet = ruleSet
        self.audience = audience
        self.time = time
        deidentifiers = [:]
        keyFingerprint = nil
        onlyJudges = true
    }

    /// - Parameter key: may be nil for an audience that gets nothing de-identified.
    public init(ruleSet: RuleSet, audience: Audience, key: DeidentificationKey?, time: String) throws(RunError) {
        self.ruleSet = ruleSet
        self.audience = audience
        self.time = time
        var deidentifiers: [String: Deidentifier] = [:]
        for name in Self.profiles(of: audience) {
            guard let key else {
                throw RunError(
                    .arguments,
                    "audience `\(audience.id)` gets de-identified data, which needs a key; "
                        + "give `--key FILE` (`cordon key new FILE` makes one)")
            }
            guard let profile = ruleSet.profiles[name] else {
                throw RunError(.arguments, "profile `\(name)` of audience `\(audience.id)` is not in the rule set")
            }
            let deidentifier = Deidentifier(ruleSet: ruleSet, profile: profile, key: key)
                .cleaningPixels(with: ProfilePixelCleaner(profile, in: ruleSet))
            if let fault = deidentifier.fault ?? deidentifier.objection(at: time) {
                throw RunError(.arguments, "profile `\(name)` can make nothing safe: \(fault)")
            }
            deidentifiers[name] = deidentifier
        }
        self.deidentifiers = deidentifiers
        keyFingerprint = deidentifiers.isEmpty ? nil : key?.fingerprint
        onlyJudges = false
    }

    /// The same at another time of decision. Throws where a profile can make nothing safe at that time.
    package func at(_ time: String) throws(RunError) -> Gate {
        for (name, deidentifier) in deidentifiers {
            guard let fault = deidentifier.objection(at: time) else { continue }
            throw RunError(.arguments, "profile `\(name)` can make nothing safe: \(fault)")
        }
        var gate = self
        gate.time = time
        return gate
    }

    /// The same, with a folder for pixels that are too many for memory until they are written; `TMPDIR` unless it is named,
    /// which often is memory.
    package func spilling(to folder: String) -> Gate {
        var gate = self
        gate.deidentifiers = [:]
        for (name, deidentifier) in deidentifiers {
            gate.deidentifiers[name] = deidentifier.cleaningPixels(
                with: ruleSet.profiles[name].flatMap { ProfilePixelCleaner($0, in: ruleSet, scratch: folder) })
        }
        return gate
    }

    /// Labels, rules and clauses of a decision, as records have them. Values are not in it.
    package static func explanation(of decision: Decision) -> [JSON.Member] { DecisionRecord.explanation(of: decision) }

    /// The profiles that an audience may need.
    public static func profiles(of audience: Audience) -> Set<String> {
        Set(([audience.always] + audience.clauses.map(\.consequence)).compactMap(\.profile))
    }

    /// What a decision de-identifies with; nil for another disposition.
    package func deidentifier(for decision: Decision) -> Deidentifier? {
        decision.disposition == .deidentify ? decision.profile.flatMap { deidentifiers[$0] } : nil
    }

    /// Whether anything may be de-identified.
    package var deidentifies: Bool { !deidentifiers.isEmpty }

    public func decide(_ labels: [AssignedLabel]) throws(RunError) -> Decision {
        guard let decision = Decision.decide(audience: audience.id, labels: labels, in: ruleSet) else {
            throw RunError(.arguments, "audience `\(audience.id)` is not in the rule set")
        }
        return decision
    }

    /// What leaves of an instance.
    public enum Passage: Sendable {
        /// These bytes, under this name.
        case pass(EditedDataSet, TargetName, notes: [String])
        /// Nothing. The reason is nil when a rule said so, and the decision has it.
        case sequester(reason: String?)
    }

    /// Whether faces are taken out of anything.
    package var removesFaces: Bool { deidentifiers.values.contains(where: \.removesFaces) }

    // MARK: What is known of patients

    /// What an instance says of its patient, by profile: for those that clean text, of the audience's.
    public func identifiers(in file: DICOMFile) -> [String: PatientIdentifiers] {
        deidentifiers.filter(\.value.cleansText).mapValues { $0.identifiers(in: file) }
    }

    /// A keyed hash of what is known of a patient; nil when the decision's profile does not look for it.
    func fingerprint(of known: [String: PatientIdentifiers], under decision: Decision) -> String? {
        guard let name = decision.profile, let deidentifier = deidentifiers[name], deidentifier.cleansText else {
            return nil
        }
        return deidentifier.fingerprint(of: known[name] ?? PatientIdentifiers())
    }

    /// Makes what is known of a patient ready to be looked for; nil when the decision's profile does not look for it.
    public func prepared(
        _ known: [String: PatientIdentifiers], under decision: Decision
    ) -> PreparedIdentifiers? {
        guard let name = decision.profile, let deidentifier = deidentifiers[name], deidentifier.cleansText else {
            return nil
        }
        return deidentifier.prepared(known[name] ?? PatientIdentifiers())
    }

    /// - Parameters:
    ///   - known: of the instance's patient, over all the patient's studies; nil for what the instance itself says.
    ///   - faces: what was found in the instance's series; nil where nobody looked.
    public func passage(
        of file: DICOMFile, under decision: Decision, known: PreparedIdentifiers? = nil, faces: FaceFinding? = nil
    ) -> Passage {
        guard !onlyJudges else { return .sequester(reason: "nothing can be made for the audience") }
        do throws(EditedDataSet.EditError) {
            switch decision.disposition {
            case .sequester: return .sequester(reason: nil)
            case .release: return .pass(try EditedDataSet(file, edits: []), Self.ownName(of: file), notes: [])
            case .flag:
                let edits =
                    decision.carriesLabels
                    ? Carrier.edits(for: decision, in: file, ruleSet: ruleSet, time: time) : []
                let clean = StaleSignatures(edits, in: file)
                return .pass(
                    try EditedDataSet(file, edits: clean.edits), Self.ownName(of: file), notes: Self.notes(clean.count))
            case .deidentify:
                guard let deidentifier = decision.profile.flatMap({ deidentifiers[$0] }) else {
                    return .sequester(reason: "the profile that the decision names is not at hand")
                }
                switch deidentifier.deidentify(file, known: known, faces: faces) {
                case .sequester(let reason): return .sequester(reason: reason)
                case .edited(let result):
                    let name = TargetName(
                        patientID: result.patientID, studyInstanceUID: result.studyInstanceUID,
                        seriesInstanceUID: result.seriesInstanceUID, sopInstanceUID: result.sopInstanceUID)
                    let clean = StaleSignatures(result.edits, in: file)
                    let data = try EditedDataSet(file, edits: clean.edits, fileMeta: result.fileMeta)
                    return .pass(data, name, notes: result.notes + Self.notes(clean.count))
                }
            }
        } catch {
            return .sequester(reason: "the edits do not fit the data set: \(error)")
        }
    }

    /// What the record says of signatures that were taken out.
    private static func notes(_ count: Int) -> [String] {
        count == 0 ? [] : ["digital signatures over what was changed, taken out: \(count)"]
    }

    /// The name that an instance has of itself. What cannot be read counts as no value.
    static func ownName(of file: DICOMFile) -> TargetName {
        TargetName(
            patientID: file.text(.patientID) ?? "", studyInstanceUID: file.text(.studyInstanceUID) ?? "",
            seriesInstanceUID: file.text(.seriesInstanceUID) ?? "", sopInstanceUID: file.text(.sopInstanceUID) ?? "")
    }
}
