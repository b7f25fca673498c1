import ArgumentParser
import Glibc
import Host
import Inputs
import Registry

/// `cordon registry measure`: how fast a registry is, small and large; for the figures of docs/registry.md.
struct RegistryMeasureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "measure",
        abstract: "Fills registries of invented instances, small and large, and prints how long things take in each.",
        discussion: "Example: cordon registry measure --folder /var/tmp/figures --instances 1000000 --holds 10000",
        shouldDisplay: false)

    @Option(name: .long, help: "A folder that is not there yet; it stays.")
    var folder: String

    @Option(name: .long, help: "In the large one; the small one has 1000.")
    var instances = 1_000_000

    @Option(name: .long, help: "In the large one; the small one has 10.")
    var holds = 10_000

    @Option(
        name: .long,
        help:
            "In the large one, of its newest instances, for two audiences, with labels and grants: for who measures a console."
    )
    var decisions = 0

    func run() throws {
        guard mkdir(folder, 0o700) == 0 else { throw RunError(.arguments, "the folder is there, or cannot be made") }
        let small = try asking { try Measurement(folder + "/small", instances: 1000, holds: 10).figures() }
        let large = try asking { try Measurement(folder + "/large", instances: instances, holds: holds).figures() }
        try asking {
            try Measurement(folder + "/large", instances: instances, holds: holds).decide(decisions)
        }
        var table = Table(
            ["microseconds", "1000, 10", "\(instances), \(holds)", "ratio"].enumerated().map {
                Table.Column(title: $1, isNumber: $0 > 0)
            })
        for (one, other) in zip(small, large) {
            let ratio = other.microseconds / max(0.001, one.microseconds)
            table.add([one.name, Self.digits(one.microseconds), Self.digits(other.microseconds), Self.digits(ratio)])
        }
        StandardOutput.print(table.lines(width: nil).joined(separator: "\n"))
    }

    private static func digits(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}

/// One registry of invented instances: twenty a study, two studies a patient.
private struct Measurement {
    struct Figure {
        var name: String
        /// The median, or of one thing where many were done together.
        var microseconds: Double
    }

    private let registry: Registry
    private let instances: Int
    private let holds: Int
    private let person: Person
    private let now = Instant.now

    init(_ folder: String, instances: Int, holds: Int) throws {
        guard let person = Person("measure") else { throw RunError(.inconsistent, "no name") }
        self.person = person
        self.instances = instances
        self.holds = holds
        registry = try Registry.open(folder)
    }

    private func instance(_ number: Int) -> Instance {
        let study = number / 20, patient = study / 2
        let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let month = study % 12, day = 1 + study / 12 % days[month]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return Instance(
            digest: ContentDigest(of: "\(number)".utf8).hexadecimal, size: 524_288,
            attributes: [
                .patientID: "PID\(patient)", .issuerOfPatientID: "HOSPITAL", .patientName: "Family\(patient)^Given",
                .patientBirthDate: "19\(two(patient % 100))0101", .studyInstanceUID: "1.2.826.0.1.\(study)",
                .seriesInstanceUID: "1.2.826.0.2.\(number / 10)", .sopInstanceUID: "1.2.826.0.3.\(number)",
                .sopClassUID: "1.2.840.10008.5.1.4.1.1.2", .accessionNumber: "ACC\(study)",
                .studyDate: "20\(two(study % 26))\(two(month + 1))\(two(day))",
                .studyDescription: "Study \(study % 100)",
                .modality: ["CT", "MR", "US", "CR"][study % 4], .bodyPartExamined: "CHEST",
                .institutionName: "General Hospital", .stationName: "STATION\(study % 50)",
            ], received: now, source: "MODALITY")
    }

    private func order(_ number: Int) -> HoldOrder {
        let study = number * 7919 % max(1, instances / 20)
        let scope: Scope =
            switch number % 10 {
            case 0...4: .patient(PatientIdentity(id: "PID\(study / 2)", issuer: number % 2 == 0 ? "HOSPITAL" : nil))
            case 5...7: .study("1.2.826.0.1.\(study)")
            case 8: .instance("1.2.826.0.3.\(study * 20)")
            default:
                // One in a thousand has no exact term.
                .query(
                    InstanceQuery(
                        terms: number % 1000 == 9
                            ? [.init(attribute: .patientName, value: "Family\(study / 2)^*")]
                            : [
                                .init(attribute: .accessionNumber, value: "ACC\(study)"),
                                .init(attribute: .modality, value: "CT"),
                            ]))
            }
        return HoldOrder(
            matter: "M \(number % 100)", custodian: "legal", reason: "figures", authority: "court", scope: scope)
    }

