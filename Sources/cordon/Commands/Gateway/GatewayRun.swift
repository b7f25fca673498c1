import ArgumentParser
import Dispatch
import Gateway
import Glibc
import Host
import Inputs
import RuleLanguage
import Synchronization

/// `cordon gateway run`: the service.
struct GatewayRun: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs the gateway until it is told to stop.",
        discussion: """
            What it does goes to standard error, one JSON object on a line, without patient data. SIGTERM and SIGINT end it: \
            nothing more is taken, what was begun is finished. SIGHUP reads the configuration and its rules anew; associations go \
            on, and what does not load leaves the old one in force.

            Example: cordon gateway run --config /etc/cordon/gateway.xml
            """)

    @Option(name: .long, help: ArgumentHelp("The configuration.", valueName: "file"))
    var config: String

    @Option(
        name: .long, help: ArgumentHelp("Use rules only if those in this file have signed them.", valueName: "file"))
    var requireSigned: String?

    @Flag(name: .long, help: "Write no log.")
    var quiet = false

    func run() throws {
        StopSignal.install()
        ReloadSignal.install()
        let path = config, trust = requireSigned
        let (loaded, findings) = GatewayFile.load(path, trust: trust)
        for finding in findings { StandardError.print(finding.json, text: finding.rendered) }
        guard let loaded else {
            throw RunError(.arguments, "the configuration does not load; `cordon gateway check` says the same")
        }
        let log = GatewayLog(gateway: loaded.configuration.id, descriptor: quiet ? nil : STDERR_FILENO)
        let service = try withGatewayErrors {
            try GatewayService(loaded, log: log) { GatewayFile.load(path, trust: trust) }
        }
        let end = DispatchSemaphore(value: 0)
        let failure = Mutex<(any Error)?>(nil)
        Task.detached {
            do { try await service.run() } catch { failure.withLock { $0 = error } }
            end.signal()
        }
        // This thread is the process's own: it may wait.
        while end.wait(timeout: .now() + .milliseconds(100)) == .timedOut {
            if StopSignal.number != nil { service.stop() }
            if ReloadSignal.take() { service.reload() }
        }
        if let error = failure.withLock({ $0 }) {
            try withGatewayErrors { throw error }
        }
    }
}

/// Gives errors of the gateway the command's status.
func withGatewayErrors<Result>(_ work: () throws -> Result) throws -> Result {
    do {
        return try work()
    } catch let error as GatewayError {
        throw RunError(error.code == .arguments ? .arguments : .output, error.message)
    }
}
