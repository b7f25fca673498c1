import DICOMWeb
import Foundation
import NIOCore
import TestSupport
import Testing

@Suite struct `Multipart bodies` {
    /// What a body is made of, as events that do not depend on how it was cut.
    struct Part: Hashable {
        var headers: [String]
        var body: [UInt8]
    }

    /// Reads a body that comes in pieces.
    private func read(_ body: [UInt8], boundary: String, cuts: [Int]) throws(MultipartError) -> [Part] {
        guard var parser = MultipartParser(boundary: boundary) else { throw MultipartError(.noBoundary, at: 0) }
        var parts: [Part] = []
        var isOpen = false
        var start = 0
        for end in cuts + [body.count] {
            parser.append(body[start..<end])
            start = end
            while let event = try parser.next() {
                switch event {
                case .beginPart(let headers):
                    parts.append(Part(headers: headers.fields.map { "\($0.name)=\($0.value)" }, body: []))
                    isOpen = true
                case .bytes(let bytes): parts[parts.count - 1].body += bytes
                case .endPart: isOpen = false
                }
            }
        }
        try parser.finish()
        #expect(!isOpen)
        return parts
    }

    @Test func `a body reads the same however it is cut`() throws {
        var generator = SeededGenerator(seed: 7)
        // Bytes that look like the beginning of a boundary as often as can be.
        let tricky: [[UInt8]] = [
            [0x0D], [0x0A], [0x2D], [0x0D, 0x0A], Array("\r\n--".utf8), Array("\r\n--b".utf8), [0],
        ]
        for _ in 0..<400 {
            let boundary = generator.pick(["b", "bb", "b0undary", "--", "=_'()+,./:?"])
            var expected: [Part] = []
            var body: [UInt8] = generator.below(3) == 0 ? Array("a preamble\r\n".utf8) : []
            for number in 0..<generator.below(5) {
                var content: [UInt8] = []
                for _ in 0..<generator.below(20) { content += generator.pick(tricky) }
                // Nobody may write the delimiter into a part.
                let delimiter = Array("\r\n--\(boundary)".utf8)
                guard !contains([0x0D, 0x0A] + content, delimiter) else { continue }
                if number > 0 || !body.isEmpty, !expected.isEmpty { body += "\r\n".utf8 }
                body += "--\(boundary)\r\nContent-Type: a/b; n=\(number)\r\nX: y\r\n\r\n".utf8
                body += content
                expected.append(Part(headers: ["content-type=a/b; n=\(number)", "x=y"], body: content))
            }
            body += ((expected.isEmpty ? "" : "\r\n") + "--\(boundary)--").utf8
            if generator.below(2) == 0 { body += "\r\nan epilogue".utf8 }
            for _ in 0..<4 {
                let cuts = (0..<generator.below(12)).map { _ in generator.below(body.count + 1) }.sorted()
                #expect(try read(body, boundary: boundary, cuts: cuts) == expected)
            }
            // Byte by byte.
            #expect(try read(body, boundary: boundary, cuts: Array(0..<body.count)) == expected)
        }
    }

    private func contains(_ bytes: [UInt8], _ word: [UInt8]) -> Bool {
        guard bytes.count >= word.count else { return false }
        return (0...(bytes.count - word.count)).contains { Array(bytes[$0..<$0 + word.count]) == word }
    }

