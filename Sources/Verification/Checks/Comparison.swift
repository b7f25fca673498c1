import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile

/// An output beside its original, element by element: what stayed and should not have, what went and should not have, and
/// the pairs of UIDs and dates by which whole patients are judged.
struct Comparison {
    struct Issue: Hashable, Sendable {
        var category: Finding.Category
        var place: String
        var detail: String
        var value: String?
    }

    /// A UID of the original and what stands in its place.
    struct UIDPair: Hashable, Sendable {
        var old: UInt64
        var new: UInt64
        var place: String
    }

    /// A date that moved.
    struct DatePair: Hashable, Sendable {
        var days: Int32
        var place: String
    }

    private(set) var issues: [Issue] = []
    private(set) var uids: [UIDPair] = []
    private(set) var dates: [DatePair] = []

    private let original: DICOMFile
    private let output: DICOMFile
    private let options: DeidentificationOptions
    private let iod: InformationObjectDefinitions.IOD?

    /// What the table says of the sequence around an element.
    private enum Scope {
        /// Nothing.
        case open
        /// That it goes, with all that is in it.
        case goes
        /// That a dummy takes its place, which may have the same code strings.
        case replaced
        /// That its content is cleaned: what stays and what does not is for the one who cleans.
        case cleaned
    }

    init(original: DICOMFile, output: DICOMFile, options: DeidentificationOptions) {
        self.original = original
        self.output = output
        self.options = options
        iod = output.text(Tag(0x0008, 0x0016)).flatMap(InformationObjectDefinitions.iod(forSOPClass:))
        walk(nil, nil, [], .open)
    }

    private mutating func walk(_ old: Int?, _ new: Int?, _ path: [Tag], _ scope: Scope) {
        var counterparts: [Tag: Int] = [:]
        for node in output.dataSet.children(of: new).reversed() { counterparts[output.dataSet.nodes[node].tag] = node }
        for node in original.dataSet.children(of: old) {
            let element = original.dataSet.nodes[node]
            let tag = element.tag
            guard !tag.isGroupLength, !tag.isPrivateCreator, tag.group != 0xFFFA, tag.group != 0xFFFC else { continue }
            var counterpart = counterparts[tag]
            if tag.isPrivate, let found = counterpart,
                output.dataSet.creator(of: found) != original.dataSet.creator(of: node)
            {
                counterpart = nil
            }
            let row = ConfidentialityTable.row(for: tag)
            checkType(node, element, counterpart, path + [tag], scope)
            switch element.kind {
            case .sequence:
                guard let counterpart, output.dataSet.nodes[counterpart].kind == .sequence else { continue }
                let oldItems = original.dataSet.children(of: node)
                let newItems = output.dataSet.children(of: counterpart)
                guard oldItems.count == newItems.count else { continue }
                let inner = self.scope(of: row, within: scope)
                for (oldItem, newItem) in zip(oldItems, newItems) { walk(oldItem, newItem, path + [tag], inner) }
            case .element:
                compare(node, element, counterpart, row, scope)
            case .fragments, .item: break
            }
        }
    }

    private func scope(of row: ConfidentialityTable.Row?, within scope: Scope) -> Scope {
        guard let row else { return scope }
        if !options.isDisjoint(with: row.options) { return .cleaned }
        return row.action.contains("U") ? scope : row.action.contains("D") ? .replaced : .goes
    }

    // MARK: One element

