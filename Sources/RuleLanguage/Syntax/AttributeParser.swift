package import DICOMCore
import DICOMDictionary

/// An attribute as a rule file names it, with what the dictionaries know of it.
package struct NamedAttribute: Sendable {
    package var path: PathPattern
    package var text: String
    /// All that the dictionary allows; empty when it does not know the attribute.
    package var allowedVRs: [VR]
    /// `1`, `1-n`; nil when it is not known.
    var multiplicity: String?
    package var place: Place

    /// The one that all readers take.
    package var vr: VR? { allowedVRs.first }

    /// Whether nothing is known of its values: then nothing is said about them.
    var isUnknown: Bool { allowedVRs.isEmpty || allowedVRs.contains(.UN) }
}

/// Reads attributes: keywords, tags, paths, private elements by creator, repeating groups.
package struct AttributeParser {
    let log: FindingLog

    package init(log: FindingLog) { self.log = log }

    /// Where an attribute is named decides what may be written.
    package enum Role {
        /// In a condition. An unknown tag would be a rule that never fires.
        case condition
        /// Within `some` or `every`: the path begins in an item.
        case item
        /// In a profile. Tables of the standard name tags that are newer than the dictionary.
        case statement
    }

    /// One attribute, which is all there is in the XML attribute.
    package func parse(_ attribute: XMLAttribute, _ role: Role) -> NamedAttribute? {
        let words = attribute.words
        // None at all is a value that the schema refuses.
        guard let word = words.first else { return nil }
        guard words.count == 1 else {
            log.error(.badPath, "one attribute stands here, not \(words.count)", at: attribute.place)
            return nil
        }
        return parse(word, of: attribute, role)
    }

    package func parse(_ word: XMLAttribute.Word, of attribute: XMLAttribute, _ role: Role) -> NamedAttribute? {
        var segments = Self.segments(of: word)
        guard let last = segments.popLast() else { return nil }
        func place(_ segment: Segment) -> Place { attribute.place(of: segment.range) }

        var steps: [PathPattern.Step] = []
        var sequence: (segment: Segment, element: PathPattern.Element)?
        for segment in segments {
            if let current = sequence {
                guard let item = itemNumber(segment, after: current.segment, place(segment)) else { return nil }
                steps.append(.sequence(current.element, item: item.number))
                sequence = nil
            } else if segment.text == "**" {
                if steps.last == .anyDepth {
                    log.error(.badPath, "`**` stands twice", at: place(segment))
                    return nil
                }
                steps.append(.anyDepth)
            } else {
                guard let element = parseSequence(segment, place(segment), role) else { return nil }
                sequence = (segment, element)
            }
        }
        guard last.text != "*", last.text != "**", Int(last.text) == nil || Tag(last.text) != nil else {
            let name = sequence?.segment.text ?? "…"
            log.error(
                .badPath, "a path ends with an attribute, not with `\(last.text)`", at: place(last),
                hint: "write `\(name)/\(last.text)/…`, or the sequence alone")
            return nil
        }
        if let sequence {
            itemIsMissing(sequence.segment, last, place(last))
            return nil
        }
        guard let element = parseElement(last, place(last), role) else { return nil }
        let path = PathPattern(steps: steps, element: element.element)
        if case .standard(let tag) = element.element, tag.group == 0x0002, role == .item || !steps.isEmpty {
            log.error(.badPath, "file meta information is not in a sequence", at: place(last))
            return nil
        }
        return NamedAttribute(
            path: path, text: word.text, allowedVRs: element.allowedVRs, multiplicity: element.multiplicity,
            place: word.place)
    }

    // MARK: - Segments

    struct Segment {
        var text: String
        /// In UTF-8 bytes of the XML attribute's value.
        var range: Range<Int>
    }

    /// Splits at slashes, but not within the braces of a private creator.
    static func segments(of word: XMLAttribute.Word) -> [Segment] {
        var segments: [Segment] = []
        let bytes = Array(word.text.utf8)
        var start = 0
        var isInBraces = false
        for index in 0...bytes.count {
            if index < bytes.count {
                if bytes[index] == UInt8(ascii: "{") { isInBraces = true }
                if bytes[index] == UInt8(ascii: "}") { isInBraces = false }
            }
            guard index == bytes.count || bytes[index] == UInt8(ascii: "/") && !isInBraces else { continue }
            segments.append(
                Segment(
                    text: String(decoding: bytes[start..<index], as: UTF8.self),
                    range: (word.offset + start)..<(word.offset + index)))
            start = index + 1
        }
        return segments
    }

    private func itemNumber(_ segment: Segment, after sequence: Segment, _ place: Place) -> (number: Int?, Void)? {
        if segment.text == "*" { return (nil, ()) }
        guard let number = Int(segment.text), segment.text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else {
            itemIsMissing(sequence, segment, place)
            return nil
        }
        guard number > 0 else {
            log.error(.badPath, "items are counted from 1", at: place)
            return nil
        }
        return (number, ())
    }

    private func itemIsMissing(_ sequence: Segment, _ next: Segment, _ place: Place) {
        log.error(
            .badPath, "which item of `\(sequence.text)`", at: place,
            hint: "write `\(sequence.text)/*/\(next.text)` for any item, or a number for one")
    }

    private func parseSequence(_ segment: Segment, _ place: Place, _ role: Role) -> PathPattern.Element? {
        guard let element = parseElement(segment, place, role) else { return nil }
        guard element.allowedVRs.isEmpty || element.allowedVRs.contains(.SQ) || element.allowedVRs.contains(.UN) else {
            log.error(
                .notASequence, "`\(segment.text)` is no sequence, its VR is \(element.allowedVRs[0])", at: place)
            return nil
        }
        return element.element
    }

    // MARK: - Elements

    private struct KnownElement {
        var element: PathPattern.Element
        var allowedVRs: [VR] = []
        var multiplicity: String?
    }

    private func parseElement(_ segment: Segment, _ place: Place, _ role: Role) -> KnownElement? {
        guard segment.text.hasPrefix("(") else { return keyword(segment, place) }
        guard segment.text.hasSuffix(")"),
            case let parts = segment.text.dropFirst().dropLast().split(
                separator: ",", maxSplits: 1, omittingEmptySubsequences: false), parts.count == 2
        else { return malformedTag(segment, place) }
        let group = parts[0].lowercased()
        if parts[1].hasPrefix("{") { return privateElement(group, parts[1], segment, place) }
        guard let element = Self.hexadecimal(parts[1], digits: 4) else { return malformedTag(segment, place) }
        if group == "60xx" || group == "50xx" {
            let first = Tag(group == "60xx" ? 0x6000 : 0x5000, element)
            return known(.repeating(group: first.group, element: element), first, segment, place, role)
        }
        guard let group = Self.hexadecimal(parts[0], digits: 4) else { return malformedTag(segment, place) }
        return standard(Tag(group, element), segment, place, role)
    }

    private func keyword(_ segment: Segment, _ place: Place) -> KnownElement? {
        guard let entry = StandardDictionary.entry(forKeyword: segment.text) else {
            if Tag(segment.text) != nil {
                let digits = segment.text.filter { $0 != "," }
                log.error(
                    .badPath, "a tag is written in brackets", at: place,
                    hint: "write `(\(digits.prefix(4)),\(digits.suffix(4)))`")
                return nil
            }
            let near = StandardDictionary.keywords(like: segment.text, limit: 3)
            let hint = near.isEmpty ? nil : "did you mean \(Spelling.list(near))?"
            let name = segment.text.isEmpty ? "an empty name" : "`\(segment.text)`"
            log.error(.unknownAttribute, "\(name) is no keyword of PS3.6", at: place, hint: hint)
            return nil
        }
        let group = entry.tag.group
        let element: PathPattern.Element =
            group == 0x5000 || group == 0x6000
            ? .repeating(group: group, element: entry.tag.element) : .standard(entry.tag)
        return KnownElement(element: element, allowedVRs: entry.allowedVRs, multiplicity: entry.multiplicity)
    }

    private func standard(_ tag: Tag, _ segment: Segment, _ place: Place, _ role: Role) -> KnownElement? {
        if tag.isDelimiter || tag.group == 0x0000 {
            let kind = tag.isDelimiter ? "a delimiter" : "part of a command"
            log.error(.badPath, "`\(segment.text)` is \(kind), no attribute of a data set", at: place)
            return nil
        }
        if tag.isPrivate {
            // Creators themselves are text that names a vendor's block.
            if tag.isPrivateCreator { return KnownElement(element: .standard(tag), allowedVRs: [.LO]) }
            let group = DICOMCore.hexadecimal(tag.group), low = DICOMCore.hexadecimal(tag.element).suffix(2)
            log.error(
                .badPath, "a private tag alone names nothing: another vendor may use it for something else", at: place,
                hint: "write `(\(group),{CREATOR}\(low))`")
            return nil
        }
        return known(.standard(tag), tag, segment, place, role)
    }

    private func known(
        _ element: PathPattern.Element, _ tag: Tag, _ segment: Segment, _ place: Place, _ role: Role
    ) -> KnownElement? {
        guard let entry = StandardDictionary.entry(for: tag) else {
            if tag.isGroupLength { return KnownElement(element: element, allowedVRs: [.UL], multiplicity: "1") }
            let message = "`\(segment.text)` is no tag of PS3.6"
            guard role == .statement else {
                log.error(.unknownAttribute, message, at: place)
                return nil
            }
            log.warning(.unknownAttribute, message, at: place)
            return KnownElement(element: element)
        }
        return KnownElement(element: element, allowedVRs: entry.allowedVRs, multiplicity: entry.multiplicity)
    }

    private func privateElement(
        _ group: String, _ rest: Substring, _ segment: Segment, _ place: Place
    ) -> KnownElement? {
        guard let group = Self.hexadecimal(group[...], digits: 4), let end = rest.lastIndex(of: "}"),
            let element = Self.hexadecimal(rest[rest.index(after: end)...], digits: 2)
        else { return malformedTag(segment, place) }
        var creator = rest[rest.index(after: rest.startIndex)..<end]
        while creator.last == " " { creator.removeLast() }
        guard group & 1 == 1 else {
            log.error(.badPath, "private groups are odd, \(DICOMCore.hexadecimal(group)) is even", at: place)
            return nil
        }
        let name = String(creator)
        guard !name.isEmpty else { return malformedTag(segment, place) }
        checkCreator(name, place)
        let entry = PrivateDictionary.entry(creator: name, group: group, element: UInt8(element))
        return KnownElement(
            element: .privateElement(group: group, creator: name, element: UInt8(element)),
            allowedVRs: entry.map { [$0.vr] } ?? [], multiplicity: entry?.multiplicity)
    }

    /// A vendor that nobody has described is no error: sites know more than the dictionary. One that is nearly that of
    /// another is doubtful.
    func checkCreator(_ creator: String, _ place: Place) {
        guard !PrivateDictionary.isKnown(creator: creator) else { return }
        let near = PrivateDictionary.creators(like: creator, limit: 3)
        guard !near.isEmpty else { return }
        log.warning(
            .unknownCreator, "no private creator `\(creator)` is known", at: place,
            hint: "did you mean \(Spelling.list(near))?")
    }

    private func malformedTag(_ segment: Segment, _ place: Place) -> KnownElement? {
        log.error(
            .badPath, "`\(segment.text)` is no tag", at: place,
            hint: "tags are written `(0010,0020)`, `(0029,{CREATOR}10)` or `(60xx,3000)`")
        return nil
    }

    static func hexadecimal(_ text: Substring, digits: Int) -> UInt16? {
        guard text.utf8.count == digits, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        return UInt16(text, radix: 16)
    }
}
