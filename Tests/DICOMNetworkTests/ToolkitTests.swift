import DICOMNetwork
import Foundation
import TestSupport
import Testing

/// DCMTK's programs as peers.
struct ToolkitTests {
    @Test func `echoscu and its abort are understood`() async throws {
        try await withServer(Receiver()) { port in
            for options in [[], ["--abort"], ["--repeat", "20"], ["--max-pdu", "4096"]] {
                let result = try await run(["echoscu"] + options + ["127.0.0.1", "\(port)"])
                #expect(result.status == 0, "\(result.output)")
            }
        }
    }

    /// Runs storescp on a free port, and storescu against it.
    private static let script = """
        import socket, subprocess, sys
        s = socket.socket(); s.bind(("127.0.0.1", 0)); port = str(s.getsockname()[1]); s.close()
        p = subprocess.Popen(["storescp", "+B", "+xa", "-od", sys.argv[1], port])
        while p.poll() is None:
            try: socket.create_connection(("127.0.0.1", int(port)), 60).close(); break
            except OSError: pass
        status = subprocess.call(["storescu", sys.argv[2], "127.0.0.1", port, sys.argv[3]])
        p.kill(); p.wait(); sys.exit(status)
        """

    /// The data set of a file with file meta information: it begins after group 0002.
    private static func dataSet(_ file: URL) throws -> [UInt8] {
        let bytes = Array(try Data(contentsOf: file))
        try #require(bytes.count > 144)
        let length = (0..<4).reduce(0) { $0 | Int(bytes[140 + $1]) << (8 * $1) }
        return Array(bytes.dropFirst(144 + length))
    }

    @Test(arguments: [
        ("CT_small.dcm", "-xe"), ("CT_small.dcm", "-xi"), ("CT_small.dcm", "-xb"), ("JPEG2000.dcm", "-xw"),
        ("SC_rgb_jpeg_dcmtk.dcm", "-xy"), ("MR_small_RLE.dcm", "-xr"), ("image_dfl.dcm", "-xd"),
    ])
    func `what storescu sends arrives as storescp takes it, byte for byte`(name: String, syntax: String) async throws {
        guard let file = Fixtures.pydicom.map({ "\($0)/\(name)" }) else { return }
        try #require(FileManager.default.fileExists(atPath: file))
        let receiver = Receiver()
        try await withServer(receiver) { port in
            let result = try await run(["storescu", syntax, "127.0.0.1", "\(port)", file])
            #expect(result.status == 0, "\(result.output)")
        }
        let object = try #require(receiver.objects.first)
        try await withFolder { folder in
            try await withServer(receiver) { port in
                // Again, and in the smallest PDUs.
                let result = try await run(["storescu", syntax, "--max-send-pdu", "4096", "127.0.0.1", "\(port)", file])
                #expect(result.status == 0, "\(result.output)")
            }
            #expect(receiver.objects.last == object)
            // storescp writes the bytes as they come, too.
            let kept = try await run(
                ["python3", "-c", Self.script, folder.path, syntax, file], folder: folder)
            #expect(kept.status == 0, "\(kept.output)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            let expected = try Self.dataSet(folder.appendingPathComponent(try #require(names.first)))
            #expect(names.count == 1 && expected == object.bytes)
        }
    }
}
