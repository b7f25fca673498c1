import DICOMCore
import DICOMFile
import Gatekeeper
import Host
import Registry

extension AccessCore {
    /// Gives instances that may be seen, as they may be seen, each judged again by its own bytes.
    ///
    /// - Parameters:
    ///   - begin: hears how many there are, before the first: as if what is withheld were not there.
    ///   - each: takes one; what it throws ends the retrieval.
    /// - Throws: `AccessError`; what `begin` and `each` throw.
    public func retrieve(
        _ retrieval: Retrieval, by principal: Principal, to destination: Destination = .asker,
        begin: (Int) async throws -> Void, each: (Retrieved) async throws -> Void
    ) async throws {
        let pace = Pace(policy.quantum)
        let time = clock()
        let clearance = try clearance(of: principal, to: destination, at: time)
        guard !clearance.seesNothing else {
            try await pace.settle()
            try await begin(0)
            return
        }
        let session = Session(self, clearance, at: time)
        let leave = ArchiveLeave()
        // Who sends a study elsewhere names it as it is shown to them, whatever becomes of it on its way.
        let own = policy.table.audiences(of: principal) + clearance.grants.compactMap(\.audience)
        let asksByNewNames = own.contains { policy.deidentified[$0] == .deidentified }
        let plan = try await archived {
            try await RetrievalPlan(self, retrieval, asksByNewNames: asksByNewNames, session, leave)
        }
        if plan.references.isEmpty || retrieval.namesSeveral { try await pace.settle() }
        try await begin(plan.references.count)
        guard !plan.references.isEmpty else { return }
        var open = Dictionary(plan.references.map { ($0.instance, $0) }) { first, _ in first }
        let planned = Dictionary(grouping: plan.references, by: \.study).mapValues(\.count)
        var given: [String: Int] = [:]
        do {
            try await archived {
                try await archive.retrieve(plan.references, leave: leave) { retrieved in
                    switch retrieved {
                    case .failed(let failed):
                        guard let reference = open.removeValue(forKey: failed.instance) else { return }
                        try await each(.failed(sopInstance: try name(of: reference, plan, session)))
                    case .file(let path):
                        guard let passed = try pass(path, &open, plan, session) else { return }
                        defer { passed.remove() }
                        let study = passed.reference.study
                        // What cannot be written down is not given.
                        if given[study] == nil {
                            let all = [study: planned[study] ?? 1]
                            try record(begun: all, plan, clearance, destination, by: principal, at: time)
                        }
                        given[study, default: 0] += 1
                        try await each(.instance(passed.delivery))
                    }
                }
            }
        } catch {
            try record(ended: given, of: planned, plan, clearance, destination, by: principal, at: time)
            throw error
        }
        try record(ended: given, of: planned, plan, clearance, destination, by: principal, at: time)
        // All of it is withheld after all, by its bytes.
        if given.isEmpty, open.isEmpty { try await pace.settle() }
        // What the archive had said it has, and did not give.
        for reference in open.values.sorted(by: { $0.instance < $1.instance }) {
            try await each(.failed(sopInstance: try name(of: reference, plan, session)))
        }
    }

    /// By which an asker knows an instance that could not be given: where new names are shown, never the archive's own.
    private func name(
        of reference: InstanceReference, _ plan: RetrievalPlan, _ session: Session
    ) throws(AccessError) -> String {
        guard let verdict = plan.verdicts[reference.study], verdict.disclosure == .deidentified else {
            return reference.instance
        }
        guard let audience = verdict.audience, let decision = verdict.decision else { return Search.nobodys }
        var whole = Identifier()
        for (tag, text) in Showing.standIns { whole.set(tag, text) }
        whole.set(.studyInstanceUID, reference.study)
        if !reference.series.isEmpty { whole.set(.seriesInstanceUID, reference.series) }
        whole.set(.sopInstanceUID, reference.instance)
        let file = try whole.file()
        guard case .pass(_, let name, _) = try gate(for: audience, at: session.time).passage(of: file, under: decision)
        else { return Search.nobodys }
        return name.sopInstanceUID
    }

    /// The same for who wants the data sets without bulk data (WADO-RS metadata): they are judged and made as whole instances
    /// are, and whoever prints them leaves bulk data out.
    public func metadata(
        _ retrieval: Retrieval, by principal: Principal, begin: (Int) async throws -> Void,
        each: (Retrieved) async throws -> Void
    ) async throws {
        try await retrieve(retrieval, by: principal, begin: begin, each: each)
    }

    /// An instance on its way out, and the file that was made of it.
    private struct Passed {
        var reference: InstanceReference
        var delivery: Delivery
        /// Ours to remove; nil for the archive's own.
        var made: String?

        func remove() {
            if let made { try? FileSystem.remove(made) }
        }
    }

    /// Judges one by its bytes; nil for one that nobody asked for, or that is withheld after all: then it was never there.
    private func pass(
        _ path: String, _ open: inout [String: InstanceReference], _ plan: RetrievalPlan, _ session: Session
    ) throws -> Passed? {
        guard let file = try? DICOMFile(path: path, scratch: scratch), let uid = file.text(.sopInstanceUID),
            let reference = open[uid], let verdict = plan.verdicts[reference.study],
            file.text(.studyInstanceUID) == reference.study
        else { return nil }
        open[uid] = nil
        let own = try session.verdict(of: file, in: reference.study, verdict)
        guard own.disclosure != .withheld, try session.areRunning(verdict.grants) else {
            session.withheld += 1
            return nil
        }
        guard let audience = own.audience, let decision = own.decision else {
            return Passed(reference: reference, delivery: try delivery(path, file))
        }
        let gate = try gate(for: audience, at: session.time)
        let known = try session.known(of: file, in: reference.study, verdict, gate, decision, originals: true)
        switch gate.passage(of: file, under: decision, known: known) {
        case .sequester:
            session.withheld += 1
            return nil
        case .pass(let data, let name, _):
            if data.isUnchanged { return Passed(reference: reference, delivery: try delivery(path, file)) }
            let made = "\(scratch)/looking-\(UInt64.random(in: 0 ... .max)).dcm"
            do {
                try storing {
                    var copy = try DurableFile(temporaryPath: made, mode: 0o600)
                    try copy.write { descriptor, observe in try data.write(to: descriptor, observe: observe) }
                }
                if policy.deidentified[audience] == .deidentified {
                    handles.remember(reference.study, as: name.studyInstanceUID, .studyInstanceUID, for: audience)
                    handles.remember(reference.series, as: name.seriesInstanceUID, .seriesInstanceUID, for: audience)
                    handles.remember(uid, as: name.sopInstanceUID, .sopInstanceUID, for: audience)
                }
                let whole = try storing { try DICOMFile(path: made, scratch: scratch) }
                return Passed(reference: reference, delivery: try delivery(made, whole), made: made)
            } catch {
                try? FileSystem.remove(made)
                throw error
            }
        }
    }

    private func delivery(_ path: String, _ file: DICOMFile) throws(AccessError) -> Delivery {
        Delivery(
            path: path, file: file, sopClass: file.text(.sopClassUID) ?? "",
            sopInstance: file.text(.sopInstanceUID) ?? "", study: file.text(.studyInstanceUID) ?? "",
            series: file.text(.seriesInstanceUID) ?? "", size: file.size)
    }
}
