/// One question to a web server, and its answer (RFC 9112), as version 1.0: the answer ends where the connection does.
public enum HTTPRequest {
    /// What a server says.
    public struct Answer: Hashable, Sendable {
        public var status: Int
        /// Media type in small letters, without parameters; empty where none is given.
        public var type: String
        public var body: [UInt8]
    }

    /// Sends a body by POST and gives the body of the answer.
    ///
    /// - Parameters:
    ///   - url: `http://…` or `https://…`.
    ///   - tls: for https.
    ///   - largest: a longer answer is refused.
    public static func post(
        _ body: [UInt8], type: String, to url: String, accepting: String, tls: TLSSettings = TLSSettings(),
        largest: Int = 1 << 20, limit: Int = 30
    ) throws(TransportError) -> [UInt8] {
        let address = try HTTPAddress(url)
        let answer = try send(
            "POST", url, headers: [("Content-Type", type), ("Accept", accepting)], body: body, tls: tls,
            largest: largest, limit: limit)
        guard answer.status == 200 else {
            throw TransportError(
                .answer, "`\(address.host)` answers with the status \(answer.status); expected 200")
        }
        guard answer.type == accepting else {
            throw TransportError(.answer, "`\(address.host)` does not answer with \(accepting)")
        }
        return answer.body
    }

    /// Asks, and gives the answer, whatever its status.
    ///
    /// - Parameters:
    ///   - headers: further ones. No value has a line end in it.
    ///   - limit: seconds that a step may take.
    public static func send(
        _ method: String, _ url: String, headers: [(String, String)] = [], body: [UInt8] = [],
        tls: TLSSettings = TLSSettings(), largest: Int = 1 << 20, limit: Int = 30
    ) throws(TransportError) -> Answer {
        let address = try HTTPAddress(url)
        for (name, value) in headers where !(name + value).unicodeScalars.allSatisfy({ $0.value >= 0x20 }) {
            throw TransportError(.configuration, "the header \(name.prefix { $0.isLetter }) has a line end in it")
        }
        let connection = try Connection(
            host: address.host, port: address.port, tls: address.isSecure ? tls : nil, limit: limit)
        var head = ["\(method) \(address.path) HTTP/1.0", "Host: \(address.authority)"]
        head += headers.map { "\($0.0): \($0.1)" }
        if !body.isEmpty || method == "POST" { head.append("Content-Length: \(body.count)") }
        head += ["Connection: close", "", ""]
        try connection.send(Array(head.joined(separator: "\r\n").utf8) + body)
        var answer: [UInt8] = []
        while true {
            let piece: [UInt8]
            do throws(TransportError) {
                piece = try connection.receive()
            } catch  where isComplete(answer) {
                // Many servers cut the line once they have said what they announced.
                break
            }
            if piece.isEmpty { break }
            answer += piece
            guard answer.count <= largest else {
                throw TransportError(.answer, "`\(address.host)` answers with more than \(largest) bytes")
            }
        }
        return try content(of: answer, host: address.host)
    }

    private static let gap = Array("\r\n\r\n".utf8)

    private static func split(_ answer: [UInt8]) -> (head: [Substring], body: [UInt8])? {
        guard answer.count >= gap.count,
            let end = answer.indices.dropLast(gap.count - 1).first(where: { answer[$0...].starts(with: gap) })
        else { return nil }
        let head = String(decoding: answer[..<end], as: UTF8.self)
        return (head.split(separator: "\r\n"), Array(answer[(end + gap.count)...]))
    }

    private static func field(_ name: String, _ head: [Substring]) -> String? {
        for line in head.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name {
                return String(parts[1].drop { $0 == " " || $0 == "\t" })
            }
        }
        return nil
    }

    private static func isComplete(_ answer: [UInt8]) -> Bool {
        guard let (head, body) = split(answer), let count = field("content-length", head).flatMap({ Int($0) }) else {
            return false
        }
        return body.count >= count
    }

    private static func content(of answer: [UInt8], host: String) throws(TransportError) -> Answer {
        guard let (head, body) = split(answer), let words = head.first?.split(separator: " "), words.count >= 2,
            words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1])
        else { throw TransportError(.answer, "`\(host)` does not answer in HTTP") }
        guard field("transfer-encoding", head) == nil else {
            throw TransportError(.answer, "`\(host)` answers in pieces, which HTTP/1.0 does not know")
        }
        let type = (field("content-type", head)?.prefix { $0 != ";" } ?? "").lowercased()
        guard let length = field("content-length", head) else { return Answer(status: status, type: type, body: body) }
        guard let count = Int(length), count >= 0, count <= body.count else {
            throw TransportError(.broken, "the answer of `\(host)` ends before its end")
        }
        return Answer(status: status, type: type, body: Array(body.prefix(count)))
    }
}

/// `http://host:port/path` in its parts.
struct HTTPAddress {
    let isSecure: Bool
    let host: String
    let port: UInt16
    let path: String
    /// Host and port as they were written.
    let authority: String

    init(_ url: String) throws(TransportError) {
        let wrong = TransportError(
            .configuration, "`\(url)` is no address of the form http://host/path or https://host/path")
        let scheme: String
        switch url {
        case _ where url.hasPrefix("http://"): (scheme, isSecure) = ("http://", false)
        case _ where url.hasPrefix("https://"): (scheme, isSecure) = ("https://", true)
        default: throw wrong
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !url.contains("@"), !url.contains("#") else {
            throw wrong
        }
        let rest = url.dropFirst(scheme.count)
        authority = String(rest.prefix { $0 != "/" && $0 != "?" })
        let path = rest.dropFirst(authority.count)
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
        guard let end = Endpoint(authority, defaultPort: isSecure ? 443 : 80) else { throw wrong }
        (host, port) = (end.host, end.port)
    }
}
