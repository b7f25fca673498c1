import DICOMNetwork
import Foundation
import Synchronization

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

    func echo() async -> Status { .success }

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

/// Runs a server for as long as `body` runs, and waits until it has ended.
func withServer<Value: Sendable>(
    _ provider: any AssociationProvider, settings: ConnectionSettings = ConnectionSettings(), maximum: Int = 512,
    body: (Int) async throws -> Value
) async throws -> Value {
    let server = try await AssociationServer(
        host: "127.0.0.1", port: 0, settings: settings, maximumAssociations: maximum, provider: provider)
    async let running: Void = server.run()
    let result: Result<Value, any Error>
    do { result = .success(try await body(server.port ?? 0)) } catch { result = .failure(error) }
    server.stop()
    try await running
    return try result.get()
}

/// Runs a program and waits without holding a thread; says its status and what it wrote.
func run(_ arguments: [String], folder: URL? = nil) async throws -> (status: Int32, output: String) {
    let process = Process()
    let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: output) }
    let handle = try FileHandle(forWritingTo: output)
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handle
    process.standardError = handle
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        process.terminationHandler = { _ in continuation.resume() }
        do { try process.run() } catch {
            process.terminationHandler = nil
            continuation.resume(throwing: error)
        }
    }
    return (process.terminationStatus, String(decoding: try Data(contentsOf: output), as: UTF8.self))
}

func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

func request(
    _ sopClasses: [String: [String]] = ["1.2.840.10008.1.1": ["1.2.840.10008.1.2"]]
) -> AssociateRequest {
    let contexts = sopClasses.sorted { $0.key < $1.key }.enumerated().map { index, entry in
        PresentationContext(
            id: UInt8(2 * index + 1), abstractSyntax: entry.key, transferSyntaxes: entry.value)
    }
    return AssociateRequest(
        calledTitle: "RECEIVER", callingTitle: "SENDER", contexts: contexts,
        user: UserInformation(maximumLength: 131_072, implementationClassUID: Implementation.classUID))
}
