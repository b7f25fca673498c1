import DICOMCore
import DICOMDictionary
import RuleLanguage

/// Which elements a field of a recipe means, as selectors of ours.
struct DeidField {
    /// Elements that PS3.6 names, and private ones by their creator.
    var attributes: [ScriptAttribute] = []
    /// All elements of a VR, of a group, or whatever there are.
    var kinds: [ConvertedStatement.Selector] = []
    /// Kinds that hold more than what is meant, which nothing of ours tells from the rest: all of it may go, and none stays
    /// for it.
    var wider: [ConvertedStatement.Selector] = []
    /// Groups of private elements that are named by their numbers.
    var privateGroups: [UInt16] = []
    /// Of `values:name`.
    var values: String?
    /// Why something in it means nothing, or less than it says; and the line of a group that says so, if it is one.
    var doubts: [(reason: String, source: ImportLog.ID?)] = []

    init(_ text: String, groups: [String: [DeidRecipe.Action]]) { self = Self.read(text, groups, depth: 0) }

    private init(doubt reason: String? = nil) {
        if let reason { doubts.append((reason: reason, source: nil)) }
    }

    private static func read(_ text: String, _ groups: [String: [DeidRecipe.Action]], depth: Int) -> DeidField {
        var field = DeidField()
        if text.lowercased() == "all" {
            field.kinds = [.anything]
            return field
        }
        if let attribute = Self.attribute(text) {
            field.attributes = [attribute]
            return field
        }
        guard let colon = text.firstIndex(of: ":") else {
            if let group = isPrivateNumber(text) {
                field.privateGroups = [group]
                return field
            }
            let near = StandardDictionary.keywords(like: text, limit: 1).first
            let hint = near.map { "; `\($0)` is one" } ?? ""
            let name = ImportLog.shown(text)
            return DeidField(doubt: "`\(name)` is no keyword of PS3.6, and deid finds nothing by it\(hint)")
        }
        let expander = text[..<colon].lowercased(), expression = String(text[text.index(after: colon)...])
        switch expander {
        case "values": field.values = expression
        case "fields":
            guard depth == 0, let group = groups[expression] else {
                return DeidField(doubt: "there is no group `\(ImportLog.shown(expression))` of fields")
            }
            return joined(group.map { (source: $0.id, field: read($0.field, [:], depth: 1)) })
        case "startswith": return matching("^(?:\(expression.lowercased()))")
        case "endswith": return matching("(?:\(expression.lowercased()))$")
        case "contains": return matching("(?:\(expression.lowercased()))")
        case "except": field.wider = [.anything]
        case "select": return selected(expression)
        default: return DeidField(doubt: "`\(ImportLog.shown(expander))` is no way to name fields")
        }
        return field
    }

    // MARK: - One field

    /// A keyword, `0010,0010`, `00100010`, `(0010,0010)`, `0x00100010`, `(0033,"CREATOR",1E)`.
    static func attribute(_ text: String) -> ScriptAttribute? {
        if let entry = StandardDictionary.entry(forKeyword: text) { return ScriptAttribute(entry.tag) }
        var inner = text
        if inner.hasPrefix("("), inner.hasSuffix(")") { inner = String(inner.dropFirst().dropLast()) }
        if let quote = inner.firstIndex(of: "\""), let end = inner.lastIndex(of: "\""), quote < end {
            let group = String(inner[..<quote]).trimmed, element = String(inner[inner.index(after: end)...]).trimmed
            let creator = String(inner[inner.index(after: quote)..<end]).trimmed
            guard group.hasSuffix(","), element.hasPrefix(","),
                let number = UInt16(group.dropLast().description.trimmed, radix: 16), number & 1 == 1,
                let low = UInt8(element.dropFirst().description.trimmed, radix: 16), !creator.isEmpty,
                !creator.contains(where: { "{}".contains($0) })
            else { return nil }
            return ScriptAttribute(group: number, creator: creator, element: low)
        }
        if inner.lowercased().hasPrefix("0x") { inner = String(inner.dropFirst(2)) }
        let digits = inner.filter { $0 != "," && $0 != " " }
        guard digits.count == 8, let tag = CTPElement.hexadecimal(digits) else { return nil }
        return CTPElement.standard(tag).attribute
    }

    /// A private tag by its number, of which nobody says whose it is.
    static func isPrivateNumber(_ text: String) -> UInt16? {
        let digits = text.lowercased().filter { $0 != "," && $0 != " " && $0 != "(" && $0 != ")" && $0 != "x" }
        let last = String(digits.suffix(8))
        guard last.count == 8, let tag = CTPElement.hexadecimal(last), tag.isPrivate else { return nil }
        return tag.group
    }

    // MARK: - Many

    /// Elements of PS3.6 whose keyword, tag or name fits.
    private static func matching(_ pattern: String) -> DeidField {
        guard let compiled = try? TextPattern(pattern) else {
            // deid may find anything by it.
            var field = DeidField(
                doubt: "its expression is no pattern that runs in linear time, and any element may be meant")
            field.wider = [.anything]
            return field
        }
        var field = DeidField()
        for entry in StandardDictionary.all where entry.tag.group > 0x0004 && !entry.keyword.isEmpty {
            let digits = hexadecimal(entry.tag.group) + hexadecimal(entry.tag.element)
            let isFound =
                compiled.isFound(in: entry.keyword.lowercased()) || compiled.isFound(in: digits)
                || compiled.isFound(in: entry.name)
            if isFound { field.attributes.append(ScriptAttribute(entry.tag)) }
        }
        return field
    }

    /// `VR:TM`, `group:0010`.
    private static func selected(_ expression: String) -> DeidField {
        let parts = expression.split(separator: ":", maxSplits: 1).map { String($0).trimmed }
        guard parts.count == 2 else { return DeidField(doubt: "`select` needs what it selects by") }
        var field = DeidField()
        switch parts[0].lowercased() {
        case "vr":
            guard let vr = VR(parts[1].prefix(2).uppercased()), VR.all.contains(vr) else {
                return DeidField(doubt: "`\(ImportLog.shown(parts[1]))` is no VR")
            }
            field.kinds = [.vr(vr.description)]
        case "group":
            guard let group = UInt16(parts[1], radix: 16) else {
                return DeidField(doubt: "`\(ImportLog.shown(parts[1]))` is no group")
            }
            field.kinds = [.group(hexadecimal(group))]
        default: return DeidField(doubt: "deid selects by VR and group alone")
        }
        return field
    }

    /// What each line of a group means. One by which nothing is found takes nothing from the others.
    private static func joined(_ fields: [(source: ImportLog.ID, field: DeidField)]) -> DeidField {
        guard !fields.isEmpty else { return DeidField(doubt: "the group is empty") }
        var all = DeidField()
        for (source, field) in fields {
            all.attributes += field.attributes
            all.kinds += field.kinds
            all.wider += field.wider
            all.privateGroups += field.privateGroups
            for doubt in field.doubts { all.doubts.append((reason: doubt.reason, source: source)) }
            if field.values != nil {
                all.doubts.append((reason: "a group of fields cannot be found by values", source: source))
            }
        }
        return all
    }
}
