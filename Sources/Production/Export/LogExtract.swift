internal import CustodyLog
internal import DICOMFile
internal import Host
internal import Inputs
internal import Registry

/// Everything on the custody log that is about what is handed over: read from the first leaf to the last, so that nothing can
/// be forgotten, and written as it is found.
struct LogExtract {
    private(set) var entries = 0
    private(set) var decisions = 0
    /// Where the first hold of the matter stands.
    private(set) var firstHold: Int?

    static let custodyHeader = ["entry", "when", "who", "what", "matter", "about", "told"]

    /// What an entry is asked for.
    struct Subjects {
        var matter: String
        var holds: Set<Int64>
        /// Whether the bytes are handed over, or were to be.
        var isOurs: (String) -> Bool
        var studies: Set<String>
        /// Whom holds of the matter name.
        var patients: Set<String>
        /// These, and whoever is linked with them: what is held of one is held of the other.
        var linked: Set<PatientIdentity>
        var ruleSets: Set<String>
    }

    private static let page = 500

    init(
        _ registry: Registry, size: Int, about subjects: Subjects, tellsOpenings: Bool, custody: CustodyTable,
        into bag: BagFolder
    ) throws {
        try bag.file("metadata/log/entries.jsonl") { lines in
            try bag.file("metadata/log/openings.jsonl") { told in
                try bag.file("metadata/log/withheld.jsonl") { kept in
                    try bag.file("metadata/decisions.jsonl") { decided in
                        try bag.file("metadata/holds.jsonl") { held in
                            let files = Files(
                                entries: lines, openings: told, withheld: kept, decisions: decided, holds: held)
                            try Self.forEach(registry, size: size, subjects) { entry in
                                try write(entry, registry, tellsOpenings, files)
                                try custody.add(entry.index, entry.leaf, tellsOpenings ? entry.openings : [])
                            }
                        }
                    }
                }
            }
        }
    }

    private struct Files {
        var entries: BagFile
        var openings: BagFile
        var withheld: BagFile
        var decisions: BagFile
        var holds: BagFile
    }

    /// A leaf that is about what is handed over.
    private struct Found: Sendable {
        var index: Int
        var leaf: EventLeaf
        var openings: [Opening]
        var proof: [LogHash]
    }

    // MARK: - Reading

    /// Leaves never change, so that pages of different moments are pages of one log.
    private static func forEach(
        _ registry: Registry, size: Int, _ subjects: Subjects, _ body: (Found) throws -> Void
    ) throws {
        var start = 0
        while start < size {
            let range = start..<min(start + page, size)
            let leaves = try registry.readLog { log in
                try range.map { ($0, try log.leaf(at: $0), try log.openings(at: $0)) }
            }
            let wanted = leaves.filter { subjects.isAbout($0.1, $0.2) }
            let found = try registry.readLog { log in
                try wanted.map { index, leaf, openings in
                    Found(
                        index: index, leaf: leaf, openings: openings,
                        proof: try log.inclusionProof(of: index, size: size))
                }
            }
            for entry in found { try body(entry) }
            start = range.upperBound
        }
    }

    // MARK: - Writing

    private mutating func write(
        _ entry: Found, _ registry: Registry, _ tellsOpenings: Bool, _ files: Files
    ) throws {
        entries += 1
        let head = JSON.object([
            "index": .number(entry.index), "leaf": .string(Base64.encode(entry.leaf.bytes)),
            "proof": .strings(entry.proof.map { hexadecimalDigits($0.bytes) }),
        ])
        try files.entries.write(head.text + "\n")
        var closed = entry.leaf.commitments
        for opening in entry.openings {
            guard let place = closed.firstIndex(where: opening.opens) else {
                throw ProductionError(
                    .inconsistent, "an opening of leaf \(entry.index) opens nothing; check the log: cordon log check")
            }
            guard tellsOpenings else { continue }
            closed.remove(at: place)
            let told = JSON.object([
                "index": .number(entry.index), "name": .string(opening.name), "value": .string(opening.value),
                "salt": .string(hexadecimalDigits(opening.salt)),
            ])
            try files.openings.write(told.text + "\n")
        }
        for commitment in closed {
            let isErased = !entry.openings.contains { $0.opens(commitment) }
            let kept = JSON.object([
                "index": .number(entry.index), "name": .string(commitment.name),
                "commitment": .string(hexadecimalDigits(commitment.hash.bytes)),
                "why": .string(isErased ? "erased" : "withheld"),
            ])
            try files.withheld.write(kept.text + "\n")
        }
        switch entry.leaf.kind {
        case .decided: try writeDecision(entry, registry, files.decisions)
        case .held: try writeHold(entry, registry, files.holds)
        default: break
        }
    }

