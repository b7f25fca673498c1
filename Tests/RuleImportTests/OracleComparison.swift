import DICOMCore
import DICOMDictionary
import Foundation
import RuleLanguage

@testable import Deidentification
@testable import RuleImport

/// Sorts differences between CTP's output and ours by what explains them.
struct OracleComparison {
    let profile: Profile
    let imported: ImportedRules
    private(set) var compared = 0
    private(set) var files = 0
    private(set) var skipped = 0
    private(set) var reasons: [String: Int] = [:]
    private(set) var unexplained: [String] = []
    /// What CTP made of a UID, and what we made of it: the same must stay the same.
    private var mapped: [String: String] = [:]

    init(profile: Profile, imported: ImportedRules) {
        self.profile = profile
        self.imported = imported
    }

    mutating func skip() { skipped += 1 }

    mutating func sequestered(_ status: String, _ reason: String, isHeld: Bool) {
        count(status == "OK" ? "file: Cordon sequesters what it cannot make safe" : "file: both hold it back")
    }

    /// CTP held the object back, or passed it as it is because the script said so.
    mutating func notPassed(_ status: String, _ message: String, isHeld: Bool, _ path: String) {
        if isHeld { return count("file: both hold it back (\(status))") }
        if status == "QUARANTINE", profile.settings.pseudonyms?.list != nil {
            return count("file: who is not in the table is sequestered when pseudonyms are made")
        }
        // CTP stops at data that it cannot read, and at patterns that it cannot use.
        if status == "QUARANTINE", !message.contains("!quarantine!") { return count("file: CTP cannot read it") }
        unexplained.append("\(path): CTP says \(status) (\(message.prefix(60))), and no rule holds it back")
    }

    mutating func heldThoughPassed() {
        count("file: held back though CTP passes it, since its condition is taken to be so")
    }

    private mutating func count(_ reason: String) { reasons[reason, default: 0] += 1 }

    // MARK: - Attributes

    mutating func compare(
        original: FlatDataSet, theirs: FlatDataSet, ours: FlatDataSet, notes: [String], _ path: String
    ) {
        files += 1
        let places = Set(original.values.keys).union(theirs.values.keys).union(ours.values.keys)
        for place in places.sorted() {
            guard let tag = FlatDataSet.tag(place) else { continue }
            compared += 1
            let before = original.values[place], their = theirs.values[place], our = ours.values[place]
            if their == nil, our == nil {
                count("the same: gone")
                continue
            }
            if let their, let our, their.says(our) {
                count(before.map { $0.says(our) } == true ? "the same: kept" : "the same: changed")
                continue
            }
            let isNoted = notes.contains { $0.hasPrefix("\(tag) ") }
            let found = reason(
                tag, place, before, their, our, in: theirs, isNoted: isNoted, creator: original.creators[place])
            if let found {
                count(found)
            } else {
                unexplained.append(
                    "\(place) \(tag) in \(path.suffix(50)): was \(Self.shown(before)), CTP \(Self.shown(their)), Cordon \(Self.shown(our)); \(action(place, tag))"
                )
            }
        }
    }

    private static func shown(_ value: FlatDataSet.Value?) -> String {
        guard let value else { return "gone" }
        return
            "\(value.vr) \((value.texts?.joined(separator: "\\")).map { "`\($0.prefix(40))`" } ?? "\(value.count) bytes")"
    }

    /// Set by Cordon in every data set that it de-identifies.
    private static let own: Set<Tag> = [
        Tag(0x0012, 0x0062), Tag(0x0012, 0x0063), Tag(0x0012, 0x0064), Tag(0x0028, 0x0303),
    ]

    private mutating func reason(
        _ tag: Tag, _ place: String, _ before: FlatDataSet.Value?, _ their: FlatDataSet.Value?,
        _ our: FlatDataSet.Value?, in theirs: FlatDataSet, isNoted: Bool, creator: String?
    ) -> String? {
        let top = place.split(separator: "/").first.map(String.init) ?? place
        if Self.own.contains(FlatDataSet.tag(top) ?? tag) { return "Cordon says itself what it did" }
        if tag.isGroupLength { return "group lengths go" }
        if FlatDataSet.isNested(place), theirs.holdsAsBytes(place) { return "CTP has the sequence as bytes (defect 3)" }
        // What Cordon passes and CTP did not: only where it says nothing that CTP took away.
        if let our, let before, our.says(before), !our.isEmpty {
            return passed(tag, place, before, their, our)
        }
        guard let their else { return our.flatMap { stayed(tag, place, before, $0, isNoted: isNoted) } }
        if before == nil {
            return our == nil ? "an element that is missing is not added" : "Cordon's dummy holds another"
        }
        if FlatDataSet.isNested(place), let before, their.says(before) {
            return "CTP leaves nested data as it is (defect 4)"
        }
        guard let our else { return gone(tag, place, before, their, isNoted: isNoted, creator: creator) }
        return changed(tag, place, before, their, our, isNoted: isNoted)
    }

