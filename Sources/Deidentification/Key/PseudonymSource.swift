import DICOMEncoding
import RuleLanguage

/// Pseudonyms in the form that a profile asks for: made with the key, or given by a list.
struct PseudonymSource: Sendable {
    typealias Person = KeyedIdentifiers.Person

    /// What pseudonyms look like where a profile does not say: twelve characters of which no word is made.
    static let usualForm = PseudonymForm(prefix: "", alphabet: .consonants, length: 12, list: nil)
    /// What of a hash is even enough: each half gives twenty.
    static let longest = 40

    private let identifiers: KeyedIdentifiers
    private let form: PseudonymForm
    private let list: ValueList?

    init(_ identifiers: KeyedIdentifiers, _ form: PseudonymForm?, lists: [String: ValueList]) {
        self.identifiers = identifiers
        self.form = form ?? Self.usualForm
        list = form?.list.flatMap { lists[$0] }
    }

    /// Whether a list says pseudonyms; then an ID that is not on it has none.
    var isList: Bool { form.list != nil }

    /// The person as pseudonyms tell people apart: a list without issuers says that an ID alone is somebody.
    func known(_ person: Person) -> Person {
        guard let list, list.keys.count == 1, case .patient(let id, _) = person else { return person }
        return .patient(id: id, issuer: "")
    }

    /// Throws for a person whom the list does not have.
    func pseudonym(for person: Person) throws(Sequestration) -> String {
        guard isList else { return identifiers.pseudonym(for: person, form) }
        guard let list, case .patient(let id, let issuer) = person else {
            throw Sequestration("it has no readable Patient ID (0010,0020), by which the list of pseudonyms is asked")
        }
        let values = list.keys.count == 1 ? [id] : [id, issuer.isEmpty ? nil : issuer]
        switch list.value(for: values) {
        case .value(let text):
            guard Self.canBeWritten(text) else {
                throw Sequestration("the list of pseudonyms says what no identifier can be: 64 characters of ISO IR 6")
            }
            return text
        case .notFound: throw Sequestration("the patient is not on the list of pseudonyms")
        case .undecided:
            throw Sequestration("the list of pseudonyms does not say which of several rows is this patient's")
        }
    }

    /// In any character set, as an identifier and as a name.
    private static func canBeWritten(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"\^="#.utf8.contains($0) }
    }

    /// Why no pseudonym of a form can be made, or would be anybody's; nil for a sound one.
    static func fault(in form: PseudonymForm?, lists: [String: ValueList]) -> String? {
        guard let form else { return nil }
        if let name = form.list {
            guard let list = lists[name] else { return "the list `\(name)` of pseudonyms is not there" }
            guard list.valueColumn != nil, list.keys.count <= 2 else {
                return "the list `\(name)` does not give pseudonyms by Patient ID, or by Patient ID and issuer"
            }
            return nil
        }
        // Eight digits: of ten thousand patients, two share one with probability 0.4.
        let shortest = form.alphabet == .digits ? 8 : 6
        guard (shortest...longest).contains(form.length) else {
            return "pseudonyms of \(form.length) characters; expected \(shortest) to \(longest)"
        }
        guard form.prefix.isEmpty || canBeWritten(form.prefix + String(repeating: "0", count: form.length)) else {
            return "the prefix of pseudonyms cannot stand in an identifier"
        }
        return nil
    }
}
