import Glibc

/// A program that works on bytes of strangers for us, with what it may use.
public struct WorkerProgram: Sendable, Hashable {
    /// Where it is.
    public var path: String
    /// Memory of the process, in bytes.
    public var memory: Int
    /// Processor time for one request, in seconds.
    public var processorSeconds: Int
    /// Time of the clock for one request, in seconds: only there to end what hangs.
    public var patience: Int
    /// Arguments behind memory and time.
    public var arguments: [String]

    public init(
        path: String, memory: Int = 3 << 30, processorSeconds: Int = 30, patience: Int = 600, arguments: [String] = []
    ) {
        self.path = path
        self.memory = memory
        self.processorSeconds = processorSeconds
        self.patience = patience
        self.arguments = arguments
    }

    /// A program that is installed with `cordon`: in the same folder, or in `../libexec/cordon`. The environment and the
    /// working folder have no say in it.
    public static func installed(_ name: String) -> WorkerProgram? {
        // What runs, as the system names it.
        guard let own = ownPath, let end = own.lastIndex(of: "/") else { return nil }
        let folder = String(own[..<end])
        return ["\(folder)/\(name)", "\(folder)/../libexec/cordon/\(name)"]
            .first { isProgram($0) }.map { WorkerProgram(path: $0) }
    }
}
