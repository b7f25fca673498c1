import DICOMNetwork
import Foundation
import TestSupport
import Testing

/// What a gateway does, as a real rsyslog hears of it (docs/audit.md).
struct AuditReceiverTests {
    private static let program = "/usr/sbin/rsyslogd"

    /// rsyslog in a folder, on a port of its own; with `server.pem` and `ca.pem` there it speaks TLS with whoever is named `cordon`.
    private struct Listener {
        let folder: WorkFolder
        let port: Int

        init(_ folder: WorkFolder, isSecure: Bool) throws {
            self.folder = folder
            port = try Ports.take()
            try folder.write("syslog.log", [])
            let files =
                isSecure
                ? """
                defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="\(folder("ca.pem"))"
                defaultNetstreamDriverCertFile="\(folder("server.pem"))" defaultNetstreamDriverKeyFile="\(folder("server.key"))"
                """ : ""
            let driver =
                isSecure
                ? #"StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="x509/name" PermittedPeer=["cordon"]"#
                : ""
            try folder.write(
                "rsyslog.conf",
                text: """
                    global(workDirectory="\(folder.path)" maxMessageSize="64k" \(files))
                    module(load="imtcp" \(driver))
                    template(name="whole" type="list") { property(name="rawmsg") constant(value="\\n") }
                    input(type="imtcp" port="\(port)" address="127.0.0.1")
                    action(type="omfile" file="\(folder("received"))" template="whole" asyncWriting="off" flushOnTXEnd="on")

                    """)
        }

        func start() async throws -> Program {
            try? FileManager.default.removeItem(atPath: folder("pid"))
            let program = try Program(
                [AuditReceiverTests.program, "-n", "-f", folder("rsyslog.conf"), "-i", folder("pid")],
                output: folder("syslog.log"))
            try await eventually("rsyslog listens") {
                guard program.isRunning else { throw Timeout(what: "rsyslog ended") }
                return try await run(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(port)"]).status == 0
            }
            return program
        }

        /// The numbers of the messages that arrived.
        func numbers() -> Set<Int> {
            let text = (try? String(contentsOfFile: folder("received"), encoding: .utf8)) ?? ""
            return Set(
                text.split(separator: "\n").compactMap { line in
                    line.split(separator: "sequenceId=\"").dropFirst().first.flatMap { Int($0.prefix { $0 != "\"" }) }
                })
        }

        func count(of code: String) -> Int {
            let text = (try? String(contentsOfFile: folder("received"), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").count { $0.contains("\"\(code)\"") }
        }
    }

    private func makeCertificates(_ folder: WorkFolder) async throws {
        let script = """
            set -e; cd "$1"
            curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
            openssl req -x509 -subj "/CN=test CA" -days 30 -keyout ca.key -out ca.pem $curve
            for name in server client; do
                openssl req -subj "/CN=$name" -keyout $name.key -out $name.csr $curve
                if [ $name = server ]; then echo subjectAltName=DNS:localhost,IP:127.0.0.1; else echo subjectAltName=DNS:cordon; fi > ext
                openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext -out $name.pem
            done
            """
        let made = try await run(["bash", "-c", script, "bash", folder.path])
        try #require(made.status == 0, "\(made.output)")
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: program), "needs rsyslog"),
        arguments: [false, true])
    func `what a gateway does arrives at rsyslog, and waits on the disk while that is away`(isSecure: Bool) async throws
    {
        let folder = try WorkFolder()
        if isSecure { try await makeCertificates(folder) }
        let listener = try Listener(folder, isSecure: isSecure)
        let site = try await Site(
            folder: folder, peers: "<peer id=\"pacs\" title=\"PACS\" host=\"127.0.0.1\" port=\"9\" roles=\"receive\"/>",
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>")
        let certificates =
            isSecure
            ? #", "authorities": "\#(folder("ca.pem"))", "certificate": "\#(folder("client.pem"))", "key": "\#(folder("client.key"))""#
            : ""
        try folder.write(
            "site/audit/audit.json",
            text: """
                {"receiver": "syslog+\(isSecure ? "tls" : "tcp")://127.0.0.1:\(listener.port)", "source": "gateway"\(certificates)}
                """)
        var syslog = try await listener.start()
        let gateway = try await site.start()
        func store(_ number: Int) async throws {
            let status = try await Sender.store(
                Instances.dataSet(number, study: number).encoded(), as: Instances.uid(number, study: number),
                port: gateway.port)
            #expect(status == .success)
        }
        try await store(1)
        try await eventually("it is told of: \(site.log)") { listener.count(of: "110107") >= 1 }
        syslog.signal(9)
        await syslog.ended()
        for number in 2...4 { try await store(number) }
        try await eventually("messages wait: \(site.log)") {
            try site.lines("audit-waits").count >= 1 && !folder.files("site/audit/queue").isEmpty
        }
        syslog = try await listener.start()
        // What waits goes out at the latest when it ends.
        await gateway.stop()
        try await eventually("all are told of") { listener.count(of: "110107") >= 4 }
        let numbers = listener.numbers()
        #expect(numbers == Set(1...(numbers.max() ?? 1)))
        syslog.signal(9)
    }
}
