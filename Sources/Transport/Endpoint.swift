/// A host and a port: `host`, `host:port`, `[address]:port`.
public struct Endpoint: Hashable, Sendable {
    public var host: String
    public var port: UInt16

    /// Nil for what is none of these.
    public init?(_ text: String, defaultPort: UInt16) {
        var host = Substring(text)
        var port: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }) else {
            return nil
        }
        self.host = String(host)
        guard let port else {
            self.port = defaultPort
            return
        }
        guard let number = UInt16(port), number > 0 else { return nil }
        self.port = number
    }
}
