import DICOMNetwork
import Foundation
import NIOCore
import Synchronization
import TestSupport
import Testing

/// Peers that speak another language, lie, stop in the midst, or come in the wrong order.
struct HostilePeerTests {
    /// Sends the bytes of a file and does what is asked: `cut` closes at once, `hold` never reads and waits until the other closes or
    /// the file is taken away, `stay` prints all that comes back until an abort, an answer to a release, or the end.
    private static let script = """
        import os, select, socket, sys
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
        s.settimeout(500)
        s.sendall(bytes.fromhex(open(sys.argv[3]).read()))
        if sys.argv[2] == "cut": s.close(); print("cut"); sys.exit()
        if sys.argv[2] == "hold":
            p = select.poll(); p.register(s, select.POLLRDHUP)
            while os.path.exists(sys.argv[3]) and not p.poll(50): pass
            print("held"); sys.exit()
        out = b""
        while True:
            try: part = s.recv(65536)
            except ConnectionResetError: break
            if not part: break
            out += part
            if out[-10:-8] in (b"\\x07\\x00", b"\\x06\\x00"): break
        s.close(); print(out.hex())
        """

    private enum Manner: String { case stay, cut, hold }

    /// - Parameter until: takes the file away after it.
    private func send(
        _ bytes: [UInt8], to port: Int, _ manner: Manner = .stay, until: (@Sendable () async throws -> Void)? = nil
    ) async throws -> String {
        let hex = Python.hexadecimal(bytes)
        return try await withFolder { folder in
            let input = folder.appendingPathComponent("input")
            try hex.write(to: input, atomically: true, encoding: .utf8)
            async let result = run(["python3", "-c", Self.script, "\(port)", manner.rawValue, input.path])
            if let until {
                try await until()
                try FileManager.default.removeItem(at: input)
            }
            let (status, output) = try await result
            #expect(status == 0, "\(output)")
            return output.split(separator: "\n").first.map(String.init) ?? ""
        }
    }

    /// Who keeps to the protocol is served. Some servers here have so little patience that they lose even them on a busy machine:
    /// then they come again.
    private func expectService(_ port: Int) async throws {
        for _ in 0..<100 {
            let status = try? await AssociationClient.open(host: "127.0.0.1", port: port, request()) {
                try await $0.echo()
            }
            guard let status else { continue }
            #expect(status == .success)
            return
        }
        Issue.record("nobody is served")
    }

    private static func command(_ command: Command) -> [UInt8] {
        PDU.data([
            PresentationDataValue(contextID: 1, isCommand: true, isLast: true, bytes: command.encoded[...])
        ]).encoded
    }

    private static func data(_ bytes: [UInt8], isLast: Bool = true) -> [UInt8] {
        PDU.data([PresentationDataValue(contextID: 1, isCommand: false, isLast: isLast, bytes: bytes[...])]).encoded
    }

    private static func command(_ field: Command.Field, id: UInt16, sopClass: String, hasDataSet: Bool) -> Command {
        var command = Command(field)
        command[.messageID] = id
        command[text: .affectedSOPClassUID] = sopClass
        command[text: .affectedSOPInstanceUID] = field == .storeRequest ? "1.2.3" : nil
        command[.priority] = field == .echoRequest ? nil : 0
        command.hasDataSet = hasDataSet
        return command
    }

