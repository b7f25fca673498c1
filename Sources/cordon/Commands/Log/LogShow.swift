import ArgumentParser
import AuditTrail
import CustodyLog
import Host
import Inputs
import Registry

struct LogShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Prints entries of the log.",
        discussion: """
            Personal facts are shown with `--show-values` alone, as long as they were not erased; the look is recorded.

            Examples:
              cordon log show --kind held --since 2026-11-01
              cordon log show --fact matter=M-17 --json
            """)

    @Option(name: .long, help: ArgumentHelp("Of this kind; may come again.", valueName: "kind"))
    var kind: [String] = []

    @Option(name: .long, help: ArgumentHelp("By this person.", valueName: "name"))
    var by: String?

    @Option(name: .long, help: ArgumentHelp("With this fact; may come again.", valueName: "name=value"))
    var fact: [String] = []

    @Option(name: .long, help: ArgumentHelp("At this time or later.", valueName: "time"))
    var since: String?

    @Option(name: .long, help: ArgumentHelp("Before this time.", valueName: "time"))
    var until: String?

    @Option(name: .long, help: ArgumentHelp("From this number on.", valueName: "number"))
    var first = 0

    @Option(name: .long, help: ArgumentHelp("At most so many, the newest.", valueName: "number"))
    var limit: Int?

    @Flag(name: .long, help: "Show personal facts. The look is recorded: give `--as`.")
    var showValues = false

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON, an object on a line for each entry.")
    var json = false

    mutating func validate() throws {
        let known = Set(CustodyEvent.Kind.allCases.map(\.rawValue))
        if let other = kind.first(where: { !known.contains($0) }) {
            throw ValidationError("there is no kind `\(other)`; there are \(known.sorted().joined(separator: ", "))")
        }
        for time in [since, until].compactMap(\.self) where Instant(time) == nil {
            throw ValidationError("`\(time)` is no time such as 2026-11-24 or 2026-11-24T02:31:41Z")
        }
        if let wrong = fact.first(where: { !$0.contains("=") }) {
            throw ValidationError("`\(wrong)` is not name=value")
        }
        guard first >= 0, limit.map({ $0 > 0 }) ?? true else { throw ValidationError("numbers are not negative") }
    }

    func run() throws {
        let person = showValues ? try site.actor() : nil
        let registry = try site.opened()
        let filter = LogFilter(
            kinds: Set(kind), actor: by, facts: fact.map(LogFilter.fact), since: since.flatMap { Instant($0) },
            until: until.flatMap { Instant($0) })
        let (start, most, wantsValues) = (first, limit ?? .max, showValues)
        let entries = try registry.onLog { log in
            var entries: [Entry] = []
            var index = try log.logSize()
            while index > start, entries.count < most {
                index -= 1
                let leaf = try log.leaf(at: index)
                guard filter.takes(leaf) else { continue }
                entries.append(
                    Entry(index: index, leaf: leaf, openings: wantsValues ? try log.openings(at: index) : []))
            }
            return Array(entries.reversed())
        }
        if let person { try recordLook(registry, by: person, count: entries.count) }
        for entry in entries { StandardOutput.print(json ? entry.json.text : entry.text) }
    }

    private func recordLook(_ registry: Registry, by person: Person, count: Int) throws {
        let now = Instant.now
        let event = CustodyEvent(
            .viewed, time: now, actor: person.name,
            facts: [CustodyEvent.Fact("by", "log"), CustodyEvent.Fact("count", "\(count)")])
        _ = try asking { try registry.record(event) }
        let look = AuditMessage.auditLogUsed("urn:cordon:log", by: person.name, at: now)
        try AuditSink.tell(registry, in: site.folder, also: [look])
    }

    /// An entry with what is to be shown of it.
    private struct Entry: Sendable {
        var index: Int
        var leaf: EventLeaf
        var openings: [Opening]

        private func value(_ commitment: EventLeaf.Commitment) -> String? {
            openings.first { $0.opens(commitment) }?.value
        }

        var text: String {
            let facts = leaf.facts.map { "\($0.name.printable)=\($0.value.printable)" }
            let personal = leaf.commitments.map { "\($0.name.printable)=\(value($0)?.printable ?? "•")" }
            let words = ["\(index)", "\(leaf.time)", leaf.kindName.printable, leaf.actor.printable] + facts + personal
            return words.joined(separator: "  ")
        }

        var json: JSON {
            let facts = leaf.facts.map { JSON.object(["name": .string($0.name), "value": .string($0.value)]) }
            let personal = leaf.commitments.map {
                JSON.object([
                    "name": .string($0.name), "commitment": .string(hexadecimalDigits($0.hash.bytes)),
                    "value": value($0).map { .string($0) },
                ])
            }
            return .object([
                "index": .number(index), "time": .string("\(leaf.time)"), "kind": .string(leaf.kindName),
                "actor": .string(leaf.actor), "facts": .array(facts), "personal": .array(personal),
                "hash": .string(hexadecimalDigits(leaf.hash.bytes)),
            ])
        }
    }
}

/// Which entries.
struct LogFilter: Sendable {
    var kinds: Set<String>
    var actor: String?
    var facts: [CustodyEvent.Fact]
    var since: Instant?
    var until: Instant?

    /// `name=value`.
    static func fact(_ text: String) -> CustodyEvent.Fact {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return CustodyEvent.Fact(String(parts.first ?? ""), parts.count > 1 ? String(parts[1]) : "")
    }

    func takes(_ leaf: EventLeaf) -> Bool {
        (kinds.isEmpty || kinds.contains(leaf.kindName)) && (actor.map { $0 == leaf.actor } ?? true)
            && facts.allSatisfy(leaf.facts.contains) && (since.map { leaf.time >= $0 } ?? true)
            && (until.map { leaf.time < $0 } ?? true)
    }
}
