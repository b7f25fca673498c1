import DICOMNetwork
import Host
import NIOCore

/// What servers of tests run on. Swift's shared threads take tasks in their order, and behind every test that waits for its
/// turn a server would begin so late, on a busy machine, that its peers have gone.
let serverThreads = TaskThreads()

extension ConnectionSettings {
    /// For a machine that has other work: what is asked is what happens, not how soon.
    static var patient: ConnectionSettings {
        var settings = ConnectionSettings()
        settings.artim = .minutes(10)
        settings.idle = .minutes(10)
        settings.response = .minutes(10)
        settings.connect = .minutes(10)
        return settings
    }
}

/// Runs a server for associations for as long as `body` runs, and waits until it has ended.
///
/// - Parameter time: what associations that are open still have after `body`.
func withServer<Value: Sendable>(
    _ provider: any AssociationProvider, stoppingWithin time: TimeAmount = .seconds(30),
    _ body: (Int) async throws -> Value
) async throws -> Value {
    let server = try await AssociationServer(host: "127.0.0.1", port: 0, settings: .patient, provider: provider)
    return try await withTaskExecutorPreference(serverThreads) {
        async let running: Void = server.run()
        let result: Result<Value, any Error>
        do { result = .success(try await body(server.port ?? 0)) } catch { result = .failure(error) }
        server.stop(within: time)
        try await running
        return try result.get()
    }
}
