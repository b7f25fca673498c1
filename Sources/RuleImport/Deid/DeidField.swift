import DICOMCore
import DICOMDictionary
import RuleLanguage

/// Which elements a field of a recipe means, as selectors of ours.
enum DeidField {
    case selectors([ConvertedStatement.Selector], attributes: [ScriptAttribute])
    /// `values:name`.
    case values(String)
    /// Nothing that we know.
    case unknown(String)

    init(_ text: String, groups: [String: [DeidRecipe.Action]]) { self.init(text, groups, depth: 0) }

    private init(_ text: String, _ groups: [String: [DeidRecipe.Action]], depth: Int) {
        if text.lowercased() == "all" {
            self = .selectors([.anything], attributes: [])
            return
        }
        if let attribute = Self.attribute(text) {
            self = .selectors([.attribute(attribute.text)], attributes: [attribute])
            return
        }
        guard let colon = text.firstIndex(of: ":") else {
            let near = StandardDictionary.keywords(like: text, limit: 1).first
            let hint = near.map { "; `\($0)` is one" } ?? ""
            self = .unknown("`\(ImportLog.shown(text))` is no keyword of PS3.6, and deid finds nothing by it\(hint)")
            return
        }
        let expander = text[..<colon].lowercased(), expression = String(text[text.index(after: colon)...])
        switch expander {
        case "values": self = .values(expression)
        case "fields":
            guard depth == 0, let group = groups[expression] else {
                self = .unknown("there is no group `\(ImportLog.shown(expression))` of fields")
                return
            }
            self = Self.joined(group.map { DeidField($0.field, [:], depth: 1) })
        case "startswith": self = Self.matching("^(?:\(expression.lowercased()))", isExcluded: false)
        case "endswith": self = Self.matching("(?:\(expression.lowercased()))$", isExcluded: false)
        case "contains": self = Self.matching("(?:\(expression.lowercased()))", isExcluded: false)
        case "except": self = Self.matching("(?:\(expression.lowercased()))", isExcluded: true)
        case "select": self = Self.selected(expression)
        default: self = .unknown("`\(ImportLog.shown(String(expander)))` is no way to name fields")
        }
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
    private static func matching(_ pattern: String, isExcluded: Bool) -> DeidField {
        guard let compiled = try? TextPattern(pattern) else {
            return .unknown("its expression is no pattern that runs in linear time")
        }
        var attributes: [ScriptAttribute] = []
        for entry in StandardDictionary.all where entry.tag.group > 0x0004 && !entry.keyword.isEmpty {
            let digits = hexadecimal(entry.tag.group) + hexadecimal(entry.tag.element)
            let isFound =
                compiled.isFound(in: entry.keyword.lowercased()) || compiled.isFound(in: digits)
                || compiled.isFound(in: entry.name)
            if isFound != isExcluded { attributes.append(ScriptAttribute(entry.tag)) }
        }
        if isExcluded { return .selectors([.anything], attributes: []) }
        return .selectors(attributes.map { .attribute($0.text) }, attributes: attributes)
    }

    /// `VR:TM`, `group:0010`.
    private static func selected(_ expression: String) -> DeidField {
        let parts = expression.split(separator: ":", maxSplits: 1).map { String($0).trimmed }
        guard parts.count == 2 else { return .unknown("`select` needs what it selects by") }
        switch parts[0].lowercased() {
        case "vr":
            guard let vr = VR(parts[1].prefix(2).uppercased()), VR.all.contains(vr) else {
                return .unknown("`\(ImportLog.shown(parts[1]))` is no VR")
            }
            return .selectors([.vr(vr.description)], attributes: [])
        case "group":
            guard let group = UInt16(parts[1], radix: 16) else {
                return .unknown("`\(ImportLog.shown(parts[1]))` is no group")
            }
            return .selectors([.group(hexadecimal(group))], attributes: [])
        default: return .unknown("deid selects by VR and group alone")
        }
    }

    private static func joined(_ fields: [DeidField]) -> DeidField {
        var selectors: [ConvertedStatement.Selector] = []
        var attributes: [ScriptAttribute] = []
        for field in fields {
            switch field {
            case .selectors(let more, let known):
                selectors += more
                attributes += known
            case .values: return .unknown("a group of fields cannot be found by values")
            case .unknown(let reason): return .unknown(reason)
            }
        }
        return selectors.isEmpty ? .unknown("the group is empty") : .selectors(selectors, attributes: attributes)
    }
}
