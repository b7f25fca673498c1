import Host
import Inputs
import Registry

/// All records of a batch, read before any of it leaves: one study can say what another ought to have known, and two people must not
/// have one pseudonym. Memory grows with patients and items, not with instances.
struct BatchSurvey: Sendable {
    /// What rules want held, each once.
    private(set) var holds: [HoldOrder] = []
    private var knownHolds: Set<HoldOrder> = []
    /// Labels that rules gave to patients, by folded ID and item.
    private var labels: [String: [Int: Set<String>]] = [:]
    /// Patients of whom an item has instances, by item: folded IDs.
    private var patients: [Int: Set<String>] = [:]
    /// Whose copies lie in `released/<name>`, by that name.
    private var owners: [String: Set<String>] = [:]
    /// Names under which copies were de-identified, by item.
    private var pseudonyms: [Int: Set<String>] = [:]

    /// Adds what an item says. Items have numbers.
    mutating func add(_ number: Int, _ item: FinishedItem, in store: BatchStore) throws {
        var patients: Set<String> = []
        var people: [String: String] = [:]
        try ItemRecordReader(item, in: store).forEach { line in
            switch line {
            case .hold(let order): if knownHolds.insert(order).inserted { holds.append(order) }
            case .patientLabel(let label, let isCertain, let patient):
                let key = patient.id.foldedForComparison
                labels[key, default: [:]][number, default: []].insert("\(label) \(isCertain ? "certain" : "uncertain")")
            case .instance(let decision):
                let instance = decision.instance(seen: Instant(milliseconds: 0))
                for id in instance.separateValues(of: .patientID) { patients.insert(id.foldedForComparison) }
                if decision.disposition == "deidentify" {
                    let issuer = instance.separateValues(of: .issuerOfPatientID).joined(separator: "\\")
                    people[decision.digest] =
                        instance.separateValues(of: .patientID).joined(separator: "\\") + "\n" + issuer
                }
            }
        }
        self.patients[number] = patients
        guard !people.isEmpty else { return }
        try DecisionsReader(item, in: store).forEachDeidentified { input, output in
            let parts = output.split(separator: "/")
            guard parts.count > 2, let person = people[input] else { return }
            owners[String(parts[1]), default: []].insert(person)
            pseudonyms[number, default: []].insert(String(parts[1]))
        }
    }

    /// Why an item's copies stay, in words: what it could not know. Empty when nothing stands against it.
    func objections(to number: Int) -> [Objection] {
        var found: [Objection] = []
        var others: Set<Int> = []
        for patient in patients[number, default: []] {
            guard let given = labels[patient] else { continue }
            let all = given.values.reduce(into: Set<String>()) { $0.formUnion($1) }
            if given[number, default: []] != all { others.formUnion(given.keys.filter { $0 != number }) }
        }
        if !others.isEmpty { found.append(.labelsElsewhere(others.sorted())) }
        let shared = pseudonyms[number, default: []].filter { (owners[$0]?.count ?? 0) > 1 }
        if !shared.isEmpty { found.append(.sharedPseudonym) }
        return found
    }

    enum Objection: Hashable, Sendable {
        /// Rules gave labels to a patient of this item in others, which have these numbers.
        case labelsElsewhere([Int])
        /// A pseudonym of this item is somebody else's in the batch, too.
        case sharedPseudonym
    }
}
