internal import AuditTrail
internal import CustodyLog
internal import Host
internal import Inputs
internal import Registry

/// Tells whoever keeps audit messages of what comes onto the custody log, where the site is set up for it (docs/audit.md). The log is
/// the source: what was not told before somebody was killed is told after.
struct AuditTeller: Sendable {
    let desk: GatewayDesk

    /// Between looks at the log; and between tries while the receiver is away. Milliseconds.
    private static let pause: Int64 = 2000, patience: Int64 = 30_000

    func run() async {
        var told = -1, wasAway = false
        let pulse = Pulse()
        while !Task.isCancelled {
            let isLast = desk.isStopping
            var wait = Self.pause
            do {
                let size = try desk.registry.readLog { try $0.logSize() }
                if size != told || wasAway, let away = try tell() {
                    if !wasAway { desk.log.write(.auditWaits, ["problem": .string("\(away)")]) }
                    wasAway = true
                    wait = Self.patience
                } else {
                    told = size
                    wasAway = false
                }
            } catch {
                desk.log.write(
                    .failed, ["problem": .string("the audit trail: \(GatewayError(error, "messages").message)")])
                wait = Self.patience
            }
            if isLast { return }
            // In small steps, so that the end is not waited for.
            var left = wait
            while left > 0, !desk.isStopping {
                await pulse.wait(milliseconds: min(left, 500))
                left -= 500
            }
        }
    }

    /// - Returns: why messages wait; nil when none does.
    private func tell() throws -> AuditError? {
        guard let sink = try AuditSink(registry: desk.current.setup.configuration.site.registry) else { return nil }
        try desk.registry.readLog { try sink.collect(from: $0) }
        return try sink.deliver()
    }
}
