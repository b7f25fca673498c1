public import DICOMCore
import DICOMDictionary
public import RuleLanguage

/// A profile held against PS3.15 Table E.1-1, row by row.
public struct ProfileCoverage: Sendable {
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// What the table asks of the Basic Profile.
        case asBasic = "as-basic"
        /// What an option asks that the profile says it follows.
        case asOption = "as-option"
        /// More than the table asks for.
        case stronger
        /// Less than the table asks for: something stays that no option of the profile lets stay.
        case weaker
    }

    public struct Row: Sendable, Hashable {
        /// `0010,0010`.
        public var tag: String
        public var keyword: String
        public var vr: VR?
        /// Of the table: `X/Z/D`.
        public var asked: String
        /// Options of the profile that speak of this row: `Clean Descriptors C`.
        public var options: [String]
        /// What the profile does, by its most specific statement that names no place.
        public var action: String
        public var selector: String
        public var location: SourceLocation?
        public var verdict: Verdict
        /// What the attribute's VR or Type makes of the action; nil when it can bear it.
        public var bent: String?
    }

    public var profile: String
    public var rows: [Row]
    /// Options that the profile says it follows (CID 7050), by name.
    public var options: [String]
    /// Of each option of the profile: rows that it treats otherwise than the Basic Profile would.
    public var changedBy: [(option: String, rows: [String])]

    public init(_ profile: Profile) {
        let table = StatementTable(profile)
        let claimed = Set(profile.methodCodes.filter { $0.system == "DCM" }.map(\.code))
        let followed = ConfidentialityTable.options.indices.filter {
            claimed.contains(ConfidentialityTable.options[$0].code)
        }
        self.profile = profile.id
        options = followed.map { ConfidentialityTable.options[$0].name }
        let rows = ConfidentialityTable.rows.map { Self.row($0, table, followed) }
        self.rows = rows
        changedBy = followed.map { option in
            let name = ConfidentialityTable.options[option].name
            let changed = zip(ConfidentialityTable.rows, rows).filter { asked, row in
                asked.options[option] != nil && row.verdict == .asOption
            }
            return (name, changed.map(\.1.tag))
        }
    }

    public func count(_ verdict: Verdict) -> Int { rows.count { $0.verdict == verdict } }

    private static func row(_ asked: ConfidentialityTable.Row, _ table: StatementTable, _ followed: [Int]) -> Row {
        let vr = asked.tag.flatMap { StandardDictionary.vr(of: $0) }
        let statements: [ProfileStatement]
        if let tag = asked.tag {
            statements = table.statements(for: tag, vr: vr ?? .UN)
        } else if asked.text.hasPrefix("50") {
            statements = table.statements(for: Tag(0x5000, 0x0000), vr: .UN)
        } else {
            statements = table.statements(forPrivate: Tag(0x0009, 0x1000), creator: nil, vr: .UN)
        }
        let won = statements.first
        let action = won?.action ?? .remove
        let letters = followed.compactMap { option in asked.options[option].map { (option, $0) } }
        return Row(
            tag: asked.text, keyword: asked.tag.flatMap { StandardDictionary.entry(for: $0)?.keyword } ?? "", vr: vr,
            asked: asked.code, options: letters.map { "\(ConfidentialityTable.options[$0.0].name) \($0.1)" },
            action: action.words, selector: won?.selector.words ?? "", location: won?.location,
            verdict: verdict(action, asked.code, Set(letters.map(\.1))), bent: bent(action, vr, asked.type))
    }

    // MARK: - Held against the table

    private static func verdict(_ action: ProfileAction, _ code: String, _ letters: Set<Character>) -> Verdict {
        switch strength(action) {
        case .keeps:
            // The sequence stays for every Type, and the items are treated: of X/Z/U* the part that leaves the object whole.
            if code == "K" || code.contains("U*") { return .asBasic }
            return letters.contains("K") || letters.contains("C") ? .asOption : .weaker
        case .cleans:
            if code == "C" { return .asBasic }
            return letters.contains("C") || letters.contains("K") ? .asOption : .weaker
        case .replaces:
            if code == "K" || code == "C" || !letters.isEmpty { return .stronger }
            // A date that is only shortened, an age that is only capped, is still a part of what it was.
            return isPartial(action) ? .weaker : .asBasic
        case .takes:
            if !letters.isEmpty || code == "K" || code == "C" { return .stronger }
            return action == .remove && !code.contains("X") ? .stronger : .asBasic
        }
    }

    private enum Strength { case keeps, cleans, replaces, takes }

    private static func strength(_ action: ProfileAction) -> Strength {
        switch action {
        case .keep: .keeps
        case .clean, .shiftDate: .cleans
        case .truncateDate, .capAge: .replaces
        case .replace, .dummy, .uid, .pseudonym, .hash, .lookup: .replaces
        case .remove, .empty: .takes
        case .encrypt(let then): strength(then)
        case .byType(let type1, let type2, let type3):
            [type1, type2, type3].map(strength).contains(.keeps)
                ? .keeps : [type1, type2, type3].map(strength).contains(.cleans) ? .cleans : .takes
        }
    }

    private static func isPartial(_ action: ProfileAction) -> Bool {
        switch action {
        case .truncateDate, .capAge: true
        case .encrypt(let then): isPartial(then)
        case .lookup(_, let otherwise): strength(otherwise) == .keeps
        default: false
        }
    }

    // MARK: - What cannot be borne

    private static func bent(_ action: ProfileAction, _ vr: VR?, _ type: Int) -> String? {
        switch action {
        case .remove where type == 1: "some IOD requires a value (Type 1): there it becomes a dummy"
        case .remove where type == 2: "some IOD requires it (Type 2): there it is emptied"
        case .empty where type == 1: "some IOD requires a value (Type 1): there it becomes a dummy"
        case .uid where vr != nil && vr != .UI: "VR \(vr ?? .UN) holds no UID: it is removed"
        case .shiftDate where vr.map { ![.DA, .DT, .TM].contains($0) } ?? false:
            "VR \(vr ?? .UN) holds no date: it is removed"
        case .truncateDate where vr.map { ![.DA, .DT].contains($0) } ?? false:
            "VR \(vr ?? .UN) holds no date: it is removed"
        case .capAge where vr != nil && vr != .AS: "VR \(vr ?? .UN) holds no age: it is removed"
        case .pseudonym where vr.map { !$0.usesSpecificCharacterSet } ?? false:
            "VR \(vr ?? .UN) holds no name: it is removed"
        case .hash where vr.map { !$0.isText } ?? false, .lookup where vr.map { !$0.isText } ?? false:
            "VR \(vr ?? .UN) holds no text: it is removed"
        case .encrypt(let then): bent(then, vr, type)
        default: nil
        }
    }
}
