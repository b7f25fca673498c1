import DICOMCore
import RuleEngine
import RuleLanguage

/// Divides the values of an attribute into classes, complete: every value is in one of them, and says to each comparison
/// what its class says or, where that is `free`, either.
///
/// Each text that a rule names is tried on all comparisons with the engine's own code. All other values differ from all
/// of these texts, so that every `equals` is false of them; numbers, dates and ages fall between the bounds that rules name.
/// What is left, patterns and parts of texts, is free.
struct ValueClasses {
    private(set) var classes: [ValueClass] = []
    private let atoms: [ComparedAtom]
    private let vr: VR?
    private var numbers: [[Int: ClassAnswer]: Int] = [:]

    init(_ atoms: [ComparedAtom], vr: VR?) {
        self.atoms = atoms
        self.vr = vr
        addTexts()
        addFoldedTexts()
        let quantities = Quantities(atoms.map(\.condition), vr: vr)
        if quantities.isEmpty {
            add(ValueClass(answers: rest(), samples: [], isOpen: true))
        } else {
            for sample in quantities.samples {
                var answers = rest()
                for (index, atom) in atoms.enumerated() where atom.condition.isQuantity {
                    answers[index] = atom.text.map { ClassAnswer($0.truth(of: sample)) } ?? .free
                }
                add(ValueClass(answers: answers.filter { $0.value != .false }, samples: [sample], isOpen: true))
            }
            if vr.map({ $0.isText }) ?? true {
                var answers = rest()
                for (index, atom) in atoms.enumerated() where atom.condition.isQuantity { answers[index] = .unknown }
                add(ValueClass(answers: answers, samples: ["?"], isOpen: true))
                // One that compares with nothing: blanks that a file calls UN are there, and no number, date or age.
                add(ValueClass(answers: rest(), samples: [], isOpen: true))
            }
        }
    }

    /// Texts that rules name.
    private mutating func addTexts() {
        var equal: [Condition.Folding.RawValue: [String: [Int]]] = [:]
        var others: [Int] = []
        for (index, atom) in atoms.enumerated() {
            guard case .compareText(let reference, .equals, let texts, let folding) = atom.condition.kind else {
                others.append(index)
                continue
            }
            for text in texts {
                let form = ComparedText.form(Self.whole(text, reference), folding)
                equal[folding.rawValue, default: [:]][form, default: []].append(index)
            }
        }
        let patterns = vr?.keepsBlanksBefore ?? true ? atoms.indices.filter { atoms[$0].condition.isPattern } : []
        var padded: [ValueClass] = []
        var places: [[Int: ClassAnswer]: Int] = [:]
        for text in named() {
            var answers: [Int: ClassAnswer] = [:]
            for (folding, found) in equal {
                let form = ComparedText.form(text, Condition.Folding(rawValue: folding))
                for index in found[form] ?? [] { answers[index] = .true }
            }
            for index in others {
                let answer = atoms[index].text.map { ClassAnswer($0.truth(of: text)) } ?? .free
                if answer != .false { answers[index] = answer }
            }
            add(ValueClass(answers: answers, samples: [text], isOpen: false))
            guard !patterns.isEmpty else { continue }
            // With blanks before it the text is the same to every comparison, and another one to a pattern.
            for index in patterns { answers[index] = .free }
            for (index, atom) in atoms.enumerated() where atom.condition.isQuantity { answers[index] = .free }
            if let place = places[answers] {
                if padded[place].samples.count < 4 { padded[place].samples.append(" " + text) }
            } else {
                places[answers] = padded.count
                padded.append(ValueClass(answers: answers, samples: [" " + text], isOpen: true))
            }
        }
        for new in padded { add(new) }
    }

    /// Sorted, each once. With the ways of writing that a folding takes for the same.
    private func named() -> [String] {
        var found: Set<String> = []
        for atom in atoms {
            guard case .compareText(let reference, _, let texts, let folding) = atom.condition.kind else { continue }
            for text in texts.map({ ComparedText.form(Self.whole($0, reference), []) }) {
                found.insert(text)
                guard !folding.isEmpty else { continue }
                found.formUnion([text.uppercased(), text.lowercased(), ComparedText.form(text, folding)])
            }
        }
        return found.filter { !$0.isEmpty }.sorted()
    }

    /// Other ways of writing what a folded comparison means.
    private mutating func addFoldedTexts() {
        var seen: Set<String> = []
        for atom in atoms {
            guard case .compareText(let reference, .equals, let texts, let folding) = atom.condition.kind,
                !folding.isEmpty
            else { continue }
            for text in texts {
                let form = ComparedText.form(Self.whole(text, reference), folding)
                guard seen.insert("\(folding.rawValue) \(form)").inserted else { continue }
                var answers = rest()
                for (index, other) in atoms.enumerated() {
                    guard case .compareText(_, let comparison, _, let own) = other.condition.kind else { continue }
                    if own == folding {
                        answers[index] = other.text.map { ClassAnswer($0.truth(of: form)) } ?? .free
                    } else if comparison == .equals, !own.isEmpty {
                        answers[index] = .free
                    }
                }
                for (index, other) in atoms.enumerated() where other.condition.isQuantity { answers[index] = .free }
                add(
                    ValueClass(
                        answers: answers.filter { $0.value != .false }, samples: Self.variants(of: text), isOpen: true))
            }
        }
    }

    private static func variants(of text: String) -> [String] {
        [text, text.uppercased(), text.lowercased(), text.prefix(1).uppercased() + text.dropFirst().lowercased()]
    }

    private static func whole(_ text: String, _ reference: AttributeReference) -> String {
        reference.vr == .PN && reference.component == nil ? ComparedText.canonicalName(text) : text
    }

    /// What a value says that equals no text of a rule.
    private func rest() -> [Int: ClassAnswer] {
        var answers: [Int: ClassAnswer] = [:]
        for (index, atom) in atoms.enumerated() {
            switch atom.condition.kind {
            case .compareText(_, .equals, _, _): break
            case .inList where atom.text != nil && atom.listRows.isEmpty: break
            default: if !atom.condition.isQuantity { answers[index] = .free }
            }
        }
        return answers
    }

    /// Closed classes that say the same are one.
    private mutating func add(_ new: ValueClass) {
        if !new.isOpen, let known = numbers[new.answers] {
            if classes[known].samples.count < 4 { classes[known].samples += new.samples }
            return
        }
        if !new.isOpen { numbers[new.answers] = classes.count }
        classes.append(new)
    }
}

extension Condition {
    /// Whether it compares a number, a date or an age.
    var isQuantity: Bool {
        switch kind {
        case .compareNumber, .compareDate, .compareAge: true
        default: false
        }
    }

    /// Whether it is a pattern, which sees a value as it is.
    var isPattern: Bool { if case .matches = kind { true } else { false } }

    /// Whether a value may not be precise enough for it.
    var isOfDates: Bool { if case .compareDate = kind { true } else { false } }
}
