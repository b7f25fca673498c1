import Deidentification
import DICOMCore
import DICOMFile
import Host
import Inputs
import PixelCleaning
import Synchronization

/// Series by number: an instance knows its own.
struct SeriesNumbers: Sendable {
    static let none = UInt32.max

    private var numbers: [String: UInt32] = [:]
    private(set) var count = 0

    /// The number of a series, which is new or not.
    mutating func number(of uid: String) -> UInt32 {
        if let number = numbers[uid] { return number }
        let number = UInt32(clamping: count)
        numbers[uid] = number
        count += 1
        return number
    }
}

/// Looks for the faces of all series that may show one and are de-identified by a profile that takes faces out: between the
/// passes, since it takes all instances of a series to find one. A volume of some hundred megabytes for each thread, and no
/// more of an instance than itself.
struct FaceSurvey: Sendable {
    let names: InputNames
    let gate: Gate
    let scratch: String

    /// Volumes that are in memory at once, however many jobs there are.
    private static let mostVolumes = 4

    /// An instance of a series, by number, and as the first pass saw it.
    private struct Member: Sendable {
        var index: Int
        var fingerprint: Fingerprint?
    }

    /// Findings by number of series; nil where nobody looked. Marks the facts of their instances.
    func run(
        _ result: inout FirstPass.Result, jobs: Int, progress: Progress
    ) throws(RunError) -> [FaceFinding?] {
        guard result.series.count > 0 else { return [] }
        var members = [[Member]](repeating: [], count: result.series.count)
        var cache = VerdictCache(result.verdicts, gate: gate)
        for (index, facts) in result.facts.enumerated() where facts.kind == .instance {
            guard facts.series != SeriesNumbers.none,
                gate.deidentifier(for: try cache.verdict(facts.verdict).decision)?.removesFaces ?? false
            else { continue }
            members[Int(facts.series)].append(Member(index: index, fingerprint: facts.fingerprint))
        }
        let todo = members.indices.filter { !members[$0].isEmpty }
        let all = members
        progress.begin("looking for faces", total: todo.count)
        let found = Mutex([FaceFinding?](repeating: nil, count: members.count))
        let chunks = Workers.Chunks(count: todo.count, size: 1)
        let failure = SecondPass.Failure()
        Workers.run(min(jobs, Self.mostVolumes), tick: { progress.show() }) { _ in
            while let chunk = chunks.take() {
                for number in todo[chunk] {
                    if StopSignal.number != nil || failure.hasHappened { return }
                    do throws(RunError) {
                        let finding = try finding(all[number])
                        found.withLock { $0[number] = finding }
                    } catch {
                        failure.set(error)
                    }
                    progress.advance()
                }
            }
        }
        try failure.check()
        let findings = found.withLock { $0 }
        for number in todo {
            guard let finding = findings[number] else { continue }
            let mark = Self.mark(of: finding)
            for member in members[number] { result.facts[member.index].faces = mark }
        }
        return findings
    }

    /// - Throws: where there is no room to unpack an entry of an archive to, which says nothing of the series.
    private func finding(_ members: [Member]) throws(RunError) -> FaceFinding {
        let reader = InputReader(scratch: scratch)
        var failure: RunError?
        // What is not what the first pass saw is no part of the series: where a face is cut off depends on all of it.
        func file(_ member: Member, whole: Bool) -> DICOMFile? {
            let input: OpenedInput
            do throws(InputReader.ReadError) {
                input = try reader.open(names[member.index], whole: whole)
            } catch {
                if case .scratch(let error) = error {
                    failure = RunError.output(error, "an entry of an archive cannot be unpacked")
                }
                return nil
            }
            guard input.fingerprint == member.fingerprint, input.isUnchanged else { return nil }
            return try? input.file()
        }
        var headers: [FaceHeader] = []
        for member in members {
            guard let header = file(member, whole: false).flatMap({ FaceHeader($0) }) else {
                if let failure { throw failure }
                return .unknown("an image of the series cannot be read")
            }
            headers.append(header)
        }
        let finding = FaceSeries().finding(headers) { file(members[$0], whole: true) }
        if let failure { throw failure }
        return finding
    }

    /// The same in every run; never 0.
    static func mark(of finding: FaceFinding) -> UInt64 {
        ContentDigest(of: finding.text.utf8).hexadecimal.prefix(15).reduce(0) { sum, digit in
            sum << 4 | UInt64(digit.hexDigitValue ?? 0)
        } | 1 << 63
    }
}