    @Test func `garbage, four gigabytes and a wrong order are answered by an abort, and others are served`()
        async throws
    {
        let asked = PDU.associateRequest(request()).encoded
        let data = PDU.data([PresentationDataValue(contextID: 9, isCommand: true, isLast: true, bytes: [0])]).encoded
        try await withServer(Receiver()) { port in
            #expect(try await send(Array("GET / HTTP/1.1\r\n\r\n".utf8), to: port) == "07000000000400000201")
            #expect(try await send([1, 0, 255, 255, 255, 255], to: port) == "07000000000400000206")
            #expect(try await send([4, 0, 255, 255, 255, 255], to: port) == "07000000000400000206")
            #expect(try await send(data, to: port) == "07000000000400000202")
            #expect(try await send(PDU.releaseRequest.encoded, to: port) == "07000000000400000202")
            #expect(try await send(asked + asked, to: port).hasSuffix("07000000000400000202"))
            #expect(try await send(asked + data, to: port).hasSuffix("07000000000400000206"))
            #expect(try await send(asked + [4, 0, 255, 255, 255, 255], to: port).hasSuffix("07000000000400000206"))
            // A value that claims to be longer than its PDU.
            let lie: [UInt8] = [4, 0, 0, 0, 0, 6, 255, 255, 255, 255, 1, 3]
            #expect(try await send(asked + lie, to: port).hasSuffix("07000000000400000206"))
            try await expectService(port)
        }
    }

    @Test func `a peer that goes in the midst of a PDU leaves no object and harms nobody`() async throws {
        let receiver = Receiver()
        let asked = PDU.associateRequest(request()).encoded
        let store =
            Self.command(
                Self.command(.storeRequest, id: 1, sopClass: "1.2.840.10008.1.1", hasDataSet: true))
            + Self.data([1, 2], isLast: false)
        try await withServer(receiver) { port in
            for count in [0, 3, asked.count - 1, asked.count, asked.count + 8, asked.count + store.count] {
                _ = try await send(Array((asked + store).prefix(count)), to: port, .cut)
            }
            try await expectService(port)
        }
        #expect(receiver.objects.isEmpty)
    }

    @Test func `a peer that stalls is let go when its time is over`() async throws {
        // Each with the one time short that is tried: on a busy machine the other would come first.
        var beginning = ConnectionSettings(), within = ConnectionSettings()
        beginning.artim = .seconds(1)
        within.artim = .minutes(10)
        within.idle = .seconds(1)
        let asked = PDU.associateRequest(request()).encoded
        let half = Self.command(
            Self.command(.storeRequest, id: 1, sopClass: "1.2.840.10008.1.1", hasDataSet: true))
        try await withServer(Receiver(), settings: beginning) { port in
            let silent = try await send([], to: port), partial = try await send(Array(asked.prefix(20)), to: port)
            #expect(silent == "" && partial == "")
        }
        try await withServer(Receiver(), settings: within) { port in
            let idle = try await send(asked, to: port), inside = try await send(asked + half, to: port)
            let cut = try await send(asked + half + Self.data([1, 2]).dropLast(), to: port)
            #expect(idle.hasPrefix("02") && inside.hasPrefix("02") && cut.hasPrefix("02"))
        }
    }

    @Test func `a peer that sends on and on instead of answering a release is let go`() async throws {
        let script = """
            import socket, sys, time
            l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen(1); print(l.getsockname()[1], flush=True)
            s, _ = l.accept(); s.recv(65536); s.sendall(bytes.fromhex(sys.argv[1]))
            word = "patient"
            try:
                for _ in range(3000): s.sendall(bytes.fromhex(sys.argv[2])); time.sleep(0.05)
            except OSError: word = "cut"
            print(word, flush=True)
            """
        let accept = AssociateAccept(
            calledTitle: "RECEIVER", callingTitle: "SENDER",
            contexts: [ContextResult(id: 1, reason: .acceptance, transferSyntax: "1.2.840.10008.1.2")],
            user: UserInformation(maximumLength: 16384, implementationClassUID: "1.2.3"))
        // A piece of a command that never ends.
        let more = PDU.data([PresentationDataValue(contextID: 1, isCommand: true, isLast: false, bytes: [])])
        var settings = ConnectionSettings()
        settings.artim = .seconds(1)
        let limits = settings
        try await withFolder { folder in
            let arguments = [
                "python3", "-c", script, Python.hexadecimal(PDU.associateAccept(accept).encoded),
                Python.hexadecimal(more.encoded),
            ]
            try await Peer.with(arguments, folder: folder) { port, end in
                try? await AssociationClient.open(
                    host: "127.0.0.1", port: port, request(), settings: limits
                ) { _ in }
                let output = try await end()
                #expect(output.contains("cut"), "\(output)")
            }
        }
    }

