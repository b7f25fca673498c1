import Foundation
import Host
import Registry
import Testing
import TestSupport
import Vault

@testable import Gateway

@Suite struct OperationsTests {
    @Test func `metrics are written as Prometheus reads them`() {
        var metrics = MetricsText()
        metrics.add(
            "cordon_x_total", .counter, help: "What \\ it\nis.", [(["a": "q\"\\\n", "b": "2"], 3), ([:], 0.5)])
        metrics.add("cordon_y", .gauge, help: "Y.", 7)
        metrics.add("cordon_none", .gauge, help: "Z.", [])
        #expect(
            metrics.text == """
                # HELP cordon_x_total What \\\\ it\\nis.
                # TYPE cordon_x_total counter
                cordon_x_total{a="q\\"\\\\\\n",b="2"} 3
                cordon_x_total 0.5
                # HELP cordon_y Y.
                # TYPE cordon_y gauge
                cordon_y 7

                """)
    }

    @Test func `pages are served, nothing else is, and only by GET`() async throws {
        let server = try await OperationsServer.start(
            host: "127.0.0.1", port: 0,
            pages: ["/health": { .init(200, "ok\n") }, "/ready": { .init(503, "starting\n") }])
        func status(_ path: String, _ method: String = "GET") async throws -> (Int, String) {
            try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(
                        with: Result {
                            let process = Process()
                            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                            process.arguments = [
                                "curl", "-s", "-m", "60", "-X", method, "-w", "\n%{http_code}",
                                "http://127.0.0.1:\(server.port)\(path)",
                            ]
                            let output = Pipe()
                            process.standardOutput = output
                            try process.run()
                            let text = String(
                                decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                            process.waitUntilExit()
                            let lines = text.split(separator: "\n")
                            return (Int(lines.last ?? "") ?? 0, String(lines.first ?? ""))
                        })
                }
            }
        }
        let health = try await status("/health"), ready = try await status("/ready?x=1")
        #expect(health.0 == 200 && health.1 == "ok")
        #expect(ready.0 == 503 && ready.1 == "starting")
        let other = try await status("/other"), post = try await status("/health", "POST")
        #expect(other.0 == 404 && post.0 == 405)
        await server.stop()
    }
}

@Suite struct DoctorTests {
    private func configuration(_ change: (inout GatewayConfiguration) -> Void = { _ in }) throws -> GatewayConfiguration
    {
        let person = try #require(Person("gateway"))
        var configuration = GatewayConfiguration(
            id: "g",
            site: .init(registry: "/nonexistent/r", rules: "rules.xml", spool: "/nonexistent/s", person: person))
        configuration.dicom = [.init(host: "127.0.0.1", port: 11112, titles: ["CORDON"])]
        change(&configuration)
        return configuration
    }

    private func states(_ area: String, _ configuration: GatewayConfiguration) -> [CheckList.State] {
        Doctor.checkList(of: configuration, now: .now).items.filter { $0.area == area && $0.state > .note }.map(\.state)
    }

    @Test func `a listener for this machine alone is fine`() throws {
        #expect(try states("Exposure", configuration()) == [])
        #expect(try states("Peers", configuration()) == [])
    }

    @Test func `every interface without TLS is a problem, of whatever protocol`() throws {
        #expect(try states("Exposure", configuration { $0.dicom[0].host = "0.0.0.0" }) == [.problem])
        #expect(try states("Exposure", configuration { $0.dicom[0].host = "10.1.2.3" }) == [.warning])
        #expect(
            try states("Exposure", configuration { $0.web = [.init(host: "::", port: 1, login: .token)] }) == [.problem]
        )
        let open = try configuration {
            $0.mllp = [.init(host: "0.0.0.0", port: 2575)]
            $0.hl7 = GatewayConfiguration.HL7()
        }
        #expect(states("Exposure", open) == [.problem, .problem])
        #expect(try states("Exposure", configuration { $0.operations = .init(host: "0.0.0.0", port: 1) }) == [.warning])
    }

    @Test func `a folder that the gateway cannot make is a problem, and one that it makes is not`() throws {
        let folder = try WorkFolder()
        let near = try configuration {
            $0.site.registry = folder("site")
            $0.site.spool = folder("spool")
        }
        func words(_ configuration: GatewayConfiguration) -> [String] {
            Doctor.checkList(of: configuration, now: .now).items.filter { $0.state == .problem }.map(\.text)
        }
        #expect(!words(near).contains { $0.contains("is not there") })
        let far = try words(configuration())
        #expect(far.count { $0.contains("nor the one in which it is to be made") } == 2, "\(far)")
    }

    @Test func `peers that may be anybody, and titles that everybody tries, are told`() throws {
        let loose = try configuration {
            $0.peers["ct"] = .init(id: "ct", title: "STORESCU", roles: [.send])
            $0.dicom[0].titles = ["ANY-SCP"]
        }
        #expect(states("Peers", loose) == [.warning, .problem, .warning])
        let tight = try configuration {
            $0.peers["ct"] = .init(
                id: "ct", title: "CT1", addresses: [Network("10.1.2.3")].compactMap { $0 }, roles: [.send])
        }
        #expect(states("Peers", tight) == [])
        let wide = try configuration {
            $0.peers["ct"] = .init(
                id: "ct", title: "CT1", addresses: [Network("10.0.0.0/8")].compactMap { $0 }, roles: [.send])
        }
        #expect(states("Peers", wide) == [.warning])
    }

    @Test func `files and folders that others may read are problems`() throws {
        let folder = NSTemporaryDirectory() + "cordon-doctor-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        let key = folder + "/key"
        _ = FileManager.default.createFile(atPath: key, contents: Data(), attributes: [.posixPermissions: 0o644])
        func configured() throws -> GatewayConfiguration {
            try configuration {
                $0.site.key = key
                $0.site.registry = folder
                $0.site.spool = folder
                $0.quota.spool = 1 << 40
                $0.quota.reserve = 0
            }
        }
        #expect(try states("Secrets", configured()) == [.problem])
        #expect(try states("Storage", configured()) == [.problem, .problem])
        chmod(key, 0o600)
        chmod(folder, 0o700)
        #expect(try states("Secrets", configured()) == [])
        #expect(try states("Storage", configured()) == [])
        #expect(try states("Recording", configured()) == [.warning])
    }

    @Test func `whether a vault can take anything on this machine is told`() throws {
        let items = Doctor.checkList(of: try configuration(), now: .now).items.filter {
            $0.text.contains("its runs apart")
        }
        #expect(items.map(\.state) == [Vault.knowsRunOfMachine ? .fine : .problem])
    }

    @Test func `the list names nothing that is secret and counts what it says`() throws {
        let list = Doctor.checkList(of: try configuration { $0.dicom[0].host = "0.0.0.0" }, now: .now)
        #expect(list.worst == .problem)
        #expect(list.lines.count < 60)
        #expect(list.lines.last?.contains("\(list.count(.problem)) to mend") == true)
    }
}
