public import Inputs

/// What a verification found, and what it looked at.
public struct VerificationReport: Sendable {
    public struct Counts: Sendable, Hashable {
        /// DICOM instances among the originals.
        public var originals = 0
        /// DICOMDIRs, and files that are not DICOM.
        public var otherOriginals = 0
        public var unreadableOriginals = 0
        public var patients = 0
        /// Values, names of persons, and UIDs that were looked for.
        public var identifiers = 0
        public var names = 0
        public var uids = 0
        /// Files in OUT, those kept back included.
        public var outputs = 0
        public var dicomOutputs = 0
        public var unreadableOutputs = 0
        /// Files below `sequestered/`, which are no part of the export.
        public var keptBack = 0
        /// Originals that an output was made of.
        public var exported = 0
        /// Originals that the run says it kept back.
        public var sequestered = 0
        /// Frames whose pixels were read, and outputs with pixels that could not be.
        public var frames = 0
        public var unreadPixels = 0
    }

    public internal(set) var counts = Counts()
    /// By category, then by file and place. At most 200 000; `findingCounts` has all.
    public internal(set) var findings: [Finding] = []
    public internal(set) var findingCounts: [Finding.Category: Int] = [:]

    /// Of all categories.
    public var findingCount: Int { findingCounts.values.reduce(0, +) }
    public var isClean: Bool { findingCount == 0 }
    /// Whether text in pixels was looked for, too.
    public internal(set) var looksIntoPixels = false
    /// Everything that was given could be read.
    public var isComplete: Bool {
        counts.unreadableOriginals == 0 && counts.unreadableOutputs == 0 && counts.unreadPixels == 0
    }

    /// What was compared, as label and number.
    var facts: [(label: String, number: Int)] {
        var result: [(label: String, number: Int)] = [
            ("originals", counts.originals), ("patients", counts.patients),
            ("identifying values looked for", counts.identifiers),
            ("names of persons looked for", counts.names), ("UIDs looked for", counts.uids),
            ("files in the output", counts.outputs), ("DICOM files in the output", counts.dicomOutputs),
            ("originals exported", counts.exported), ("originals kept back", counts.sequestered),
            ("originals that could not be read", counts.unreadableOriginals),
            ("outputs that could not be read", counts.unreadableOutputs),
        ]
        if looksIntoPixels {
            result.append(("frames whose pixels were read", counts.frames))
            result.append(("outputs whose pixels could not be read", counts.unreadPixels))
        }
        return result
    }

    /// The outcome in one sentence.
    var verdict: String {
        switch (isClean, isComplete) {
        case (true, true): "nothing was found"
        case (true, false): "nothing was found, but not everything could be read"
        case (false, _):
            "\(findingCount) \(findingCount == 1 ? "finding" : "findings") in \(Set(findings.map(\.number)).count) files"
        }
    }
}

extension Finding {
    /// `output 12, released/…/a.dcm`.
    var file: String {
        let kind = category == .missing ? "original" : number == 0 ? "archive" : "output"
        let name = number == 0 ? kind : "\(kind) \(number)"
        return path.map { "\(name), \($0.withoutControls)" } ?? name
    }
}

extension String {
    /// Control characters written out, so that a name of a file commands no terminal.
    var withoutControls: String {
        guard
            unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || (0x80...0x9F).contains($0.value) })
        else {
            return self
        }
        return unicodeScalars.map { scalar in
            scalar.value < 0x20 || scalar.value == 0x7F || (0x80...0x9F).contains(scalar.value)
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(Character(scalar))
        }.joined()
    }
}

extension VerificationReport {
    /// For people, on a terminal.
    ///
    /// - Parameter limit: findings of a category that are listed.
    public func lines(limit: Int = 50) -> [String] {
        var lines: [String] = []
        for fact in facts where fact.number > 0 { lines.append("\(fact.label): \(fact.number)") }
        for category in Finding.Category.allCases {
            guard let count = findingCounts[category], count > 0 else { continue }
            lines += ["", "\(category.title): \(count)"]
            for finding in findings.lazy.filter({ $0.category == category }).prefix(limit) {
                let value = finding.value.map { ": \($0.withoutControls)" } ?? ""
                lines.append("  \(finding.file)  \(finding.place)  \(finding.detail)\(value)")
            }
            if count > limit { lines.append("  … and \(count - limit) more; --json has them") }
        }
        return lines + ["", verdict]
    }

    /// For programs.
    public func json(time: String) -> JSON {
        .object([
            "time": .string(time),
            "verdict": .string(isClean ? (isComplete ? "clean" : "incomplete") : "findings"),
            "counts": .object([
                "originals": .number(counts.originals),
                "otherOriginals": .number(counts.otherOriginals),
                "unreadableOriginals": .number(counts.unreadableOriginals),
                "patients": .number(counts.patients),
                "identifiers": .number(counts.identifiers),
                "names": .number(counts.names),
                "uids": .number(counts.uids),
                "outputs": .number(counts.outputs),
                "dicomOutputs": .number(counts.dicomOutputs),
                "unreadableOutputs": .number(counts.unreadableOutputs),
                "keptBack": .number(counts.keptBack),
                "exported": .number(counts.exported),
                "sequestered": .number(counts.sequestered),
                "frames": looksIntoPixels ? .number(counts.frames) : nil,
                "unreadPixels": looksIntoPixels ? .number(counts.unreadPixels) : nil,
            ]),
            "categories": .array(
                Finding.Category.allCases.map { category in
                    .object([
                        "category": .string(category.rawValue), "title": .string(category.title),
                        "count": .number(findingCounts[category] ?? 0),
                    ])
                }),
            "findings": .array(
                findings.map { finding in
                    .object([
                        "category": .string(finding.category.rawValue),
                        finding.category == .missing ? "original" : "output": .number(finding.number),
                        "path": finding.path.map { .string($0) },
                        "place": .string(finding.place),
                        "detail": .string(finding.detail),
                        "value": finding.value.map { .string($0) },
                    ])
                }),
        ])
    }
}