    /// The value is what it was. CTP changed or removed it.
    private func passed(
        _ tag: Tag, _ place: String, _ before: FlatDataSet.Value, _ their: FlatDataSet.Value?, _ our: FlatDataSet.Value
    ) -> String? {
        if tag == Tag(0x0008, 0x0005) {
            return "Specific Character Set stays, which CTP drops or adds (defects 6 and 8)"
        }
        if our.vr == "SQ" || before.vr == "SQ" { return "a sequence of as many items, compared in its items" }
        let statement = action(place, tag)
        if their == nil, FlatDataSet.isNested(place), let text = our.texts?.first,
            KeyedIdentifiers.isRegistered(text.utf8)
        {
            return "a class of the standard, in what stands for a sequence that the IOD requires"
        }
        if tag.isPrivate, let theirs = their?.texts, let own = our.texts,
            theirs.map({ $0.lowercased() }) == own.map({ $0.lowercased() })
        {
            return "the case of letters stays"
        }
        // Case, and texts that CTP puts behind the value.
        if let their, let texts = their.texts, let own = our.texts, statement == .keep, isChanged(tag) {
            let left = texts.joined(separator: "\\").lowercased(), right = own.joined(separator: "\\").lowercased()
            if left == right { return "the case of letters stays" }
            if left.hasPrefix(right) { return "nothing is appended" }
        }
        if statement == .uid, let text = our.texts?.first, KeyedIdentifiers.isRegistered(text.utf8) {
            return "a UID that the standard registers names nobody and stays"
        }
        if case .lookup = statement { return "the list says the same" }
        if case .truncateDate = statement, isChanged(tag) {
            return "the first of its month already, where CTP writes another day for all: reported"
        }
        // A time is not a date: it stays where days move.
        if statement == .shiftDate, our.vr == "TM" { return "days move no time" }
        if let their, their.texts != nil,
            our.texts?.joined().unicodeScalars.contains(where: { $0.value > 0x7F }) == true,
            statement == .keep
        {
            return "CTP does not know the character set (defect 6)"
        }
        if place == "7FE00010" || their == nil && statement == .keep && isAfterPixels(tag) {
            return "elements after the pixels are treated apart by CTP (defect 8)"
        }
        if tag.isPrivate, tag.isPrivateCreator { return "a creator stays with what stays of its block" }
        return nil
    }

    /// CTP removed it.
    private func stayed(
        _ tag: Tag, _ place: String, _ before: FlatDataSet.Value?, _ our: FlatDataSet.Value, isNoted: Bool
    ) -> String? {
        if our.isEmpty { return "what the IOD requires stays without a value" }
        if before == nil { return "part of a dummy" }
        if before?.says(our) != true { return "what the IOD requires is a dummy, or its value is another" }
        return nil
    }

    /// Cordon removed it.
    private func gone(
        _ tag: Tag, _ place: String, _ before: FlatDataSet.Value?, _ their: FlatDataSet.Value, isNoted: Bool,
        creator: String?
    ) -> String? {
        if FlatDataSet.isNested(place) { return "stricter: within a sequence" }
        if tag.isPrivate { return "stricter: private elements of unknown kind, or without anything of their block" }
        if tag.group < 0x0008 || tag.group >= 0xFFF0 { return "stricter: padding, signatures and directories go" }
        if isNoted { return "stricter: the record says why" }
        switch action(place, tag) {
        case .remove: return refusedOrChanged(tag) ?? (their.isEmpty ? "CTP left it without a value" : nil)
        case .keep where StandardDictionary.vr(of: tag) == nil: return "stricter: nobody knows the element"
        case .keep where their.vr == "UN": return "stricter: a value of unknown kind"
        default: return refusedOrChanged(tag)
        }
    }