    @Test func `a peer that does not read is let go, with the query that answers it`() async throws {
        var settings = ConnectionSettings()
        settings.idle = .seconds(5)
        let archive = Archive(
            matches: (0..<4000).map { _ in DataSetBuilder().raw([UInt8](repeating: 0, count: 10_000)) })
        let model = ServiceClasses.studyRootFind
        let query =
            Self.command(Self.command(.findRequest, id: 1, sopClass: model, hasDataSet: true))
            + Self.data(identifier().bytes)
        let asked = PDU.associateRequest(request([model: ["1.2.840.10008.1.2.1"]])).encoded
        try await withServer(archive, settings: settings) { port in
            let held = try await send(asked + query, to: port, .hold) {
                while archive.now.cancelled == 0 { try await Task.sleep(for: .milliseconds(10)) }
            }
            #expect(held == "held")
            try await expectService(port)
        }
        #expect(archive.now.cancelled == 1 && archive.now.sent < 4000)
    }

    @Test func `a second operation of the same number is refused, and a cancel ends the first`() async throws {
        /// Waits for the cancel.
        final class Waiting: AssociationProvider, QueryHandler {
            func answer(_ asker: Asker) async -> Answer {
                .accept(Acceptance(asker.request, services: Services(query: self)))
            }

            func find(_ request: QueryRequest, _ matches: MatchSender) async -> Outcome {
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(100)) }
                return matches.isCancelled ? .cancel : Outcome(.processingFailure)
            }
        }
        let model = ServiceClasses.studyRootFind
        var opening = request([model: ["1.2.840.10008.1.2.1"]])
        opening.user.asynchronousWindow = AsynchronousWindow(invoked: 4, performed: 1)
        let query =
            Self.command(Self.command(.findRequest, id: 7, sopClass: model, hasDataSet: true))
            + Self.data(identifier().bytes)
        var cancel = Command(.cancelRequest), other = Command(.cancelRequest)
        cancel[.messageIDBeingRespondedTo] = 7
        other[.messageIDBeingRespondedTo] = 8
        let echo = Self.command(.echoRequest, id: 9, sopClass: model, hasDataSet: false)
        let sent =
            PDU.associateRequest(opening).encoded + query + query + Self.command(other) + Self.command(echo)
            + Self.command(cancel)
        try await withServer(Waiting()) { port in
            let answer = try await send(sent + PDU.releaseRequest.encoded, to: port)
            var framer = PDUFramer(), assembler = MessageAssembler(contexts: [1])
            framer.append(Python.bytes(answer))
            var statuses: [UInt16: [Status]] = [:]
            while let pdu = try framer.next() {
                guard case .data(let values) = pdu else { continue }
                for value in values {
                    guard case .command(let command, _)? = try assembler.take(value), let status = command.status,
                        let id = command[.messageIDBeingRespondedTo]
                    else { continue }
                    statuses[id, default: []].append(status)
                }
            }
            #expect(statuses == [7: [.duplicateInvocation, .cancel], 9: [.success]])
            #expect(answer.hasSuffix(Python.hexadecimal(PDU.releaseResponse.encoded)))
        }
    }

    @Test func `who asks for more during a C-GET instead of answering it is let go, with the C-GET`() async throws {
        var proposals = ContextProposals()
        proposals.ask(ServiceClasses.studyRootGet, in: ["1.2.840.10008.1.2.1"])
        proposals.receive("1.2.840.10008.5.1.4.1.1.7", in: ["1.2.840.10008.1.2.1"])
        let archive = Archive(objects(3))
        let retrieve =
            Self.command(
                Self.command(.getRequest, id: 1, sopClass: ServiceClasses.studyRootGet, hasDataSet: true))
            + Self.data(identifier().bytes)
        let echo = Self.command(
            Self.command(.echoRequest, id: 2, sopClass: ServiceClasses.verification, hasDataSet: false))
        let asked = PDU.associateRequest(request(proposals)).encoded
        try await withServer(archive) { port in
            let answer = try await send(asked + retrieve + echo, to: port)
            #expect(answer.contains("07000000000400000000"))
        }
        #expect(archive.now.cancelled == 1)
    }

    @Test func `answers that nobody asked for, and messages that are none, end the association`() async throws {
        let asked = PDU.associateRequest(request()).encoded
        var response = Command(.storeResponse), nameless = Command(.echoRequest), unknown = Command(.echoRequest)
        response[.messageIDBeingRespondedTo] = 1
        response[.status] = 0
        nameless[.messageIDBeingRespondedTo] = 3
        unknown[.messageID] = 1
        unknown[.commandField] = 0x0777
        try await withServer(Receiver()) { port in
            for command in [response, nameless, unknown] {
                let answer = try await send(asked + Self.command(command), to: port)
                #expect(answer.hasSuffix("07000000000400000000"), "\(answer)")
            }
            try await expectService(port)
        }
    }

    @Test func `whatever bytes follow a good beginning, the server outlives them`() async throws {
        var generator = Repeatable(state: 5)
        let model = "1.2.840.10008.5.1.4.1.1.7"
        let asked = PDU.associateRequest(request([model: ["1.2.840.10008.1.2.1"]])).encoded
        let good =
            Self.command(Self.command(.storeRequest, id: 1, sopClass: model, hasDataSet: true))
            + Self.data([UInt8](repeating: 3, count: 400), isLast: false) + Self.data([4, 5])
            + PDU.releaseRequest.encoded
        var settings = ConnectionSettings()
        settings.idle = .seconds(3)
        settings.artim = .seconds(3)
        try await withServer(Receiver(), settings: settings) { port in
            for _ in 0..<20 {
                var bytes = good
                for _ in 0..<3 {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                        in: 0...255, using: &generator)
                }
                _ = try await send(asked + bytes, to: port)
            }
            try await expectService(port)
        }
    }

    @Test func `connections beyond twice as many as there may be associations are closed unread`() async throws {
        // A time of peers that would outlast the test.
        var settings = ConnectionSettings()
        settings.artim = .hours(1)
        let server = try await AssociationServer(
            host: "127.0.0.1", port: 0, settings: settings, maximumAssociations: 1, provider: Receiver())
        // Whatever else runs, it has threads of its own.
        async let running: Void = withTaskExecutorPreference(serverThreads) { try await server.run() }
        let port = server.port ?? 0
        async let holders: [String] = withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<3 { group.addTask { try await self.send([], to: port, .hold) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        while server.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await send(PDU.associateRequest(request()).encoded, to: port) == "")
        server.stop(within: .milliseconds(100))
        try await running
        #expect(try await holders == ["held", "held", "held"])
    }

    @Test func `stopping takes no longer than it may, whatever peers do`() async throws {
        // Times of peers that would outlast the test.
        var settings = ConnectionSettings()
        settings.idle = .hours(1)
        settings.artim = .hours(1)
        let server = try await AssociationServer(
            host: "127.0.0.1", port: 0, settings: settings, provider: Receiver())
        // Whatever else runs, it has threads of its own.
        async let running: Void = withTaskExecutorPreference(serverThreads) { try await server.run() }
        let port = server.port ?? 0
        let asked = PDU.associateRequest(request()).encoded
        async let holders: [String] = withThrowingTaskGroup(of: String.self) { group in
            for bytes in [[], asked, Array(asked.prefix(9))] {
                group.addTask { try await self.send(bytes, to: port, .hold) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        while server.count < 3 { try await Task.sleep(for: .milliseconds(5)) }
        server.stop(within: .milliseconds(100))
        try await running
        #expect(try await holders == ["held", "held", "held"])
        #expect(server.count == 0)
        _ = await #expect(throws: (any Error).self) {
            try await AssociationClient.open(host: "127.0.0.1", port: port, request()) { try await $0.echo() }
        }
    }
}
