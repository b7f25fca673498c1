internal import NIOPosix

/// Threads for what waits for a disk on behalf of HTTP: Swift's own are as many as cores, and must not wait.
enum WebThreads {
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 16)
        pool.start()
        return pool
    }()

    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.runIfActive(body)
    }
}
