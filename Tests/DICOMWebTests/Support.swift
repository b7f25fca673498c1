import AsyncHTTPClient
import DICOMFile
import DICOMWeb
import Foundation
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport

/// Runs a server for as long as `body` runs, and waits until it has ended.
@discardableResult
func withServer<Value: Sendable>(
    _ services: WebServices, _ change: (inout WebServerSettings) -> Void = { _ in },
    observe: @escaping @Sendable (WebEvent) -> Void = { _ in },
    body: (_ url: String) async throws -> Value
) async throws -> Value {
    var settings = WebServerSettings()
    settings.basePath = "dicom-web"
    change(&settings)
    let server = DICOMWebServer(settings, services, observe: observe)
    let running = Task { try await server.run() }
    let scheme = settings.tls == nil ? "http" : "https"
    let result: Result<Value, any Error>
    do {
        let port = try await server.port
        let host = settings.tls == nil ? "127.0.0.1" : "localhost"
        result = .success(try await body("\(scheme)://\(host):\(port)/dicom-web"))
    } catch {
        result = .failure(error)
    }
    await server.stop()
    try await running.value
    return try result.get()
}

/// One request, its answer read whole.
struct Answer: Sendable {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: Any? { try? JSONSerialization.jsonObject(with: Data(body)) }
    var mediaType: MediaType? { headers["content-type"].flatMap { MediaType($0) } }
}

/// A client for tests that says whatever it is told to.
enum Web {
    static func send(
        _ method: String, _ url: String, _ headers: [String: String] = [:], body: [UInt8]? = nil
    ) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = .init(rawValue: method)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
        var fields: [String: String] = [:]
        for header in response.headers { fields[header.name.lowercased()] = header.value }
        let bytes = try await response.body.collect(upTo: 256 << 20)
        return Answer(status: Int(response.status.code), headers: fields, body: Array(buffer: bytes))
    }

    static func get(_ url: String, _ headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", url, headers)
    }

    /// The parts of a multipart answer.
    static func parts(_ answer: Answer) async throws -> [(headers: MultipartHeaders, body: [UInt8])] {
        guard let type = answer.mediaType else { return [] }
        return try await parts(answer.body, type)
    }

    static func parts(_ body: [UInt8], _ type: MediaType) async throws -> [(headers: MultipartHeaders, body: [UInt8])] {
        let reader = try MultipartReader(Feed([ByteBuffer(bytes: body)]), type: type)
        var result: [(headers: MultipartHeaders, body: [UInt8])] = []
        while let headers = try await reader.nextPart() {
            var bytes: [UInt8] = []
            while let buffer = try await reader.nextBytes() { bytes += buffer.readableBytesView }
            result.append((headers, bytes))
        }
        return result
    }

    /// A multipart body with one boundary.
    static func body(_ parts: [(type: String, location: String?, bytes: [UInt8])], boundary: String = "b0undary")
        -> [UInt8]
    {
        var result: [UInt8] = []
        for part in parts {
            result += "--\(boundary)\r\nContent-Type: \(part.type)\r\n".utf8
            if let location = part.location { result += "Content-Location: \(location)\r\n".utf8 }
            result += "\r\n".utf8
            result += part.bytes
            result += "\r\n".utf8
        }
        return result + Array("--\(boundary)--\r\n".utf8)
    }
}

extension Feed where Element == ByteBuffer {
    func collectBytes() async throws -> [UInt8] {
        var result: [UInt8] = []
        while let buffer = try await next() { result += buffer.readableBytesView }
        return result
    }
}

extension Feed {
    func all() async throws -> [Element] {
        var result: [Element] = []
        while let element = try await next() { result.append(element) }
        return result
    }
}

/// A program that runs beside a test, ended with it.
final class Companion: Sendable {
    private let process: Process
    let log: URL

    /// - Parameter log: where what it says goes.
    init(_ arguments: [String], folder: URL, environment: [String: String] = [:]) throws {
        log = folder.appendingPathComponent("log")
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let handle = try FileHandle(forWritingTo: log)
        process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    var text: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }
    var isRunning: Bool { process.isRunning }

    /// Ends it, and waits on a thread of its own.
    func stop() async {
        process.terminate()
        let process = process
        for _ in 0..<100 where process.isRunning { try? await Task.sleep(for: .milliseconds(50)) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}

/// Runs a program and waits without holding a thread; says its status and what it wrote.
func run(_ arguments: [String], input: String = "") async throws -> (status: Int32, output: String) {
    try await withFolder { folder in
        let output = folder.appendingPathComponent("output")
        let given = folder.appendingPathComponent("input")
        try Data(input.utf8).write(to: given)
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        let handle = try FileHandle(forWritingTo: output)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: given)
        process.standardOutput = handle
        process.standardError = handle
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch {
                process.terminationHandler = nil
                continuation.resume(throwing: error)
            }
        }
        return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8))
    }
}

func withFolder<Value>(_ body: (URL) async throws -> Value) async throws -> Value {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try await body(folder)
}

/// Lets everybody ask, as nobody in particular.
struct AnonymousAuthenticator: Authenticator {
    func caller(_ credentials: Credentials) async throws -> Caller {
        Caller(address: credentials.address, certificate: credentials.certificate)
    }
}
