import Console
import Gateway
import Glibc
import Host
import Inputs
import RuleLanguage

/// A gateway's journal and check list, for the console.
struct GatewayOperations: OperationsSource {
    private let configuration: GatewayConfiguration
    private let journal: GatewayJournal

    /// Dead letters that are shown.
    private static let mostLetters = 200

    /// - Throws: `RunError` for a configuration that does not load, or is of another registry.
    init(configuration path: String, registry: String) throws {
        let (loaded, findings) = GatewayFile.load(path)
        guard let loaded else {
            for finding in findings where finding.severity == .error {
                StandardError.print(finding.json, text: finding.rendered)
            }
            throw RunError(
                .arguments, "the configuration of the gateway does not load; `cordon gateway check` says the same")
        }
        guard Self.real(loaded.configuration.site.registry) == Self.real(registry) else {
            throw RunError(.arguments, "the gateway of the console's configuration has another registry")
        }
        configuration = loaded.configuration
        let spool = loaded.configuration.site.spool
        journal = try withGatewayErrors { try GatewayJournal(spool: spool, alone: false) }
    }

    /// Without links and detours.
    private static func real(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }

    func picture(at time: Instant) throws -> OperationsPicture {
        let figures = try journal.figures()
        let letters = try journal.deliveries([.dead], destination: nil, limit: Self.mostLetters)
        return OperationsPicture(
            gateway: configuration.id, arrivals: figures.arrivals, openStudies: figures.openStudies,
            keptBack: figures.sequestered, commitments: figures.commitments,
            destinations: figures.destinations.map { destination in
                func count(_ state: Delivery.State) -> Int { destination.counts[state] ?? 0 }
                return OperationsPicture.Destination(
                    name: destination.name, waiting: count(.waiting), sent: count(.sent), done: count(.done),
                    dead: count(.dead), oldest: destination.oldest)
            },
            deadLetters: letters.map {
                OperationsPicture.Letter(
                    id: $0.id, destination: $0.destination, audience: $0.audience, attempts: $0.attempts,
                    answer: $0.status, since: $0.created)
            },
            checks: Doctor.checkList(of: configuration, now: time).items.map { item in
                OperationsPicture.Check(
                    area: item.area, state: OperationsPicture.Check.State(rawValue: item.state.rawValue) ?? .problem,
                    text: item.text, advice: item.advice)
            })
    }

    func release(deadLetter id: Int64, at time: Instant) throws -> Bool {
        try journal.releaseDead([id], destination: nil, at: time) == 1
    }
}
