import DICOMNetwork
import Foundation
import Host
import NIOCore
import Synchronization
import Testing

/// Keeps what it is sent, in memory, and accepts the first transfer syntax of every context.
final class Receiver: AssociationProvider, StorageHandler {
    struct Received: Hashable, Sendable {
        var request: StoreRequest
        var bytes: [UInt8]
    }

    private let state = Mutex<(objects: [Received], askers: [Asker])>(([], []))
    let refusal: AssociateReject?
    let status: Status

    init(refusal: AssociateReject? = nil, status: Status = .success) {
        self.refusal = refusal
        self.status = status
    }

    var objects: [Received] { state.withLock { $0.objects } }
    var askers: [Asker] { state.withLock { $0.askers } }

    func answer(_ asker: Asker) async -> Answer {
        state.withLock { $0.askers.append(asker) }
        if let refusal { return .refuse(refusal) }
        let results = asker.request.contexts.map {
            ContextResult(id: $0.id, reason: .acceptance, transferSyntax: $0.transferSyntaxes.first ?? "")
        }
        return .accept(Acceptance(contexts: results, services: Services(storage: self)))
    }

    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
        var bytes: [UInt8] = []
        do throws(AssociationError) {
            while let piece = try await data.next() { bytes += piece }
        } catch {
            return .cannotUnderstand
        }
        state.withLock { $0.objects.append(Received(request: request, bytes: bytes)) }
        return status
    }
}

/// What servers of tests run on. Swift's shared threads take tasks in their order, and behind every test that waits for its
/// turn a server would begin so late, on a busy machine, that its peers have gone.
let serverThreads = TaskThreads()

extension ConnectionSettings {
    /// For tests in which nobody is to be given up: a machine may have no time for a peer for minutes.
    static var patient: ConnectionSettings {
        var settings = ConnectionSettings()
        settings.idle = .minutes(20)
        settings.response = .minutes(20)
        return settings
    }
}

/// Runs a server for as long as `body` runs, and waits until it has ended.
func withServer<Value: Sendable>(
    _ provider: any AssociationProvider, settings: ConnectionSettings = .patient, maximum: Int = 512,
    body: (Int) async throws -> Value
) async throws -> Value {
    let server = try await AssociationServer(
        host: "127.0.0.1", port: 0, settings: settings, maximumAssociations: maximum, provider: provider)
    return try await withTaskExecutorPreference(serverThreads) {
        async let running: Void = server.run()
        let result: Result<Value, any Error>
        do { result = .success(try await body(server.port ?? 0)) } catch { result = .failure(error) }
        server.stop()
        try await running
        return try result.get()
    }
}

/// Runs a program, on a thread of its own; says its status and what it wrote. Ten minutes end a hang.
func run(_ arguments: [String], folder: URL? = nil) async throws -> (status: Int32, output: String) {
    try await onThread { try Spawn.run(arguments, folder: folder) }
}

/// Runs `body` on a thread of its own: it may block.
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

func request(
    _ sopClasses: [String: [String]] = ["1.2.840.10008.1.1": ["1.2.840.10008.1.2"]], called: String = "RECEIVER"
) -> AssociateRequest {
    let contexts = sopClasses.sorted { $0.key < $1.key }.enumerated().map { index, entry in
        PresentationContext(
            id: UInt8(2 * index + 1), abstractSyntax: entry.key, transferSyntaxes: entry.value)
    }
    return AssociateRequest(
        calledTitle: called, callingTitle: "SENDER", contexts: contexts,
        user: UserInformation(maximumLength: 131_072, implementationClassUID: Implementation.classUID))
}

func request(_ proposals: ContextProposals, window: AsynchronousWindow? = nil) -> AssociateRequest {
    AssociateRequest(calledTitle: "ARCHIVE", callingTitle: "ASKER", proposals, window: window)
}

/// Bytes in pieces, as `Association.store` asks for them.
func pieces(_ bytes: [UInt8]) -> (Int) -> ArraySlice<UInt8>? {
    var position = 0
    return { maximum in
        guard position < bytes.count else { return nil }
        let end = min(position + maximum, bytes.count)
        defer { position = end }
        return bytes[position..<end]
    }
}

/// Opened once by somebody, for whoever waits.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }
}
