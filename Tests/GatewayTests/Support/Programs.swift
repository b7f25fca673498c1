import Foundation
import Glibc
import Synchronization
import TestSupport

/// Runs a program and waits without holding a thread; says its status and what it wrote.
@discardableResult
func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
    let output = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: output) }
    let process = try Program(arguments, output: output.path)
    await process.ended()
    return (process.status, String(decoding: try Data(contentsOf: output), as: UTF8.self))
}

/// A program that runs beside the test; ended with the last reference.
final class Program: Sendable {
    private let process: Mutex<Process>
    private let end: AsyncStream<Void>
    let identifier: Int32

    init(_ arguments: [String], output: String) throws {
        let process = Process()
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
        try handle.seekToEnd()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("CORDON_") }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in continuation.finish() }
        try process.run()
        identifier = process.processIdentifier
        end = stream
        self.process = Mutex(process)
    }

    deinit { if process.withLock({ $0.isRunning }) { Glibc.kill(identifier, SIGKILL) } }

    var isRunning: Bool { process.withLock { $0.isRunning } }
    var status: Int32 { process.withLock { $0.isRunning ? -1 : $0.terminationStatus } }

    func signal(_ number: Int32) { Glibc.kill(identifier, number) }
    func ended() async { for await _ in end {} }

    /// Ends a program of others, which may have been started with SIGTERM blocked.
    func kill() async {
        signal(SIGKILL)
        await ended()
    }
}

/// Waits until something is so; a hang ends after two minutes.
func eventually(
    _ what: String, seconds: Int = 120, _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    throw Timeout(what: what)
}

struct Timeout: Error { var what: String }

/// A folder that goes away with the test.
final class WorkFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("gateway-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let url = URL(fileURLWithPath: self(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    @discardableResult
    func write(_ name: String, text: String) throws -> String { try write(name, Array(text.utf8)) }

    /// Regular files below a folder, by path.
    func files(_ name: String) -> [String] {
        let entries = FileManager.default.enumerator(atPath: self(name))?.compactMap { $0 as? String } ?? []
        return entries.map { self("\(name)/\($0)") }.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }.sorted()
    }
}
