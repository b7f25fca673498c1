import DICOMCore
import RuleEngine
import RuleLanguage

/// Values of an attribute that are of the classes that an example asks for, and make its comparisons true and false.
struct ViewValues {
    private let view: Place.View
    private let vr: VR
    private let way: [Int: Bool]

    /// Texts that are tried for one value (P9).
    private static let limit = 400

    init(_ view: Place.View, vr: VR, way: [Int: Bool]) {
        self.view = view
        self.vr = vr
        self.way = way
    }

    /// Nil when none were found.
    var values: [Example.Value]? {
        let certain = view.variables.indices.filter { way[view.variables[$0]] == true }
        if view.isExclusive || certain.isEmpty {
            let open = view.variables.indices.filter { way[view.variables[$0]] == nil }
            let order =
                certain.isEmpty
                ? open.sorted { (view.classes[$0].isOpen ? 0 : 1, $0) < (view.classes[$1].isOpen ? 0 : 1, $1) }
                : certain
            for index in order { if let value = value(of: index, making: nil) { return [value] } }
            return nil
        }
        var found: [Example.Value] = []
        for index in certain {
            guard view.classes[index].isOpen else {
                guard let value = value(of: index, making: nil) else { return nil }
                found.append(value)
                continue
            }
            // One value for each comparison that some value has to make true.
            let wanted = view.bits.keys.sorted().filter {
                way[view.bits[$0] ?? -1] == true && view.classes[index].answers[$0] == .free
            }
            for bit in wanted where !found.contains(where: { truth(bit, $0.text) == .true }) {
                guard let value = value(of: index, making: bit) else { return nil }
                found.append(value)
            }
            if wanted.isEmpty {
                guard let value = value(of: index, making: nil) else { return nil }
                found.append(value)
            }
        }
        return found
    }

    private func truth(_ atom: Int, _ text: String) -> Truth { view.atoms[atom].text?.truth(of: text) ?? .unknown }

    /// A value of a class. One that makes a comparison true that has to be; those that must not be true are not.
    private func value(of index: Int, making wanted: Int?) -> Example.Value? {
        let own = view.classes[index]
        var tried = 0
        for candidate in candidates(own, wanted) {
            tried += 1
            guard tried <= Self.limit else { return nil }
            if isIn(own, candidate.text, wanted) { return candidate }
        }
        return nil
    }

    private func isIn(_ own: ValueClass, _ text: String, _ wanted: Int?) -> Bool {
        guard !text.isEmpty, !text.contains("\\") || vr.isSingleText else { return false }
        for (index, _) in view.atoms.enumerated() {
            let asked = view.bits[index].flatMap { way[$0] }
            let answer = own.answers[index] ?? .false
            if answer == .free {
                guard let asked else { continue }
                let isTrue = truth(index, text) == .true
                // Of several values one may make it true, and another need not.
                if isTrue != asked, view.isExclusive || !asked || index == wanted { return false }
            } else if view.atoms[index].condition.isQuantity || answer == .true || own.isOpen {
                guard ClassAnswer(truth(index, text)) == answer else { return false }
            }
        }
        return true
    }

    // MARK: - Candidates

    private func candidates(_ own: ValueClass, _ wanted: Int?) -> [Example.Value] {
        var result = own.samples.map { Example.Value(text: $0) }
        guard own.isOpen else { return result }
        let asked = view.bits.keys.sorted().filter { way[view.bits[$0] ?? -1] == true && own.answers[$0] == .free }
        var pieces: [[String]] = []
        for index in wanted.map({ [$0] }) ?? asked {
            let atom = view.atoms[index]
            if case .inList(let list, _) = atom.condition.kind {
                result += atom.listRows.map { Example.Value(text: $0, list: list) }
            } else {
                pieces.append(Self.samples(of: atom.condition, vr))
            }
        }
        result += Self.joined(pieces).map { Example.Value(text: $0) }
        result += Self.neutral(vr).map { Example.Value(text: $0) }
        return result
    }

    /// Texts that make a comparison true.
    private static func samples(of condition: Condition, _ vr: VR) -> [String] {
        switch condition.kind {
        case .compareText(_, _, let texts, let folding):
            let known = texts.prefix(8)
            return folding.contains(.letterCase) ? known.map { $0.uppercased() } + known : Array(known)
        case .matches(_, let pattern): return PatternSamples.samples(of: pattern)
        default: return []
        }
    }

    /// Each alone and one behind another, in either order, in a few ways.
    private static func joined(_ pieces: [[String]]) -> [String] {
        var result = pieces.flatMap { $0 }
        guard pieces.count > 1 else { return result + result.flatMap { [$0 + "0", "0" + $0, "0" + $0 + "0"] } }
        for order in [pieces, pieces.reversed()] {
            var whole: [String] = [""]
            for piece in order {
                whole = whole.flatMap { head in
                    piece.prefix(4).flatMap { head.isEmpty ? [$0] : [head + $0, head + " " + $0] }
                }
                whole = Array(whole.prefix(64))
            }
            result += whole
        }
        return result
    }

    /// Values that a rule is unlikely to ask for, valid for the VR.
    static func neutral(_ vr: VR) -> [String] {
        switch vr {
        case .DA: ["19700101", "20000229", "1970"]
        case .TM: ["120000", "0001"]
        case .DT: ["19700101120000", "2000", "1970"]
        case .AS: ["040Y", "001D"]
        case .UI: ["2.25.99", "2.25.98"]
        case .IS, .US, .UL, .UV, .SS, .SL, .SV: ["7", "65001", "12", "0"]
        case .DS, .FL, .FD: ["7.5", "65001", "12", "0"]
        case .CS, .AE, .SH: ["X", "QZ7", "EXAMPLE", "9", "Q Z"]
        default: ["X", "QZ7", "EXAMPLE", "9", "q z", "Example"]
        }
    }
}

/// A person name out of what is asked of its parts.
struct ExampleName {
    let value: Example.Value?

    init(_ place: Place, _ way: [Int: Bool]) {
        var groups = [[String]](repeating: [], count: 3)
        var list: String?
        var isPossible = true
        let order = place.views.sorted {
            ($0.key.component?.rawValue ?? -1, $0.key.group?.rawValue ?? -1)
                < ($1.key.component?.rawValue ?? -1, $1.key.group?.rawValue ?? -1)
        }
        for (key, view) in order {
            // A part that nobody asks for is left out.
            let isAsked = view.variables.contains { way[$0] == true }
            guard isAsked else { continue }
            guard let found = ViewValues(view, vr: .PN, way: way).values else {
                isPossible = false
                continue
            }
            for (index, value) in found.enumerated() {
                list = list ?? value.list
                let group = key.group?.rawValue ?? min(index, 2)
                if let component = key.component {
                    while groups[group].count <= component.rawValue { groups[group].append("") }
                    groups[group][component.rawValue] = value.text
                } else {
                    groups[group] = value.text.split(separator: "^", omittingEmptySubsequences: false).map(String.init)
                }
            }
        }
        let text = groups.map { $0.joined(separator: "^") }.joined(separator: "=")
        var trimmed = text[...]
        while trimmed.last == "=" { trimmed.removeLast() }
        value = isPossible ? Example.Value(text: trimmed.isEmpty ? "Qz" : String(trimmed), list: list) : nil
    }
}
