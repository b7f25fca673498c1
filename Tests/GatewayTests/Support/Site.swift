import Foundation
import Gateway
import Glibc
import Registry
import TestSupport
import Testing
import Vault

/// A gateway of the built command, in a folder of its own, with its rules and peers.
final class Site: Sendable {
    static let command: String = {
        // The test bundle lies in the folder of products; so does the command.
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()

    static let rules = """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1" tier="2">
          <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15.xml"/>
          <vocabulary>
            <label id="vip" tier="2" is-a="sensitive" system="ActCode" code="VIP"/>
            <label id="violence" tier="2" is-a="sensitive" system="ActCode" code="SDV"/>
          </vocabulary>
          <tier number="2">
            <rule id="marked-vip"><when><equals attribute="PatientComments" value="VIP"/></when><tag study="vip"/></rule>
            <rule id="marked-violence">
              <when><equals attribute="PatientComments" value="VIOLENCE"/></when><tag patient="violence"/>
            </rule>
          </tier>
          <audience id="archive">
            <always><release/></always>
            <on label="vip"><flag carry="sensitive-content"/></on>
            <on label="violence"><sequester/></on>
          </audience>
          <audience id="research">
            <always><deidentify profile="ps3.15-basic"/></always><on label="vip violence"><sequester/></on>
          </audience>
        </ruleset>
        """

    let folder: WorkFolder
    private let logs: String

    /// - Parameters:
    ///   - peers: `peer` elements.
    ///   - routes: `route` elements.
    ///   - rules: the rule set.
    ///   - port: where it listens for associations; 0 for one that is free.
    ///   - settling: how long a study waits for more.
    ///   - site: where registry and spool are; `site` and `spool` of the folder if not given.
    init(
        folder: WorkFolder? = nil, peers: String, routes: String, more: String = "", at place: String? = nil,
        rules: String = Site.rules, port: Int = 0, settling: String = "300ms"
    ) async throws {
        let folder = try folder ?? WorkFolder()
        self.folder = folder
        logs = folder("log")
        try folder.write("rules.xml", text: rules)
        let place = place ?? folder.path
        try folder.write(
            "gateway.xml",
            text: """
                <gateway xmlns="urn:cordon:gateway:1" id="test">
                  <site registry="\(place)/site" spool="\(place)/spool" rules="rules.xml" key="site.key"/>
                  <quota reserve="0"/>
                  <dicom host="127.0.0.1" port="\(port)" titles="CORDON" idle="10min"/>
                  <peer id="ct" title="CT1" addresses="127.0.0.1" roles="send"/>
                  \(peers)
                  \(routes)
                  <settle after="\(settling)"/>
                  <retry first="200ms" most="1s" attempts="3"/>
                  \(more)
                </gateway>
                """)
        if !FileManager.default.fileExists(atPath: folder("site.key")) {
            let key = try await run([Self.command, "key", "new", folder("site.key")])
            try #require(key.status == 0, "\(key.output)")
        }
        // Test disks are small.
        let limit = try await run([Self.command, "vault", "limit", "--registry", place + "/site", "--reserve", "0"])
        try #require(limit.status == 0, "\(limit.output)")
    }

    var config: String { folder("gateway.xml") }

    /// Starts it and waits until it listens.
    ///
    /// - Parameter fault: as `strace -e inject=` takes it: `fsync:error=EIO:when=20+7`, for each thread by itself.
    func start(injecting fault: String? = nil) async throws -> Running {
        if !FileManager.default.fileExists(atPath: logs) {
            _ = FileManager.default.createFile(atPath: logs, contents: nil)
        }
        let before = try lines("started").count
        // With -D it is the gateway that is our child, and not strace.
        let tracer: [String] =
            fault.map { fault in
                let calls = "trace=\(fault.prefix { $0 != ":" })"
                return ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", calls, "-e", "inject=\(fault)"]
            } ?? []
        let program = try Program(tracer + [Self.command, "gateway", "run", "--config", config], output: logs)
        try await eventually("the gateway listens: \(log)") {
            guard program.isRunning else { throw Timeout(what: "the gateway ended: \(self.log)") }
            return try self.lines("started").count > before
        }
        let line = try #require(try lines("started").last)
        // Of several listeners the first.
        let ports = line.split(separator: "[").last?.split(separator: "]").first?.split(separator: ",") ?? []
        let port = try #require(ports.first.flatMap { Int($0) })
        return Running(site: self, program: program, port: port)
    }

    static let canTrace: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["strace", "-o", "/dev/null", "-e", "trace=none", "true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    var log: String { (try? String(contentsOfFile: logs, encoding: .utf8)) ?? "" }

    /// Lines of an event.
    func lines(_ event: String) throws -> [String] {
        log.split(separator: "\n").map(String.init).filter { $0.contains("\"event\":\"\(event)\"") }
    }

    /// Runs `cordon gateway …` on it.
    func gateway(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        try await run([Self.command, "gateway"] + arguments + ["--config", config])
    }

    func cordon(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        try await run([Self.command] + arguments + ["--registry", folder("site"), "--as", "tester"])
    }

    func registry() throws -> Registry { try Registry.open(folder("site")) }

    struct Running: Sendable {
        let site: Site
        let program: Program
        let port: Int

        /// Sends files by storescu, and says how each was answered by what it prints.
        @discardableResult
        func send(_ files: [String], title: String = "CT1", _ options: [String] = []) async throws -> (
            status: Int32, output: String
        ) {
            try await run(
                ["storescu", "-v", "-aet", title, "-aec", "CORDON"] + options + ["127.0.0.1", "\(port)"] + files)
        }

        /// Bytes of memory that it holds now.
        func resident() throws -> Int {
            let text = try String(contentsOfFile: "/proc/\(program.identifier)/statm", encoding: .utf8)
            return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
        }

        func stop() async {
            program.signal(SIGTERM)
            await program.ended()
        }

        func kill() async {
            program.signal(SIGKILL)
            await program.ended()
        }
    }
}

/// A real `storescp` as the archive behind: it writes data sets as they come.
final class Archive: Sendable {
    let port: Int
    let title: String
    private let folder: WorkFolder
    private let name: String

    init(_ folder: WorkFolder, _ title: String, port: Int? = nil) throws {
        self.folder = folder
        self.title = title
        name = "archive-\(title)"
        self.port = try port ?? Ports.take()
        try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: folder(name + ".log"), contents: nil)
    }

    func start(_ options: [String] = ["+xa"]) async throws -> Program {
        // Each object under a name of its own, so that one that comes twice is seen.
        let program = try Program(
            ["storescp", "-v", "+B", "-aet", title, "-od", folder(name)] + options + ["\(port)"],
            output: folder(name + ".log"))
        try await eventually("storescp listens") {
            guard program.isRunning else { throw Timeout(what: "storescp ended") }
            return try await run(["echoscu", "127.0.0.1", "\(self.port)"]).status == 0
        }
        return program
    }

    /// How many objects came, by what it says.
    var count: Int {
        let log = (try? String(contentsOfFile: folder(name + ".log"), encoding: .utf8)) ?? ""
        return log.split(separator: "\n").count { $0.contains("Received Store Request") }
    }

    /// Data sets, by SOP Instance UID: the bytes behind file meta information.
    func objects() throws -> [String: [UInt8]] {
        var objects: [String: [UInt8]] = [:]
        for file in folder.files(name) {
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
            // One that is being written has not arrived.
            guard let (meta, dataSet) = Self.split(bytes) else { continue }
            objects[meta] = dataSet
        }
        return objects
    }

    /// Media Storage SOP Instance UID, and the data set.
    static func split(_ bytes: [UInt8]) -> (sop: String, dataSet: [UInt8])? {
        guard bytes.count > 144 else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[140 + $1]) << (8 * $1) }
        guard bytes.count >= 144 + length else { return nil }
        var position = 144
        let end = 144 + length
        var sop = ""
        while position + 8 <= end {
            let element = Int(bytes[position + 2]) | Int(bytes[position + 3]) << 8
            let isLong = bytes[position + 4] == UInt8(ascii: "O")
            let head = isLong ? 12 : 8
            let count =
                isLong
                ? (0..<4).reduce(0) { $0 | Int(bytes[position + 8 + $1]) << (8 * $1) }
                : Int(bytes[position + 6]) | Int(bytes[position + 7]) << 8
            if element == 3 {
                sop = String(
                    decoding: bytes[position + head..<position + head + count].filter { $0 != 0 }, as: UTF8.self)
            }
            position += head + count
        }
        return (sop, Array(bytes[end...]))
    }

    /// As a peer of a configuration.
    func peer(_ id: String, audience: String, _ more: String = "") -> String {
        """
        <peer id="\(id)" title="\(title)" host="127.0.0.1" port="\(port)" roles="receive" audience="\(audience)" \(more)/>
        """
    }
}
