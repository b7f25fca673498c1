import ArgumentParser
import Gateway
import Host
import Inputs

/// `cordon gateway status`: how the work stands.
struct GatewayStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows what waits, for whom, and since when.",
        discussion: "Example: cordon gateway status --config /etc/cordon/gateway.xml")

    @OptionGroup var site: GatewayJournalOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let journal = try site.journal(try site.loaded())
        let figures = try withGatewayErrors { try journal.figures() }
        guard !json else {
            StandardOutput.print(
                JSON.object([
                    "instances": .number(figures.arrivals), "openStudies": .number(figures.openStudies),
                    "sequestered": .number(figures.sequestered), "commitmentsOwed": .number(figures.commitments),
                    "destinations": .array(
                        figures.destinations.map { destination in
                            .object([
                                "name": .string(destination.name),
                                "oldest": destination.oldest.map { .string("\($0)") },
                                "counts": .object(
                                    destination.counts.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                                        JSON.Member(key: $0.key.rawValue, value: .number($0.value))
                                    }),
                            ])
                        }),
                ]).indentedText)
            return
        }
        StandardOutput.print(
            "\(figures.arrivals) instances came; \(figures.openStudies) studies settle or wait to be decided; "
                + "\(figures.sequestered) decisions keep something back; \(figures.commitments) commitments are owed")
        var table = Table(
            ["destination", "waiting", "sent", "done", "dead", "recalled", "oldest"].map {
                Table.Column(title: $0, isNumber: $0 != "destination" && $0 != "oldest")
            })
        for destination in figures.destinations {
            func count(_ state: Delivery.State) -> String { "\(destination.counts[state] ?? 0)" }
            table.add([
                destination.name.printable, count(.waiting), count(.sent), count(.done), count(.dead), count(.recalled),
                destination.oldest.map { "\($0)" } ?? "",
            ])
        }
        if !figures.destinations.isEmpty {
            StandardOutput.print(table.lines(width: TerminalSize.columns).joined(separator: "\n"))
        }
    }
}
