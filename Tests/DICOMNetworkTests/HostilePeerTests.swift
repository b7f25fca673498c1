import DICOMNetwork
import NIOCore
import Testing

/// Peers that speak another language, lie, stop in the midst, or come in the wrong order.
struct HostilePeerTests {
    /// Sends bytes, shuts its side where that is asked, and prints all that comes back until the end.
    private static let script = """
        import socket, sys
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 60)
        s.sendall(bytes.fromhex(sys.argv[2]))
        if sys.argv[3] == "cut": s.close(); print("cut"); sys.exit()
        out = b""
        while True:
            try: part = s.recv(65536)
            except ConnectionResetError: break
            if not part: break
            out += part
            if out and out[-10:-8] == b"\\x07\\x00": break
        s.close(); print(out.hex())
        """

    private func send(_ bytes: [UInt8], to port: Int, cut: Bool = false) async throws -> String {
        let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let result = try await run(["python3", "-c", Self.script, "\(port)", hex, cut ? "cut" : "stay"])
        #expect(result.status == 0, "\(result.output)")
        return result.output.trimmingPrefix { $0 == "\n" }.split(separator: "\n").first.map(String.init) ?? ""
    }

    private func expectService(_ port: Int) async throws {
        let status = try await AssociationClient.open(host: "127.0.0.1", port: port, request()) { try await $0.echo() }
        #expect(status == .success)
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
            try await expectService(port)
        }
    }

    @Test func `a peer that goes in the midst of a PDU leaves no object and harms nobody`() async throws {
        let receiver = Receiver()
        var command = Command(.storeRequest)
        command[.messageID] = 1
        command[text: .affectedSOPClassUID] = "1.2.840.10008.1.1"
        command[text: .affectedSOPInstanceUID] = "1.2.3"
        command.hasDataSet = true
        let asked = PDU.associateRequest(request()).encoded
        let store =
            PDU.data([
                PresentationDataValue(contextID: 1, isCommand: true, isLast: true, bytes: command.encoded[...])
            ]).encoded
            + PDU.data([PresentationDataValue(contextID: 1, isCommand: false, isLast: false, bytes: [1, 2])]).encoded
        try await withServer(receiver) { port in
            for count in [0, 3, asked.count - 1, asked.count, asked.count + 8, asked.count + store.count] {
                _ = try await send(Array((asked + store).prefix(count)), to: port, cut: true)
            }
            try await expectService(port)
        }
        #expect(receiver.objects.isEmpty)
    }

    @Test func `a peer that stalls is let go when its time is over`() async throws {
        var settings = ConnectionSettings()
        settings.artim = .milliseconds(200)
        settings.idle = .milliseconds(200)
        let asked = PDU.associateRequest(request()).encoded
        try await withServer(Receiver(), settings: settings) { port in
            let silent = try await send([], to: port), partial = try await send(Array(asked.prefix(20)), to: port)
            let idle = try await send(asked, to: port)
            #expect(silent == "" && partial == "" && idle.hasPrefix("02"))
        }
    }
}