    private mutating func compare(
        _ node: Int, _ element: DataSetIndex.Node, _ counterpart: Int?, _ row: ConfidentialityTable.Row?, _ scope: Scope
    ) {
        let tag = element.tag
        let vr = original.valueRepresentation(of: node)
        guard let counterpart, output.dataSet.nodes[counterpart].kind == .element else {
            if row == nil, scope == .open, isLost(node, element, vr) {
                issues.append(
                    .init(
                        category: .changed, place: lostPlace(node),
                        detail: "\(Self.name(tag)) is gone, though nothing asks for it"))
            }
            return
        }
        let new = output.dataSet.nodes[counterpart]
        guard new.valueLength > 0, element.valueLength > 0 else { return }
        guard vr.isText || ValueDecoder.hasText(vr), element.valueLength <= ValueDecoder.longest else {
            compareBytes(node, element, counterpart, row, scope, vr)
            return
        }
        let olds = TextValues.lenient(of: node, in: original, .dataSet)
        let news = TextValues.lenient(of: counterpart, in: output, .dataSet)
        switch vr {
        case .UI where !StructuralUIDs.contains(tag):
            compareUIDs(olds, news, counterpart)
            return
        case .UI:
            if olds != news, olds.allSatisfy({ RegisteredUIDs.entry(for: $0) != nil }) {
                issues.append(
                    .init(
                        category: .uidConsistency, place: lostPlace(node),
                        detail: "\(Self.name(tag)) says what the object is, and is another"))
            }
            return
        case .DA, .DT: compareDates(olds, news, counterpart, tag, row, isDateTime: vr == .DT)
        default: break
        }
        let isSame = olds == news
        let isEmpty = Self.isPlaceholder(olds)
        if let row {
            if isSame, !isEmpty, options.isDisjoint(with: row.options), !row.isUID {
                issues.append(
                    .init(
                        category: .kept, place: place(counterpart),
                        detail: "\(Self.name(tag)): the table says \(row.action), and it is as it was",
                        value: news.joined(separator: "\\")))
            }
        } else if scope == .goes && isBasicAlone || scope != .open && scope != .cleaned && vr != .CS, isSame, !isEmpty,
            !tag.isPrivate
        {
            issues.append(
                .init(
                    category: .kept, place: place(counterpart),
                    detail: "\(Self.name(tag)) stands in a sequence that the table takes out, and is as it was",
                    value: news.joined(separator: "\\")))
        } else if scope == .open, !isSame, !tag.isPrivate, Self.isMeasured(vr), !Self.isReset(tag),
            !Self.isEqual(olds, news)
        {
            issues.append(
                .init(
                    category: .changed, place: place(counterpart),
                    detail: "\(Self.name(tag)) has another value than the original"))
        }
    }

    private mutating func compareBytes(
        _ node: Int, _ element: DataSetIndex.Node, _ counterpart: Int, _ row: ConfidentialityTable.Row?, _ scope: Scope,
        _ vr: VR
    ) {
        let tag = element.tag
        guard tag.group != 0x7FE0, !tag.isPrivate, element.valueLength <= ValueDecoder.longest,
            element.encoding.isBigEndian == output.dataSet.nodes[counterpart].encoding.isBigEndian,
            let old = try? original.bytes(of: node), let new = try? output.bytes(of: counterpart)
        else { return }
        let isSame = old == new
        if let row {
            if isSame, old.contains(where: { $0 != 0 }), options.isDisjoint(with: row.options) {
                issues.append(
                    .init(
                        category: .kept, place: place(counterpart),
                        detail: "\(Self.name(tag)): the table says \(row.action), and it is as it was"))
            }
        } else if scope == .goes || scope == .replaced, isSame, old.contains(where: { $0 != 0 }) {
            issues.append(
                .init(
                    category: .kept, place: place(counterpart),
                    detail: "\(Self.name(tag)) stands in a sequence that the table takes out, and is as it was"))
        } else if scope == .open, !isSame, old.count == new.count || vr != .OB && vr != .UN,
            tag.group & 0xFF00 != 0x6000
        {
            issues.append(
                .init(
                    category: .changed, place: place(counterpart),
                    detail: "\(Self.name(tag)) has other bytes than the original"))
        }
    }

    private mutating func compareUIDs(_ olds: [String], _ news: [String], _ counterpart: Int) {
        guard olds.count == news.count else { return }
        for (old, new) in zip(olds, news) where !new.isEmpty && !old.isEmpty {
            if !UID.isValid(new) {
                if old != new {
                    issues.append(
                        .init(
                            category: .uidConsistency, place: place(counterpart), detail: "a new UID is not well formed"
                        ))
                }
                continue
            }
            if RegisteredUIDs.entry(for: old) != nil {
                if old != new {
                    issues.append(
                        .init(
                            category: .uidConsistency, place: place(counterpart),
                            detail: "a registered UID was replaced"))
                }
                continue
            }
            guard UID.isValid(old) else { continue }
            uids.append(
                UIDPair(old: IdentifierBook.hash(old), new: IdentifierBook.hash(new), place: place(counterpart)))
        }
    }

