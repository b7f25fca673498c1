import Foundation
import Glibc
import TestSupport
import Testing

/// Another program that serves, for as long as a test needs it.
enum Peer {
    /// Starts what is given with `PORT` replaced by the first of these ports that it can have, says the port once it listens there,
    /// and ends it when its standard input does.
    private static let starter = """
        import socket, subprocess, sys, time
        for port in sys.argv[1].split(","):
            for name in sys.argv[2].split(",") if sys.argv[2] else []:
                text = open(name + ".in").read().replace("PORT", port); open(name, "w").write(text)
            p = subprocess.Popen([a.replace("PORT", port) for a in sys.argv[3:]], stdin=subprocess.DEVNULL, stdout=sys.stderr)
            while p.poll() is None:
                try: socket.create_connection(("127.0.0.1", int(port)), 60).close(); break
                except OSError: time.sleep(0.05)
            if p.poll() is None: break
        print(port, flush=True)
        sys.stdin.read()
        p.kill(); p.wait()
        """

    /// - Parameter templates: files whose names end with `.in`, in which `PORT` is replaced, too.
    static func serve<Value: Sendable>(
        _ arguments: [String], templates: [String] = [], folder: URL, body: (Int) async throws -> Value
    ) async throws -> Value {
        let ports = try (0..<3).map { _ in String(try Ports.take()) }.joined(separator: ",")
        return try await with(
            ["python3", "-c", starter, ports, templates.joined(separator: ",")] + arguments, folder: folder
        ) { port, _ in try await body(port) }
    }

    /// Runs a program that prints a port first, and ends when its standard input does.
    ///
    /// - Parameter body: gets the port, and a closure that ends the program and says all that it wrote.
    static func with<Value: Sendable>(
        _ arguments: [String], folder: URL,
        body: (Int, @escaping @Sendable () async throws -> String) async throws -> Value
    ) async throws -> Value {
        let errors = folder.appendingPathComponent(UUID().uuidString)
        let (theirInput, input) = try Spawn.pipe()
        let (output, theirOutput) = try Spawn.pipe()
        let log = try Spawn.open(errors.path, O_CREAT | O_WRONLY)
        let process = try Spawn.begin(
            ["timeout", "-k", "5", "900"] + arguments, folder: folder, input: theirInput, output: theirOutput,
            errors: log)
        for descriptor in [theirInput, theirOutput, log] { close(descriptor) }
        let lines = Lines(output: output, input: input)
        let end: @Sendable () async throws -> String = { try await onThread { lines.rest() } }
        let result: Result<Value, any Error>
        do {
            let line = try await onThread { lines.first() }
            let port = try #require(
                Int(line), "\(line) \((try? String(contentsOf: errors, encoding: .utf8)) ?? "")")
            result = .success(try await body(port, end))
        } catch {
            result = .failure(error)
        }
        _ = try await end()
        _ = try await onThread { Spawn.wait(process) }
        close(output)
        return try result.get()
    }

    /// What a program prints; each method is called from one thread at a time.
    private final class Lines: @unchecked Sendable {
        private let output: Int32
        private var input: Int32?
        private var kept: [UInt8] = []

        init(output: Int32, input: Int32) {
            self.output = output
            self.input = input
        }

        func first() -> String {
            while !kept.contains(10) {
                let part = Spawn.read(output)
                if part.isEmpty { break }
                kept += part
            }
            let line = kept.prefix { $0 != 10 }
            kept.removeFirst(min(line.count + 1, kept.count))
            return String(decoding: line, as: UTF8.self)
        }

        /// Ends the program's standard input, and with it the program.
        func rest() -> String {
            if let input { close(input) }
            input = nil
            while true {
                let part = Spawn.read(output)
                if part.isEmpty { break }
                kept += part
            }
            defer { kept = [] }
            return String(decoding: kept, as: UTF8.self)
        }
    }
}
