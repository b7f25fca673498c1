import DICOMNetwork
import Foundation
import Registry
import TestSupport
import Testing

/// Peers that do what nobody should, while others work.
@Suite(.serialized) struct HostilePeerTests {
    /// Opens connections and does something odd on each; prints a line when all are open, and keeps those that it has open.
    private static let crowd = """
        import os, socket, struct, sys, time
        port = int(sys.argv[1])
        def item(kind, body): return struct.pack('>BBH', kind, 0, len(body)) + body
        def request():
            context = item(0x20, bytes([1, 0, 0, 0]) + item(0x30, b'1.2.840.10008.5.1.4.1.1.2') + item(0x40, b'1.2.840.10008.1.2.1'))
            user = item(0x50, item(0x51, struct.pack('>I', 16384)) + item(0x52, b'1.2.3'))
            body = struct.pack('>HH', 1, 0) + b'CORDON'.ljust(16) + b'CT1'.ljust(16) + bytes(32)
            body += item(0x10, b'1.2.840.10008.3.1.1.1') + context + user
            return struct.pack('>BBI', 1, 0, len(body)) + body
        def element(number, body): return struct.pack('<HHI', 0, number, len(body)) + body
        def store():
            uid = b'1.2.840.10008.5.1.4.1.1.2\\0'
            command = element(2, uid) + element(0x100, struct.pack('<H', 1)) + element(0x110, struct.pack('<H', 1)) \\
                + element(0x700, struct.pack('<H', 0)) + element(0x800, struct.pack('<H', 0)) + element(0x1000, b'1.2.3.4\\0')
            command = element(0, struct.pack('<I', len(command))) + command
            return struct.pack('>BBIIBB', 4, 0, len(command) + 6, len(command) + 2, 1, 3) + command
        def data(count, announced=None):
            size = announced or count
            return struct.pack('>BBIIBB', 4, 0, size + 6, size + 2, 1, 0) + bytes(count)
        kept = []
        for number in range(80):
            s = socket.create_connection(('127.0.0.1', port), 60)
            kind = number % 8
            try:
                if kind == 0: pass                                              # says nothing
                elif kind == 1: s.sendall(request()[:50])                       # stalls in its request
                elif kind == 2: s.sendall(os.urandom(5000))                     # garbage
                elif kind == 3: s.sendall(struct.pack('>BBI', 1, 0, 0xFFFFFFFF) + bytes(1000))  # announces 4 GB at once
                else:
                    s.sendall(request())
                    assert s.recv(1) == b'\\2'
                    if kind == 4: s.sendall(struct.pack('>BBI', 4, 0, 0xFFFFFFFF) + bytes(1000))  # and here, too
                    elif kind == 5: s.sendall(store() + data(10000))            # stalls in an object
                    elif kind == 6: s.sendall(store() + data(100, 16000)); s.close()  # drops within a PDU
                    else: s.sendall(store() + data(10000) + os.urandom(3000))   # garbage in an object
            except OSError: pass                                                # it was thrown out already
            kept.append(s)
        print('open', flush=True)
        time.sleep(600)
        """

    @Test func `while others stall, drop, send garbage and announce 4 GB, who works is served, in bounded memory`()
        async throws
    {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS")
        let storing = try await archive.start()
        let site = try await Site(
            folder: folder, peers: archive.peer("pacs", audience: "archive"),
            routes: "<route id=\"all\"><to peer=\"pacs\" audience=\"archive\"/></route>")
        let gateway = try await site.start()
        let first = try await Sender.store(
            Instances.dataSet(1).encoded(), as: Instances.uid(1), port: gateway.port)
        #expect(first == .success)
        let before = try gateway.resident()
        let output = try folder.write("crowd", [])
        let crowd = try Program(["python3", "-c", Self.crowd, "\(gateway.port)"], output: output)
        func said() -> String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
        try await eventually("all are there") { said().contains("open") || !crowd.isRunning }
        #expect(crowd.isRunning, "\(said())")
        let files = try (2...30).map { try folder.write("in/\($0).dcm", Instances.file($0)) }
        #expect(try await gateway.send(files, ["-xe"]).status == 0)
        try await eventually("all have arrived: \(site.log.suffix(2000))") { try archive.objects().count == 30 }
        let after = try gateway.resident()
        #expect(after - before < 64 << 20, "\(before) to \(after)")
        crowd.signal(9)
        await crowd.ended()
        try await eventually("nothing is left of them") {
            folder.files("site/vault/temporary").isEmpty && folder.files("spool/temporary").isEmpty
        }
        await gateway.stop()
        #expect(try site.registry().instanceCount() == 30)
        #expect(archive.count == 30)
        storing.signal(9)
    }

    @Test func `an archive that is away for long holds up nobody else, and gets everything once when it is back`()
        async throws
    {
        let folder = try WorkFolder()
        let archive = try Archive(folder, "PACS"), other = try Archive(folder, "OTHER")
        let othersProgram = try await other.start()
        let site = try await Site(
            folder: folder,
            peers: archive.peer("pacs", audience: "archive") + other.peer("other", audience: "archive"),
            routes: """
                <route id="all"><to peer="pacs" audience="archive"/></route>
                <route id="too"><to peer="other" audience="archive"/></route>
                """)
        // As an hour with the usual waits: more tries than there are dead letters for.
        let text = try String(contentsOfFile: site.config, encoding: .utf8)
        try folder.write(
            "gateway.xml",
            text: text.replacingOccurrences(of: "first=\"200ms\" most=\"1s\"", with: "first=\"20ms\" most=\"60ms\""))
        let gateway = try await site.start()
        for round in 1...4 {
            let files = try (1...15).map { try folder.write("in\(round)/\($0).dcm", Instances.file($0, study: round)) }
            #expect(try await gateway.send(files, ["-xe"]).status == 0)
        }
        try await eventually("the other has all of it") { try other.objects().count == 60 }
        let before = try gateway.resident()
        try await eventually("it was tried often: \(site.log.suffix(1000))") {
            try site.lines("unreachable").count >= 60
        }
        let after = try gateway.resident()
        #expect(after - before < 32 << 20, "\(before) to \(after)")
        // It comes, and dies under the load, and comes.
        var deaths = 0
        for _ in 0..<3 {
            let storing = try await archive.start()
            let had = archive.count
            try await eventually("some have arrived") { archive.count > had || archive.count >= 60 }
            storing.signal(9)
            await storing.ended()
            deaths += 1
        }
        let storing = try await archive.start()
        try await eventually("all have arrived: \(site.log.suffix(1000))") { try archive.objects().count == 60 }
        for round in 1...4 {
            for (uid, bytes) in Instances.expected(1...15, study: round) {
                #expect(try archive.objects()[uid] == bytes)
            }
        }
        // One may be on its way at each death.
        #expect(archive.count <= 60 + deaths)
        #expect(other.count == 60)
        #expect(try site.lines("dead-letter").isEmpty)
        await gateway.stop()
        storing.signal(9)
        othersProgram.signal(9)
    }
}
