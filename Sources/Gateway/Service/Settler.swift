internal import Host
internal import Inputs
internal import Registry
internal import RuleLanguage

/// Decides studies when they have settled, and again when something that is known of them changes.
struct Settler: Sendable {
    let desk: GatewayDesk
    /// Reads the rules anew, since a list of the registry has changed. False when they do not load.
    let reload: @Sendable () -> Bool

    /// Studies that are decided side by side.
    private static let width = 4

    func run() async {
        while !desk.isStopping, !Task.isCancelled {
            var wait: Int64 = 1000
            do {
                try watch()
                if try await decideDue() { continue }
                if let next = try desk.journal.nextDue() {
                    wait = min(wait, max(1, next.milliseconds - Instant.now.milliseconds))
                }
            } catch {
                desk.log.write(.failed, ["problem": .string("\(GatewayError(error, "the studies that wait"))")])
                wait = 5000
            }
            // What comes onto the custody log wakes nobody: it may be another process that put it there.
            await desk.settlerPulse.wait(milliseconds: wait)
        }
    }

    private func watch() throws {
        let watch = LogWatch(
            registry: desk.registry, journal: desk.journal, ruleSet: { desk.current.setup.ruleSet },
            isStopping: { desk.isStopping })
        let seen = try watch.look(at: .now) {
            guard reload() else {
                throw GatewayError(
                    .arguments, "a list has changed, and the rules do not load; nothing is decided until they do")
            }
        }
        if seen.raised > 0 { desk.log.write(.raised, ["studies": .number(seen.raised)]) }
    }

    /// - Returns: whether there was something to decide.
    private func decideDue() async throws -> Bool {
        let due = try desk.journal.dueStudies(at: .now, limit: 64)
        guard !due.isEmpty else { return false }
        let isWritten = await withTaskGroup(of: Bool.self) { group in
            var rest = due[...]
            var isWritten = true
            for study in rest.prefix(Self.width) {
                group.addTask(executorPreference: desk.decidingThreads) { decide(study) }
            }
            rest = rest.dropFirst(Self.width)
            while let isNext = await group.next() {
                isWritten = isWritten && isNext
                guard let study = rest.popFirst(), !desk.isStopping else { continue }
                group.addTask(executorPreference: desk.decidingThreads) { decide(study) }
            }
            return isWritten
        }
        // It is due still, and would be begun again at once.
        guard isWritten else { throw GatewayError(.storage, "the journal cannot be written") }
        return true
    }

    /// - Returns: whether the journal knows when it is due next.
    private func decide(_ study: GatewayJournal.DueStudy) -> Bool {
        let setup = desk.current.setup
        let decider = StudyDecider(
            setup: setup, vault: desk.vault, registry: desk.registry, journal: desk.journal, spool: desk.spool,
            log: desk.log)
        let mark = JSON.string(GatewayLog.mark(of: study.study))
        do throws(GatewayError) {
            let report = try decider.decide(study)
            try desk.journal.settle(study, upTo: report.last)
            let counts = report.counts.sorted { $0.key < $1.key }.map {
                JSON.Member(key: $0.key, value: .number($0.value))
            }
            desk.log.write(
                (report.counts["sequester"] ?? 0) > 0 ? .sequestered : .decided,
                [
                    "study": mark, "decisions": .object(counts),
                    "raised": report.raised > 0 ? .number(report.raised) : nil,
                ])
            for destination in report.queued { desk.wakeCourier(destination) }
            return true
        } catch {
            let delay = Backoff(retry: setup.configuration.retry).delay(after: study.attempts + 1, for: study.study)
            desk.log.write(.notDecided, ["study": mark, "problem": .string(error.message)])
            let time = Instant(milliseconds: Instant.now.milliseconds + delay)
            return (try? desk.journal.postpone(study, until: time)) != nil
        }
    }
}