    /// Decides of the newest instances for two audiences: one keeps back, the other lets go with a flag.
    func decide(_ count: Int) throws {
        let last = max(0, instances - 700), first = max(0, last - count / 2)
        for start in stride(from: first, to: last, by: 250) {
            let entries = (start..<min(last, start + 250)).flatMap { number in
                [("archive", "flag"), ("research", "sequester")].map { audience, disposition in
                    DecisionEntry(
                        instance: ContentDigest(of: "\(number)".utf8).hexadecimal, audience: audience,
                        disposition: disposition, ruleSet: "measure", revision: 1,
                        ruleSetDigest: ContentDigest(of: "rules".utf8).hexadecimal, tier: 2,
                        explanation: Self.explanation(number / 20), time: now, author: person)
                }
            }
            try registry.record(entries)
        }
        // As many labels and looks in emergencies as a site may have by then.
        for number in 0..<min(2000, count / 50) {
            let study = (first + number * 20) / 20
            _ = try registry.label(
                "consented", on: .study("1.2.826.0.1.\(study)"), reason: "figures", by: person, at: now)
            _ = try registry.breakGlass(
                GrantOrder(
                    scope: .study("1.2.826.0.1.\(study)"), proof: "figures", reason: "figures",
                    until: now.adding(seconds: number % 100 == 0 ? 86_400 : 60)), by: person, at: now)
        }
    }

    /// Of a study: as large as those of a site's rules.
    private static func explanation(_ study: Int) -> String {
        let labels = (1...6).map { label in
            """
            {"label":"label-\(label)","certain":true,"reasons":[{"kind":"rule","id":"rule-\(label)-\(study % 50)","file":"rules/site.xml",\
            "line":\(label * 17),"certain":true,"evidence":[{"attribute":"(0010,0020)","file":"rules/site.xml","line":\(label * 17 + 2)}]}]}
            """
        }
        return """
            {"decided":"sequester","labels":[\(labels.joined(separator: ","))],"clauses":[{"labels":["label-1"],\
            "disposition":"sequester","file":"rules/site.xml","line":151}]}
            """
    }

    private func elapsed(_ work: () throws -> Void) rethrows -> Double {
        let start = ContinuousClock.now
        try work()
        let (seconds, attoseconds) = (ContinuousClock.now - start).components
        return Double(seconds) * 1_000_000 + Double(attoseconds) / 1_000_000_000_000
    }

    private func median(_ name: String, _ count: Int = 300, _ work: (Int) throws -> Void) rethrows -> Figure {
        var times: [Double] = []
        for number in 0..<count { times.append(try elapsed { try work(number) }) }
        return Figure(name: name, microseconds: times.sorted()[count / 2])
    }

    func figures() throws -> [Figure] {
        var figures: [Figure] = []
        // All but the last 700 come in batches; those come alone and by threads below.
        let bulk = max(0, instances - 700)
        let filling = try elapsed {
            for start in stride(from: 0, to: bulk, by: 500) {
                try registry.receive((start..<min(bulk, start + 500)).map { instance($0) }, by: person)
            }
        }
        for number in 0..<holds { _ = try registry.place(order(number), by: person, at: now) }
        figures.append(Figure(name: "insert, 500 in a transaction", microseconds: filling / Double(max(1, bulk))))
        figures.append(
            try median("insert, each waiting for the disk", 100) {
                try registry.receive(instance(bulk + $0), by: person)
            })
        let threads = 16, each = 37
        let together = elapsed {
            Workers.run(threads, tick: {}) { thread in
                for round in 0..<each {
                    _ = try? registry.receive(instance(bulk + 100 + thread * each + round), by: person)
                }
            }
        }
        figures.append(
            Figure(name: "insert, \(threads) threads in groups", microseconds: together / Double(threads * each)))
        figures.append(
            try median("place a hold", 100) { _ = try registry.place(order(holds + $0), by: person, at: now) })
        func sample(_ number: Int) -> Int { number * 104_729 % max(1, bulk) }
        figures.append(try median("look up an instance") { _ = try registry.instance(instance(sample($0)).digest) })
        figures.append(
            try median("look up a study") { _ = try registry.instances(inStudy: "1.2.826.0.1.\(sample($0) / 20)") })
        figures.append(
            try median("what is known of an instance") { _ = try registry.knowledge(of: instance(sample($0)), at: now) }
        )
        figures.append(
            try median("decide whether it may go") {
                _ = try registry.obstacles(to: .delete, on: .bytes([instance(sample($0)).digest]), at: now)
            })
        figures.append(
            median("delete, or be refused", 100) {
                _ = try? registry.perform(
                    .delete, on: .bytes([instance(sample($0)).digest]), by: person, reason: "figures", at: now)
            })
        return figures
    }
}