    private mutating func compareDates(
        _ olds: [String], _ news: [String], _ counterpart: Int, _ tag: Tag, _ row: ConfidentialityTable.Row?,
        isDateTime: Bool
    ) {
        guard !options.contains(.retainFullDates), tag != Tag(0x0010, 0x0030), olds.count == news.count else { return }
        let isShifted = options.contains(.retainModifiedDates)
        for (old, new) in zip(olds, news) where !old.isEmpty && !new.isEmpty {
            guard let before = DayNumber.of(old), let after = DayNumber.of(new) else {
                if old == new, isShifted, old.utf8.contains(where: { $0.isDigit && $0 != 0x30 }), old != "19000101" {
                    issues.append(
                        .init(
                            category: .interval, place: place(counterpart),
                            detail: "\(Self.name(tag)): a date that cannot be moved stands as it was", value: new))
                }
                continue
            }
            if isShifted {
                dates.append(DatePair(days: after - before, place: place(counterpart)))
                if isDateTime, old.utf8.count > 8, !old.utf8.dropFirst(8).elementsEqual(new.utf8.dropFirst(8)),
                    news.count == olds.count, row?.options.contains(.retainModifiedDates) ?? true
                {
                    issues.append(
                        .init(
                            category: .interval, place: place(counterpart),
                            detail: "\(Self.name(tag)): the time of day is another"))
                }
            } else if before == after, row == nil {
                issues.append(
                    .init(
                        category: .date, place: place(counterpart), detail: "\(Self.name(tag)) is as it was", value: new
                    ))
            }
        }
    }

    // MARK: Types

    private mutating func checkType(
        _ node: Int, _ element: DataSetIndex.Node, _ counterpart: Int?, _ path: [Tag], _ scope: Scope
    ) {
        guard let iod, !element.tag.isPrivate, scope != .cleaned,
            let type = InformationObjectDefinitions.mandatoryType(of: path, in: iod), type == .type1 || type == .type2
        else { return }
        if counterpart == nil {
            issues.append(
                .init(
                    category: .type, place: lostPlace(node),
                    detail: "\(Self.name(element.tag)) is Type \(type.rawValue) and is gone"))
        } else if type == .type1, let counterpart, element.valueLength > 0,
            output.dataSet.nodes[counterpart].valueLength == 0
        {
            issues.append(
                .init(
                    category: .type, place: lostPlace(node), detail: "\(Self.name(element.tag)) is Type 1 and is empty")
            )
        }
    }

    // MARK: What counts

    /// No option was taken: then a code string in a sequence that goes is one that should have gone. With options a site
    /// cleans sequences that tell of more than one person's identity, and their code strings stay.
    private var isBasicAlone: Bool { options.subtracting(.basicProfile).isEmpty }

    private func isLost(_ node: Int, _ element: DataSetIndex.Node, _ vr: VR) -> Bool {
        let tag = element.tag
        guard Self.isMeasured(vr), element.valueLength > 0, !tag.isPrivate, !Self.isReset(tag),
            let entry = StandardDictionary.entry(for: tag), !entry.isRetired, entry.allowedVRs.contains(vr),
            ![0x5000, 0x6000].contains(tag.group & 0xFF00), tag.group > 0x0008
        else { return false }
        guard vr == .DS || vr == .IS else { return true }
        return TextValues.lenient(of: node, in: original, .dataSet).allSatisfy { Double($0) != nil }
    }

    private static func isMeasured(_ vr: VR) -> Bool {
        switch vr {
        case .US, .SS, .UL, .SL, .FL, .FD, .AT, .DS, .IS, .SV, .UV: true
        default: false
        }
    }

    /// What a de-identifier states anew.
    private static func isReset(_ tag: Tag) -> Bool { tag.group == 0x0012 || tag == Tag(0x0028, 0x0303) }

    private static func isEqual(_ olds: [String], _ news: [String]) -> Bool {
        olds.count == news.count
            && zip(olds, news).allSatisfy { $0 == $1 || Double($0) != nil && Double($0) == Double($1) }
    }

    /// What was there stood for nothing already.
    private static func isPlaceholder(_ values: [String]) -> Bool {
        values.allSatisfy { value in
            let words = TextForms.words(value)
            return words.allSatisfy { word in
                Placeholders.contains(word) || word.allSatisfy { $0 == "0" } || ["19000101", "00010101"].contains(word)
            }
        }
    }

    private func place(_ counterpart: Int) -> String { "\(output.dataSet.path(of: counterpart))" }

    /// Of what the output has not.
    private func lostPlace(_ node: Int) -> String { "\(original.dataSet.path(of: node))" }

    /// `PatientName (0010,0010)`.
    static func name(_ tag: Tag) -> String {
        guard !tag.isPrivate, let entry = StandardDictionary.entry(for: tag), !entry.keyword.isEmpty else {
            return "\(tag)"
        }
        return "\(entry.keyword) \(tag)"
    }
}
