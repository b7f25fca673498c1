import ArgumentParser
import CustodyLog
import Host
import Inputs
import Registry

struct LabelList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists labels in force.",
        discussion: """
            Of everything, or of a patient, a study or an instance. Without `--show-values` it names no patient and no study.

            Example: cordon label list --study 1.2.3
            """)

    @Option(name: .long, help: ArgumentHelp("Of a patient, by Patient ID.", valueName: "id"))
    var patient: String?

    @Option(name: .long, help: ArgumentHelp("Of which issuer; any, when it is not given.", valueName: "name"))
    var issuer: String?

    @Option(name: .long, help: ArgumentHelp("Of a study, by Study Instance UID.", valueName: "uid"))
    var study: String?

    @Option(name: .long, help: ArgumentHelp("Of an instance, by SOP Instance UID.", valueName: "uid"))
    var instance: String?

    @Flag(name: .long, help: "Those that expired or were withdrawn too.")
    var all = false

    @Flag(name: .long, help: "Show whom and what they are about. The look is recorded: give `--as`.")
    var showValues = false

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    mutating func validate() throws {
        guard issuer == nil || patient != nil else { throw ValidationError("--issuer goes with --patient") }
        guard !all || (patient == nil && study == nil && instance == nil) else {
            throw ValidationError("--all lists everything; give it alone")
        }
    }

    func run() throws {
        let registry = try site.opened()
        let now = Instant.now
        let labels = try labels(registry, now)
        if showValues { try recordLook(at: labels, registry, now) }
        if json {
            let list = labels.map { LabelText.json($0, showsValues: showValues, now: now) }
            StandardOutput.print(JSON.object(["labels": .array(list)]).indentedText)
        } else if labels.isEmpty {
            StandardOutput.print(all ? "no labels" : "no labels in force")
        } else {
            StandardOutput.print(
                LabelText.table(labels, showsValues: showValues, now: now).joined(separator: "\n"))
        }
    }

    /// Who was shown whom labels are about.
    private func recordLook(at labels: [LabelRecord], _ registry: Registry, _ now: Instant) throws {
        let person = try site.actor()
        guard !labels.isEmpty else { return }
        let numbers = labels.prefix(1000).map { "\($0.id)" }.joined(separator: " ")
        let event = CustodyEvent(
            .viewed, time: now, actor: person.name,
            facts: [
                CustodyEvent.Fact("by", "label"), CustodyEvent.Fact("count", "\(labels.count)"),
                CustodyEvent.Fact("labels", numbers),
            ])
        _ = try asking { try registry.record(event) }
    }

    private func labels(_ registry: Registry, _ now: Instant) throws -> [LabelRecord] {
        try asking {
            if patient == nil, study == nil, instance == nil {
                return try registry.labels().filter { all || $0.isInForce(at: now) }
            }
            return try registry.labels(
                patient: patient.map { PatientIdentity(id: $0, issuer: issuer) }, study: study, instance: instance,
                at: now)
        }
    }
}

/// Labels, for people and for scripts.
enum LabelText {
    static func state(_ label: LabelRecord, _ now: Instant) -> String {
        if label.withdrawal != nil { return "withdrawn" }
        if !label.isInForce(at: now) { return "expired" }
        if label.withdrawalRequest != nil { return "in force, withdrawal asked for" }
        return label.feedWish == nil ? "in force" : "in force, taken back by its feed"
    }

    static func table(_ labels: [LabelRecord], showsValues: Bool, now: Instant) -> [String] {
        var table = Table(
            ["number", "label", "about", "state", "since", "until", "by"].map {
                Table.Column(title: $0, isNumber: $0 == "number")
            })
        for label in labels {
            table.add([
                "\(label.id)", label.label.printable, label.scope.words(showsValues: showsValues), state(label, now),
                label.time.day, label.expires?.day ?? "", label.author.name.printable,
            ])
        }
        return table.lines(width: TerminalSize.columns)
    }

    static func json(_ label: LabelRecord, showsValues: Bool, now: Instant) -> JSON {
        .object([
            "number": .number(Int(label.id)), "label": .string(label.label), "state": .string(state(label, now)),
            "about": label.scope.json(showsValues: showsValues), "source": .string(label.source.rawValue),
            "reason": showsValues ? .string(label.reason) : nil, "by": .string(label.author.name),
            "at": .string("\(label.time)"), "expires": label.expires.map { .string("\($0)") },
            "tellsOfHold": .bool(label.tellsOfHold),
            "withdrawalRequest": label.withdrawalRequest.map {
                .object(["by": .string($0.person.name), "at": .string("\($0.time)")])
            },
            "feedWish": label.feedWish.map {
                .object(["by": .string($0.person.name), "at": .string("\($0.time)")])
            },
            "withdrawal": label.withdrawal.map {
                .object([
                    "by": .string($0.author.name), "second": $0.second.map { .string($0.name) },
                    "at": .string("\($0.time)"),
                ])
            },
        ])
    }
}
