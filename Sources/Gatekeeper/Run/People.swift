import Deidentification
import Inputs
import RuleEngine

/// Whom the instances of a run speak of, each list of people once: instances know theirs by number. Memory grows with
/// studies.
struct People: Sendable {
    private(set) var all: [InstancePeople] = []
    private var numbers: [InstancePeople: UInt32] = [:]

    /// The number of these people, which is new or not.
    mutating func number(of people: InstancePeople) -> UInt32 {
        if let number = numbers[people] { return number }
        let number = UInt32(clamping: all.count)
        all.append(people)
        numbers[people] = number
        return number
    }

    subscript(number: UInt32) -> InstancePeople { all[Int(number)] }

    /// Marks the instances of `facts` that would have one pseudonym with somebody else's: a short form, or a list, gives
    /// two people the same. Neither of them is passed on, whichever comes first.
    func settle(_ facts: inout [InputFacts], _ verdicts: Verdicts, _ gate: Gate) throws(RunError) {
        struct Use: Hashable {
            var people: UInt32
            var profile: String
        }
        var cache = VerdictCache(verdicts, gate: gate)
        var names: [Use: [String]] = [:]
        var owners: [String: PersonIdentity] = [:]
        var shared: Set<String> = []
        func use(_ facts: InputFacts) throws(RunError) -> (Use, Deidentifier)? {
            guard facts.kind == .instance else { return nil }
            let decision = try cache.verdict(facts.verdict).decision
            guard let profile = decision.profile, let deidentifier = gate.deidentifier(for: decision) else {
                return nil
            }
            return (Use(people: facts.people, profile: profile), deidentifier)
        }
        for fact in facts {
            guard let (use, deidentifier) = try use(fact), names[use] == nil else { continue }
            let pseudonyms = deidentifier.pseudonyms(of: self[use.people])
            names[use] = pseudonyms.map(\.pseudonym)
            for (pseudonym, person) in pseudonyms {
                if owners[pseudonym].map({ $0 != person }) ?? false { shared.insert(pseudonym) }
                owners[pseudonym] = person
            }
        }
        guard !shared.isEmpty else { return }
        for index in facts.indices {
            guard let (use, _) = try use(facts[index]) else { continue }
            facts[index].sharesPseudonym = names[use]?.contains(where: shared.contains) ?? false
        }
    }
}
