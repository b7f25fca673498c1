import Glibc
public import Host

/// A check of a vault: every object is read from the disk and compared with its digest, and everything that lies around is
/// named. It changes no object; what it can put right without guessing is a file's mode, and, when it is asked to, a
/// damaged copy of what another place has whole.
public struct VaultCheck {
    /// Only folders of objects that were not gone through since then; the schedule goes on where it was. Nil for all.
    public var due: Instant?
    /// Only objects that were stored since then. Then nothing counts as gone through. Nil for all.
    public var storedSince: Instant?
    /// Puts damaged copies aside where another place has the object whole.
    public var restores = false
    /// What there should be. Nil for the vault alone.
    public var records: (any InstanceRecords)?

    public init() {}

    /// Runs the check.
    /// - Parameters:
    ///   - now: what is written down as the time of the check.
    ///   - finding: told of each finding as it is made.
    ///   - goesOn: told how many objects were read and how many folders are done, of how many; false ends the check.
    public func run(
        _ vault: Vault, now: Instant, finding: @escaping (Finding) -> Void,
        goesOn: @escaping (_ objects: Int, _ folders: Int, _ of: Int) -> Bool = { _, _, _ in true }
    ) throws -> CheckReport {
        let run = CheckRun(vault, self, finding: finding)
        try run.checkRecords()
        let folders = run.places.flatMap { place in
            Place.buckets.map { CheckSchedule.Folder(place: place.path, bucket: $0) }
        }
        let due = run.schedule.due(among: folders, before: due ?? Instant(milliseconds: .max))
        run.report.dueBuckets = due.count
        for (number, folder) in due.enumerated() {
            guard let place = run.places.first(where: { $0.path == folder.place }) else { continue }
            let isWhole = try run.check(folder.bucket, of: place) { goesOn(run.report.count, number, due.count) }
            guard isWhole else {
                run.report.isStopped = true
                break
            }
            run.report.doneBuckets += 1
            guard storedSince == nil else { continue }
            run.schedule[folder] = now
            // Each write waits for the disk; a check that dies goes through a few folders again.
            if number % 16 == 15 || number == due.count - 1 { try vault.write(run.schedule) }
        }
        if run.report.isStopped, storedSince == nil { try vault.write(run.schedule) }
        if storedSince == nil, !run.report.isStopped { try run.checkMissing() }
        return run.report
    }
}