    @Test func `every beginning of a body is said to be truncated`() throws {
        let body = Web.body([("application/dicom", nil, Array("one\r\n--b0undar".utf8)), ("a/b", "x", [])])
        // What follows the closing boundary may be missing.
        let whole = body.count - 2
        for end in 0..<whole {
            #expect(throws: MultipartError(.truncated, at: end)) {
                try read(Array(body[..<end]), boundary: "b0undary", cuts: [])
            }
        }
        #expect(try read(Array(body[..<whole]), boundary: "b0undary", cuts: []).count == 2)
    }

    @Test func `a part without a body may share its line break with the boundary`() throws {
        let parts = try read(Array("--b\r\nX: y\r\n\r\n--b\r\n\r\n\r\n--b--".utf8), boundary: "b", cuts: [])
        #expect(parts == [Part(headers: ["x=y"], body: []), Part(headers: [], body: [])])
    }

    @Test(arguments: [
        ("--b\r\nX\r\n\r\n\r\n--b--", MultipartError.Code.malformedHeader),
        ("--b\r\n: y\r\n\r\n\r\n--b--", .malformedHeader),
        ("--b\r\nX y: z\r\n\r\n\r\n--b--", .malformedHeader),
        ("--b\r\nX: \u{1}\r\n\r\n\r\n--b--", .malformedHeader),
        ("--b\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\n\r\n--b--", .malformedHeader),
        ("--b\r\n X: y\r\n\r\n\r\n--b--", .malformedHeader),
        ("--bc\r\nX: y\r\n\r\n\r\n--b--", .malformedDelimiter),
        ("--b\nX: y\n\n\n--b--", .malformedDelimiter),
        ("--b -- ", .malformedDelimiter),
        (String(repeating: "p", count: 9000) + "\r\n--b--", .malformedDelimiter),
        ("--b\r\nX: " + String(repeating: "y", count: 9000) + "\r\n\r\n\r\n--b--", .headersTooLong),
    ])
    func `what is malformed is refused`(body: String, code: MultipartError.Code) throws {
        for cuts in [[], Array(0..<body.utf8.count)] {
            do {
                _ = try read(Array(body.utf8), boundary: "b", cuts: cuts)
                Issue.record("it was read")
            } catch {
                #expect(error.code == code)
            }
        }
    }

    @Test func `folded headers are joined, and padding behind a boundary is skipped`() throws {
        let body = "--b \t\r\nContent-Type: application/dicom;\r\n transfer-syntax=1.2\r\n\r\nx\r\n--b--"
        let parts = try read(Array(body.utf8), boundary: "b", cuts: [])
        #expect(parts == [Part(headers: ["content-type=application/dicom; transfer-syntax=1.2"], body: [0x78])])
    }

    @Test func `limits are kept for parts, their length, headers and the whole`() throws {
        let body = Web.body([("a/b", nil, [1, 2, 3]), ("a/b", nil, [4])])
        func code(_ change: (inout MultipartLimits) -> Void) -> MultipartError.Code? {
            var limits = MultipartLimits()
            change(&limits)
            guard var parser = MultipartParser(boundary: "b0undary", limits: limits) else { return nil }
            parser.append(body)
            do throws(MultipartError) {
                while try parser.next() != nil {}
                return nil
            } catch {
                return error.code
            }
        }
        #expect(code { _ in } == nil)
        #expect(code { $0.parts = 1 } == .tooManyParts)
        #expect(code { $0.partLength = 2 } == .partTooLong)
        #expect(code { $0.bodyLength = body.count - 1 } == .bodyTooLong)
        #expect(code { $0.headerLength = 10 } == .headersTooLong)
        #expect(code { $0.headersPerPart = 0 } == .malformedHeader)
    }

    @Test(arguments: ["", "a ", "ä", String(repeating: "a", count: 201), "a\"b", "a;b"])
    func `a boundary that RFC 2046 does not have is none`(boundary: String) {
        #expect(MultipartParser(boundary: boundary) == nil)
    }

    @Test func `nothing of a part is kept`() async throws {
        // Sixty-four megabytes, and never more than a piece in memory: each is taken out before the next goes in.
        var parser = try #require(MultipartParser(boundary: "b"))
        parser.append(Array("--b\r\n\r\n".utf8))
        let piece = [UInt8](repeating: 0x0D, count: 1 << 20)
        var count = 0
        for _ in 0..<64 {
            parser.append(piece)
            while let event = try parser.next() {
                if case .bytes(let bytes) = event {
                    count += bytes.count
                    #expect(bytes.count <= piece.count + 8)
                }
            }
        }
        #expect(count >= 63 << 20)
    }

    @Test func `what the writer writes the reader reads, and Python's email package too`() async throws {
        var generator = SeededGenerator(seed: 3)
        let writer = MultipartWriter(type: .dicom)
        var parts: [MultipartPart] = []
        var bodies: [[UInt8]] = []
        for number in 0..<7 {
            let bytes = (0..<generator.below(5000)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            bodies.append(bytes)
            parts.append(
                MultipartPart(
                    MultipartHeaders([.init("Content-Type", "application/dicom"), .init("Content-ID", "<\(number)>")]),
                    bytes))
        }
        let length = writer.length(of: parts)
        let body = try await writer.body(Feed(parts)).collectBytes()
        #expect(length == body.count)
        #expect(try await Web.parts(body, writer.contentType).map(\.body) == bodies)
        guard let python = Fixtures.python else { return }
        let script = """
            import sys, email, email.policy, binascii
            content_type, body = sys.stdin.read().split('\\n')
            raw = b'Content-Type: ' + content_type.encode() + b'\\r\\n\\r\\n' + binascii.unhexlify(body.strip())
            for part in email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts():
                print(part['Content-ID'])
            """
        let said = try await run(
            [python, "-c", script], input: "\(writer.contentType)\n\(Python.hexadecimal(body))")
        #expect(said.output == (0..<7).map { "<\($0)>\n" }.joined())
    }

    @Test func `a body without parts has a boundary that ends it`() async throws {
        let writer = MultipartWriter(type: .dicom, boundary: "b")
        let body = try await writer.body(Feed([])).collectBytes()
        #expect(body == Array("--b--\r\n".utf8))
        #expect(writer.length(of: []) == body.count)
        #expect(try await Web.parts(body, writer.contentType).isEmpty)
    }

    @Test func `a part that is not read is skipped`() async throws {
        let body = Web.body([("a/b", nil, [1, 2, 3]), ("c/d", nil, [4])])
        let reader = try MultipartReader(
            Feed([ByteBuffer(bytes: body)]), type: try #require(MediaType("multipart/related; boundary=b0undary")))
        #expect(try await reader.nextPart()?.contentType?.essence == "a/b")
        #expect(try await reader.nextPart()?.contentType?.essence == "c/d")
        #expect(try await reader.part().collectBytes() == [4])
        #expect(try await reader.nextPart() == nil)
        #expect(try await reader.nextPart() == nil)
    }
}
