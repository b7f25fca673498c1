/// Which of the names that were found are names here: a word that is also a name stays a word unless another part of the
/// same person's name, or a title, stands beside it.
struct NameHits {
    private let text: FoldedText
    private let words: TextWords
    private let known: KnownText
    private let kept: KeptWords
    private var hits: [KnownText.Hit]
    private var isCertain: [Bool]
    /// Hits by their first and last unit.
    private var starts: [Int: [Int]] = [:]
    private var ends: [Int: [Int]] = [:]

    /// - Parameter hits: of parts of names and of whole ones.
    init(_ hits: [KnownText.Hit], _ text: FoldedText, _ words: TextWords, _ known: KnownText, _ kept: KeptWords) {
        self.text = text
        self.words = words
        self.known = known
        self.kept = kept
        self.hits = hits
        isCertain = hits.map { !$0.meaning.isWeak }
        for (number, hit) in hits.enumerated() {
            starts[hit.first, default: []].append(number)
            ends[hit.last, default: []].append(number)
        }
        settle()
    }

    /// Units of names, with the initials beside them.
    var ranges: [ClosedRange<Int>] {
        hits.indices.filter { isCertain[$0] }.map { number in
            let hit = hits[number]
            guard hit.meaning.kind == .part else { return hit.first...hit.last }
            let before = initial(at: hit.first - 1, gap: text.units[hit.first].gap, of: hit) ? hit.first - 1 : hit.first
            let isBehind =
                hit.last + 1 < text.units.count
                && initial(at: hit.last + 1, gap: text.units[hit.last + 1].gap, of: hit)
            return before...(isBehind ? hit.last + 1 : hit.last)
        }
    }

    /// Words in which a name was found, certain or not.
    var knownWords: Set<Int> {
        var result: Set<Int> = []
        for hit in hits {
            TextSteps.add(hit.last - hit.first + 1)
            for unit in hit.first...hit.last { result.insert(Int(words.ofUnit[unit])) }
        }
        return result
    }

    private mutating func settle() {
        for (number, hit) in hits.enumerated() where hit.meaning.isWeak {
            if isBesideAnotherPart(hit) || hasInitialWithSign(hit) || isBehindTitle(hit) { isCertain[number] = true }
        }
        // A phrase that a list keeps, with nothing of the person beside it.
        for (number, hit) in hits.enumerated() where isCertain[number] && hit.meaning.kind == .part {
            if !hit.meaning.isWeak, isInKeptPhrase(hit), !isBesideAnotherPart(hit) { isCertain[number] = false }
        }
    }

    private func isBesideAnotherPart(_ hit: KnownText.Hit) -> Bool {
        let units = text.units
        func isOther(_ number: Int) -> Bool {
            let other = hits[number].meaning
            return other.kind == .part && other.person == hit.meaning.person && other.part != hit.meaning.part
        }
        var next = hit.last + 1
        if next < units.count, units[next].gap <= .short {
            if starts[next]?.contains(where: isOther) == true { return true }
            // `VICTORIA L. HEAD`
            if initial(at: next, gap: units[next].gap, of: hit) {
                next += 1
                if next < units.count, units[next].gap <= .short, starts[next]?.contains(where: isOther) == true {
                    return true
                }
            }
        }
        guard units[hit.first].gap <= .short else { return false }
        var last = hit.first - 1
        guard last >= 0 else { return false }
        if ends[last]?.contains(where: isOther) == true { return true }
        if initial(at: last, gap: units[hit.first].gap, of: hit), units[last].gap <= .short {
            last -= 1
            return last >= 0 && ends[last]?.contains(where: isOther) == true
        }
        return false
    }

    /// Whether a unit is a word of its own, and the first letter of another part of the name.
    private func initial(at unit: Int, gap: FoldedText.Gap, of hit: KnownText.Hit) -> Bool {
        guard unit >= 0, unit < text.units.count, gap <= .short, gap > .none else { return false }
        let word = words.words[Int(words.ofUnit[unit])]
        guard word.isInitial else { return false }
        let initials = known.initials[Int(hit.meaning.person)]
        return initials.contains { $0.key != hit.meaning.part && $0.value.contains(text.units[unit].value) }
    }

    /// `V. HEAD`, `HEAD, V`: a letter alone is not enough, `HEAD L` is the left one's.
    private func hasInitialWithSign(_ hit: KnownText.Hit) -> Bool {
        let units = text.units
        let before = hit.first - 1
        if initial(at: before, gap: units[hit.first].gap, of: hit),
            text.bytes[Int(units[before].end)] == UInt8(ascii: ".")
        {
            return true
        }
        let behind = hit.last + 1
        guard behind < units.count, initial(at: behind, gap: units[behind].gap, of: hit) else { return false }
        return text.bytes[Int(units[hit.last].end)..<Int(units[behind].start)].contains {
            $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "^")
        }
    }

    /// `Mr Parkinson`, but neither `MR HEAD` nor `Dr. Hounsfield units`.
    private func isBehindTitle(_ hit: KnownText.Hit) -> Bool {
        let first = Int(words.ofUnit[hit.first])
        guard first > 0, words.words[first].gap <= .short else { return false }
        let title = words.words[first - 1]
        TextSteps.add(title.text.utf8.count)
        guard KeptWords.titles.contains(title.text), title.isCapitalised,
            !title.isCapitals || title.next == UInt8(ascii: ".")
        else { return false }
        let next = Int(words.ofUnit[hit.last]) + 1
        if next < words.words.count { TextSteps.add(words.words[next].text.utf8.count) }
        return next >= words.words.count || words.words[next].gap > .short
            || !KeptWords.eponymNouns.contains(words.words[next].text)
    }

    /// Whether a list has a phrase of two to four words that the hit is part of.
    private func isInKeptPhrase(_ hit: KnownText.Hit) -> Bool {
        let own = Int(words.ofUnit[hit.first])...Int(words.ofUnit[hit.last])
        for length in 2...4 where length >= own.count {
            for first in max(0, own.upperBound - length + 1)...own.lowerBound where first + length <= words.words.count
            {
                let phrase = words.words[first..<(first + length)]
                TextSteps.add(phrase.reduce(0) { $0 + $1.text.utf8.count })
                guard phrase.dropFirst().allSatisfy({ $0.gap <= .short }) else { continue }
                if kept.contains(phrase.map(\.text).joined(separator: " ")) { return true }
            }
        }
        return false
    }
}
