import DICOMCore
import Inputs

/// Puts the checks of single outputs together: what only whole patients and whole exports can tell.
struct Judgement: Sendable {
    /// More findings than anybody reads are counted, not kept (P9).
    private static let mostFindings = 200_000
    private static let mostExamples = 1000

    private struct Place: Sendable, Hashable {
        var number: Int
        var path: String?
        var place: String
    }

    private struct Moves: Sendable {
        var count = 0
        var examples: [Place] = []
    }

    private(set) var report = VerificationReport()
    private let originals: Originals
    private let matching: Matching
    private let showsValues: Bool
    private var replacements: [UInt64: UInt64] = [:]
    private var replaced: [UInt64: UInt64] = [:]
    private var moves: [Int32: [Int32: Moves]] = [:]
    private var writtenDates: [(patient: Int32, date: OutputCheck.WrittenDate, at: Place)] = []
    private var exported: Set<Int> = []
    private var exportedUIDs: Set<UInt64> = []

    init(_ originals: Originals, _ matching: Matching, showsValues: Bool) {
        self.originals = originals
        self.matching = matching
        self.showsValues = showsValues
        report.counts.originals = originals.entries.count { $0.state == .read }
        report.counts.patients = originals.book.patients.count
        report.counts.identifiers = originals.book.identifiers.count
        report.counts.names = originals.book.persons.count
        report.counts.uids = originals.book.uids.count
        report.counts.otherOriginals = originals.entries.count { $0.state == .notDICOM || $0.state == .directory }
    }

    var looksIntoPixels: Bool {
        get { report.looksIntoPixels }
        set { report.looksIntoPixels = newValue }
    }

    /// Outputs come in the order of their names.
    mutating func add(_ check: OutputCheck, path: String) {
        report.counts.outputs += 1
        let number = report.counts.outputs
        if check.isSkipped {
            report.counts.keptBack += 1
            return
        }
        report.counts.dicomOutputs += check.isDICOM ? 1 : 0
        report.counts.unreadableOutputs += check.isUnreadable ? 1 : 0
        report.counts.frames += check.frameCount
        report.counts.unreadPixels += check.hasUnreadPixels ? 1 : 0
        let shown = check.pathIdentifies && !showsValues ? nil : path
        add(check.issues, number, shown)
        for date in check.writtenDates {
            let place = Place(number: number, path: shown, place: date.place)
            if let patient = check.patient { writtenDates.append((patient, date, place)) }
        }
        for pair in check.uids { judge(pair, check, Place(number: number, path: shown, place: pair.place)) }
        if let patient = check.patient {
            for date in check.dates {
                moves[patient, default: [:]][date.days, default: Moves()].count += 1
                if moves[patient]?[date.days]?.examples.count ?? 0 < Self.mostExamples {
                    moves[patient]?[date.days]?.examples.append(Place(number: number, path: shown, place: date.place))
                }
            }
        }
        if let original = check.original, check.isDICOM {
            exported.insert(original)
            exportedUIDs.insert(originals.entries[original].sopInstanceUID)
        }
    }

    mutating func add(archive check: OutputCheck, path: String) {
        add(check.issues, 0, check.issues.isEmpty || showsValues ? path : nil)
    }

    private mutating func add(_ issues: [Comparison.Issue], _ number: Int, _ path: String?) {
        for issue in issues {
            add(issue.category, Place(number: number, path: path, place: issue.place), issue.detail, issue.value)
        }
    }

    private mutating func add(_ category: Finding.Category, _ at: Place, _ detail: String, _ value: String? = nil) {
        report.findingCounts[category, default: 0] += 1
        guard report.findings.count < Self.mostFindings else { return }
        report.findings.append(
            Finding(
                category: category, number: at.number, path: at.path, place: at.place, detail: detail,
                value: showsValues ? value : nil))
    }

    // MARK: UIDs

    private mutating func judge(_ pair: Comparison.UIDPair, _ check: OutputCheck, _ at: Place) {
        if pair.old == pair.new { return }
        if check.retainsUIDs {
            add(.uidConsistency, at, "a UID is another, though the data set says that UIDs were retained")
            return
        }
        if let other = replacements[pair.old], other != pair.new {
            add(.uidConsistency, at, "this UID has another replacement elsewhere")
        } else if let other = replaced[pair.new], other != pair.old {
            add(.uidConsistency, at, "another UID has the same replacement")
        }
        if replacements[pair.old] == nil { replacements[pair.old] = pair.new }
        if replaced[pair.new] == nil { replaced[pair.new] = pair.old }
    }

    // MARK: The whole

    mutating func finish(showsPaths: Bool) {
        var offsets: [Int32: Int32] = [:]
        for (patient, days) in moves.sorted(by: { $0.key < $1.key }) {
            let moved = days.filter { $0.key != 0 }
            // The smallest of those that are equally frequent, so that the result is the same every time.
            let offset = moved.max { ($0.value.count, -Int($0.key)) < ($1.value.count, -Int($1.key)) }?.key
            offsets[patient] = offset
            for (distance, moves) in days.sorted(by: { $0.key < $1.key }) where distance != offset {
                for place in moves.examples {
                    let detail =
                        distance == 0
                        ? "a date did not move" : "a date moved by another number of days than others of the patient"
                    add(.interval, place, detail)
                }
                report.findingCounts[.interval, default: 0] += moves.count - moves.examples.count
            }
        }
        // What was told of a date at its own place is not told twice.
        let told: Set<Place> = Set(
            report.findings.lazy.filter { [.kept, .interval, .date].contains($0.category) }.map {
                Place(number: $0.number, path: $0.path, place: $0.place)
            })
        for (patient, date, place) in writtenDates where !told.contains(place) {
            if let offset = offsets[patient], originals.book.dates[patient]?.contains(date.day - offset) == true {
                continue
            }
            let detail = date.isBirth ? "a date of birth of the originals" : "a date of the patient's originals"
            add(date.isBirth ? .birthDate : .date, place, detail, date.value)
        }
        for (index, entry) in originals.entries.enumerated() {
            if matching.sequestered.contains(index) {
                report.counts.sequestered += 1
                continue
            }
            switch entry.state {
            case .unreadable: report.counts.unreadableOriginals += 1
            case .read where !exported.contains(index) && !exportedUIDs.contains(entry.sopInstanceUID):
                let path = showsPaths ? String(decoding: originals.names[index].text, as: UTF8.self) : nil
                add(
                    .missing, Place(number: index + 1, path: path, place: "file"),
                    "nothing in OUT was made of this original, and it was not kept back")
            case .read: report.counts.exported += 1
            case .notDICOM, .directory: break
            }
        }
        let order = Dictionary(uniqueKeysWithValues: Finding.Category.allCases.enumerated().map { ($1, $0) })
        report.findings.sort {
            (order[$0.category] ?? 0, $0.number, $0.place, $0.detail, $0.value ?? "")
                < (order[$1.category] ?? 0, $1.number, $1.place, $1.detail, $1.value ?? "")
        }
    }
}
