internal import Access
internal import Host
internal import Inputs

/// Writes down of emergency access whose time is over that it is (audit message 110138). It is over at its time all the same.
struct GlassPart: GatewayPart {
    let name = "break-glass"
    private let desk: GatewayDesk
    private let end = Waiting()
    /// Between looks. Milliseconds.
    private static let pause: Int64 = 1000

    init(_ desk: GatewayDesk) { self.desk = desk }

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: desk.threads) { await look() }
            await end.wait()
            group.cancelAll()
        }
    }

    private func look() async {
        let pulse = Pulse()
        while !Task.isCancelled {
            do { try desk.looking.looking?.core.endGrantsRunOut() } catch {
                desk.log.write(.failed, ["problem": .string("grants that have run out: \(error)")])
            }
            await pulse.wait(milliseconds: Self.pause)
        }
    }

    func stop() async { end.end() }
}
