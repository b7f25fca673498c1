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

    /// Findings by number of series; nil where nobody looked. Marks the facts of their instances.
    func run(
        _ result: inout FirstPass.Result, jobs: Int, progress: Progress
    ) throws(RunError) -> [FaceFinding?] {
        guard result.series.count > 0 else { return [] }
        var members = [[Int]](repeating: [], count: result.series.count)
        var cache = VerdictCache(result.verdicts, gate: gate)
        for (index, facts) in result.facts.enumerated() where facts.kind == .instance {
            guard facts.series != SeriesNumbers.none,
                gate.deidentifier(for: try cache.verdict(facts.verdict).decision)?.removesFaces ?? false
            else { continue }
            members[Int(facts.series)].append(index)
        }
        let todo = members.indices.filter { !members[$0].isEmpty }
        let all = members
        progress.begin("looking for faces", total: todo.count)
        let found = Mutex([FaceFinding?](repeating: nil, count: members.count))
        let chunks = Workers.Chunks(count: todo.count, size: 1)
        Workers.run(jobs, tick: { progress.show() }) { _ in
            while let chunk = chunks.take() {
                for number in todo[chunk] {
                    if StopSignal.number != nil { return }
                    let finding = finding(all[number])
                    found.withLock { $0[number] = finding }
                    progress.advance()
                }
            }
        }
        let findings = found.withLock { $0 }
        for number in todo {
            guard let finding = findings[number] else { continue }
            let mark = Self.mark(of: finding)
            for index in members[number] { result.facts[index].faces = mark }
        }
        return findings
    }

    private func finding(_ members: [Int]) -> FaceFinding {
        let reader = InputReader(scratch: scratch)
        func file(_ index: Int) -> DICOMFile? {
            guard let input = try? reader.open(names[index], whole: true) else { return nil }
            return try? input.file()
        }
        var headers: [FaceHeader] = []
        for index in members {
            guard let header = file(index).flatMap({ FaceHeader($0) }) else {
                return .unknown("an image of the series cannot be read")
            }
            headers.append(header)
        }
        return FaceSeries().finding(headers) { file(members[$0]) }
    }

    /// The same in every run; never 0.
    static func mark(of finding: FaceFinding) -> UInt64 {
        ContentDigest(of: finding.text.utf8).hexadecimal.prefix(15).reduce(0) { sum, digit in
            sum << 4 | UInt64(digit.hexDigitValue ?? 0)
        } | 1 << 63
    }
}
