/// Changes to one text, put together: ranges that go, dates that move.
struct Changes {
    private let text: FoldedText
    /// In order, apart.
    private var edits: [(range: Range<Int>, new: [UInt8])] = []

    init(removed: [Range<Int>], dates: [(range: Range<Int>, new: [UInt8])], in text: FoldedText) {
        self.text = text
        var all = removed.filter { !$0.isEmpty }.map { (range: $0, new: [UInt8]()) }
        // What is found without signs between its digits is what is found as a date, too.
        all.removeAll { edit in
            guard let index = Self.firstIndex(in: dates, notBefore: edit.range.lowerBound) else { return false }
            let date = dates[index]
            return !date.new.isEmpty && date.range.lowerBound <= edit.range.lowerBound
                && date.range.upperBound >= edit.range.upperBound
        }
        all += dates
        all.sort {
            ($0.range.lowerBound, -$0.range.upperBound, $0.new.count) < (
                $1.range.lowerBound, -$1.range.upperBound, $1.new.count
            )
        }
        for edit in all {
            TextSteps.add()
            guard let last = edits.last, joins(last.range.upperBound, edit, last.new.isEmpty) else {
                edits.append(edit)
                continue
            }
            // Of two that overlap nothing stays.
            let end = max(last.range.upperBound, edit.range.upperBound)
            edits[edits.count - 1] = (last.range.lowerBound..<end, [])
        }
    }

    /// Dates are in order and apart: the first that ends behind a place.
    private static func firstIndex(in dates: [(range: Range<Int>, new: [UInt8])], notBefore place: Int) -> Int? {
        var low = 0
        var high = dates.count
        while low < high {
            let middle = (low + high) / 2
            if dates[middle].range.upperBound <= place { low = middle + 1 } else { high = middle }
        }
        return low < dates.count ? low : nil
    }

    /// What overlaps, and what has nothing but signs and blanks of a name or a number between it, is one.
    private func joins(_ end: Int, _ edit: (range: Range<Int>, new: [UInt8]), _ lastGoes: Bool) -> Bool {
        if edit.range.lowerBound < end { return true }
        guard lastGoes, edit.new.isEmpty, edit.range.lowerBound - end <= 4 else { return false }
        return text.bytes[end..<edit.range.lowerBound].allSatisfy(Self.isJoint)
    }

    private static func isJoint(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "^"), UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "-"),
            UInt8(ascii: "."), UInt8(ascii: "'"), UInt8(ascii: "_"), UInt8(ascii: "/"), UInt8(ascii: "+"):
            true
        default: false
        }
    }

    func outcome(mark: String) -> TextCleaner.Outcome {
        guard !edits.isEmpty else { return .unchanged }
        guard hasRest else { return .nothing }
        let bytes = text.bytes
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var copied = 0
        for edit in edits {
            TextSteps.add(edit.range.lowerBound - copied + 1)
            result += bytes[copied..<edit.range.lowerBound]
            copied = edit.range.upperBound
            if !edit.new.isEmpty {
                result += edit.new
            } else if !mark.isEmpty {
                result += mark.utf8
            } else {
                // One blank for the two around it, none at an end.
                let isOpen = result.last.map { $0 == 0x20 || $0 == 0x0A } ?? true
                if isOpen { while copied < bytes.count, bytes[copied] == 0x20 { copied += 1 } }
                if copied == bytes.count { while result.last == 0x20 { result.removeLast() } }
            }
        }
        result += bytes[copied...]
        let text = String(decoding: result, as: UTF8.self)
        return result == bytes ? .unchanged : .changed(text)
    }

    /// Whether any letter or digit stays.
    private var hasRest: Bool {
        if edits.contains(where: { !$0.new.isEmpty }) { return true }
        var next = 0
        for unit in text.units {
            TextSteps.add()
            while next < edits.count, edits[next].range.upperBound <= Int(unit.start) { next += 1 }
            if next == edits.count || Int(unit.end) <= edits[next].range.lowerBound { return true }
        }
        return false
    }
}