    /// Both changed it, or one of them did.
    private mutating func changed(
        _ tag: Tag, _ place: String, _ before: FlatDataSet.Value?, _ their: FlatDataSet.Value, _ our: FlatDataSet.Value,
        isNoted: Bool
    ) -> String? {
        let isTheirOwn = before.map { !their.says($0) } ?? true
        switch action(place, tag) {
        case .uid:
            guard isTheirOwn else {
                if their.vr == "UN" { return "CTP cannot replace a value of UN (defect 3)" }
                return before?.isEmpty == true ? nil : "a UID that CTP leaves in \(tag) is a new one"
            }
            guard let left = their.texts?.first, let right = our.texts?.first else { return "UIDs without a value" }
            if let known = mapped[left], known != right, !KeyedIdentifiers.isRegistered(right.utf8), left.count < 64,
                before?.vr != "UN"
            {
                return nil
            }
            mapped[left] = right
            return "keyed: another UID, the same for the same"
        case .pseudonym:
            return isTheirOwn || their.vr == "UN" ? "keyed: a pseudonym" : refusedOrChanged(tag)
        case .hash: return isTheirOwn || their.isEmpty || their.vr == "UN" ? "keyed: a hash" : refusedOrChanged(tag)
        case .shiftDate:
            if our.isEmpty { return "a date that is none goes" }
            return "keyed: each patient's own offset"
        default: break
        }
        if tag.isPrivate, our.vr == "UI", !isTheirOwn,
            imported.report.remarks.contains(where: { $0.hasPrefix("UIDs in private elements that stay are new") })
        {
            return "stricter: a private UID that leads back to the original is a new one, as the report says"
        }
        if their.vr == "UN", !isTheirOwn { return "CTP cannot replace a value of UN (defect 3)" }
        if our.isEmpty {
            return isNoted
                ? "stricter: the record says why"
                : refusedOrChanged(tag) ?? (isTheirOwn ? "stricter: without a value" : nil)
        }
        if isNoted { return "stricter: the record says why" }
        if let found = refusedOrChanged(tag) { return found }
        if our.vr == "SQ" { return "a sequence, compared in its items" }
        switch action(place, tag) {
        case .remove, .empty: return "what the IOD requires is a dummy"
        case .replace: return their.isEmpty || isTheirOwn ? "a text that CTP could not write" : nil
        default: return nil
        }
    }

    // MARK: - What the import said

    private func refusedOrChanged(_ tag: Tag) -> String? {
        let digits = (hexadecimal(tag.group) + hexadecimal(tag.element)).lowercased()
        let found = imported.report.statements.filter { $0.text.lowercased().contains(digits) }
        guard let worst = found.map(\.outcome).max() else { return nil }
        switch worst {
        case .refused: return "reported: not carried over"
        case .changed: return "reported: translated with a difference"
        default: return nil
        }
    }

    private func isChanged(_ tag: Tag) -> Bool { refusedOrChanged(tag) != nil }

    private func isAfterPixels(_ tag: Tag) -> Bool { tag.group > 0x7FE0 }

    /// What the profile says of an element; paths apart.
    private func action(_ place: String, _ tag: Tag) -> ProfileAction {
        func stated(_ selector: ProfileStatement.Selector) -> ProfileAction? {
            profile.statements.first { $0.selector == selector }?.action
        }
        if FlatDataSet.isNested(place) {
            let sequence = place.split(separator: "/").dropLast(2).last.flatMap { UInt32($0, radix: 16) }
            if let sequence {
                let path = PathPattern(
                    steps: [.anyDepth, .sequence(.standard(Tag(rawValue: sequence)), item: nil)],
                    element: .standard(tag))
                if let action = stated(.path(path)) { return action }
            }
        }
        if let action = stated(.tag(tag)) { return action }
        if tag.isPrivate {
            return stated(.group(tag.group, repeating: false)) ?? stated(.privateGroups) ?? stated(.anything) ?? .remove
        }
        if tag.group & 0xFF00 == 0x6000, let action = stated(.group(0x6000, repeating: true)) { return action }
        if tag.group & 0xFF00 == 0x5000, let action = stated(.group(0x5000, repeating: true)) { return action }
        if let action = stated(.group(tag.group, repeating: false)) { return action }
        let vr = StandardDictionary.vr(of: tag) ?? .UN
        return stated(.vr(vr)) ?? stated(.anything) ?? .remove
    }
}