    private mutating func writeDecision(_ entry: Found, _ registry: Registry, _ file: BagFile) throws {
        guard let id = entry.leaf.number("decision"), let decision = try registry.decision(id) else {
            throw ProductionError(.missing, "the decision of leaf \(entry.index) is not in the registry")
        }
        decisions += 1
        let line = JSON.object([
            "entry": .number(entry.index), "decision": .number(Int(decision.id)),
            "original": .string(decision.instance),
            "audience": .string(decision.audience), "disposition": .string(decision.disposition),
            "profile": decision.profile.map { .string($0) }, "ruleSet": .string(decision.ruleSet),
            "revision": .number(Int(decision.revision)), "ruleSetDigest": .string(decision.ruleSetDigest),
            "tier": .number(decision.tier), "key": decision.key.map { .string($0) },
            "output": decision.output.map { .string($0) }, "time": .string(decision.time.description),
            "author": .string(decision.author.name), "explanation": .string(decision.explanation),
        ])
        try file.write(line.text + "\n")
    }

    private mutating func writeHold(_ entry: Found, _ registry: Registry, _ file: BagFile) throws {
        guard let id = entry.leaf.number("hold"), let hold = try registry.hold(id) else {
            throw ProductionError(.missing, "the hold of leaf \(entry.index) is not in the registry")
        }
        if firstHold == nil { firstHold = entry.index }
        func wish(_ wish: Hold.Wish?) -> JSON? {
            wish.map {
                .object([
                    "person": .string($0.person.name), "reason": .string($0.reason),
                    "time": .string($0.time.description),
                ])
            }
        }
        let line = JSON.object([
            "entry": .number(entry.index), "hold": .number(Int(hold.id)), "matter": .string(hold.matter),
            "custodian": .string(hold.custodian), "authority": .string(hold.authority),
            "reason": .string(hold.reason), "scope": .string(hold.scope.words),
            "placedBy": .string(hold.placedBy.name), "placed": .string(hold.placed.description),
            "start": .string(hold.start.description), "review": hold.review.map { .string($0.description) },
            "releaseRequest": wish(hold.releaseRequest), "release": wish(hold.release),
        ])
        try file.write(line.text + "\n")
    }
}

extension LogExtract.Subjects {
    /// An entry that names bytes is ours when they are; another, when it names the matter, one of its holds, a rule set that
    /// decided, a study that something is handed over of, or a patient on whom there is a hold; a link, when it names one of
    /// these or whoever is linked with them.
    func isAbout(_ leaf: EventLeaf, _ openings: [Opening]) -> Bool {
        if leaf.values("matter").contains(matter) { return true }
        let digests = leaf.values("digest")
        if !digests.isEmpty { return digests.contains(where: isOurs) }
        if leaf.values("hold").contains(where: { Int64($0).map(holds.contains) ?? false }) { return true }
        if leaf.kind == .ruleSetActivated, leaf.values("rule-set-digest").contains(where: ruleSets.contains) {
            return true
        }
        if leaf.kind == .linked || leaf.kind == .unlinked {
            func value(_ name: String) -> String? { openings.first { $0.name == name }?.value }
            let named = ["one", "other"].compactMap { side in
                value(side).map { PatientIdentity(id: $0, issuer: value(side + "-issuer")) }
            }
            // The same ID of another issuer is somebody else's.
            return named.contains { patient in linked.contains { $0.isSame(as: patient) != false } }
        }
        return openings.contains {
            $0.name == "StudyInstanceUID" && studies.contains($0.value)
                || $0.name == "PatientID" && patients.contains($0.value)
        }
    }
}

extension EventLeaf {
    func values(_ name: String) -> [String] { facts.filter { $0.name == name }.map(\.value) }

    func number(_ name: String) -> Int64? { values(name).first.flatMap { Int64($0) } }
}

extension Scope {
    /// For people, and for the record.
    var words: String {
        switch self {
        case .patient(let patient): "patient \(patient.id)" + (patient.issuer.map { " of \($0)" } ?? "")
        case .study(let uid): "study \(uid)"
        case .instance(let uid): "instance \(uid)"
        case .query(let query):
            "query " + query.terms.map { "\($0.attribute.rawValue)=\($0.value)" }.joined(separator: " and ")
        }
    }
}
