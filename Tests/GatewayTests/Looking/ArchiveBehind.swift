import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// An archive of somebody else, for as long as a test needs it.
enum ArchiveBehind: String, CaseIterable, Sendable {
    case dcmqrscp, orthanc

    var program: String? {
        let paths =
            switch self {
            case .dcmqrscp: ["/usr/bin/dcmqrscp", "/usr/local/bin/dcmqrscp"]
            case .orthanc: ["/usr/sbin/Orthanc", "/usr/bin/Orthanc"]
            }
        return paths.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static var installed: [ArchiveBehind] { allCases.filter { $0.program != nil } }
    static let title = "ARCHIVE"

    /// Starts it with some files in it, and ends it after `body`.
    func run<Value>(_ folder: URL, files: [URL], _ body: (_ port: Int) async throws -> Value) async throws -> Value {
        let port = try Ports.take()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(program))
        let store = folder.appendingPathComponent("archive")
        try FileManager.default.createDirectory(at: store, withIntermediateDirectories: true)
        let configuration = folder.appendingPathComponent("archive.cfg")
        switch self {
        case .dcmqrscp:
            try """
            NetworkTCPPort  = \(port)
            MaxPDUSize      = 16384
            MaxAssociations = 32
            HostTable BEGIN
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            \(Self.title) \(store.path) RW (200, 1024mb) ANY
            AETable END

            """.write(to: configuration, atomically: true, encoding: .utf8)
            process.arguments = ["-c", configuration.path]
        case .orthanc:
            try """
            {"Name": "test", "DicomAet": "\(Self.title)", "DicomPort": \(port), "HttpServerEnabled": false,
             "StorageDirectory": "\(store.path)", "IndexDirectory": "\(store.path)", "DicomAlwaysAllowEcho": true,
             "DicomAlwaysAllowStore": true, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true,
             "DicomCheckCalledAet": false, "Plugins": []}
            """.write(to: configuration, atomically: true, encoding: .utf8)
            process.arguments = [configuration.path]
        }
        let log = folder.appendingPathComponent("archive.log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        process.standardOutput = try FileHandle(forWritingTo: log)
        process.standardError = process.standardOutput
        process.standardInput = FileHandle.nullDevice
        let ended = Flag()
        process.terminationHandler = { _ in ended.raise() }
        try process.run()
        let result: Result<Value, any Error>
        do {
            try await wait(for: port, process)
            if !files.isEmpty {
                let sent = try await Self.tool(
                    ["storescu", "-aec", Self.title, "127.0.0.1", "\(port)"] + files.map(\.path))
                try #require(sent.status == 0, "\(sent.output)")
            }
            result = .success(try await body(port))
        } catch {
            result = .failure(error)
        }
        process.terminate()
        for _ in 0..<1000 where !ended.isRaised { try? await Task.sleep(for: .milliseconds(20)) }
        if !ended.isRaised { kill(process.processIdentifier, SIGKILL) }
        return try result.get()
    }

    private func wait(for port: Int, _ process: Process) async throws {
        for _ in 0..<600 {
            if !process.isRunning { break }
            let echo = try await Self.tool(["echoscu", "-aec", Self.title, "127.0.0.1", "\(port)"])
            if echo.status == 0 { return }
            try await Task.sleep(for: .milliseconds(200))
        }
        Issue.record("\(rawValue) did not start")
        throw CancellationError()
    }
}

/// Raised once, from any thread.
final class Flag: Sendable {
    private let state = Mutex(false)
    func raise() { state.withLock { $0 = true } }
    var isRaised: Bool { state.withLock { $0 } }
}

extension ArchiveBehind {
    /// Runs a program to its end without holding a thread of the shared pool. Ten minutes end a hang.
    static func tool(_ arguments: [String], in folder: URL? = nil) async throws -> (status: Int32, output: String) {
        let process = Process()
        let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "-k", "5", "600"] + arguments
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
}
