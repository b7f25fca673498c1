internal import Foundation
internal import Host
public import Transport

/// Where audit messages go: `audit.json` in the folder `audit` of a registry.
///
/// ```json
/// {"receiver": "syslog+tls://audit.hospital.example:6514", "source": "cordon.hospital.example",
///  "authorities": "ca.pem", "certificate": "cordon.pem", "key": "cordon.key"}
/// ```
public struct AuditConfiguration: Hashable, Sendable {
    public var receiver: Receiver
    public var source: AuditSource
    /// In bytes: what may wait for the receiver.
    public var queueLimit = 1 << 28
    /// In seconds: how long one step with the receiver may take.
    public var timeout = 10

    public enum Receiver: Hashable, Sendable {
        /// One message a line, as XML.
        case file(String)
        /// RFC 5424 over TCP; over TLS (RFC 5425) with settings.
        case syslog(Endpoint, TLSSettings?)
    }

    public init(receiver: Receiver, source: AuditSource) {
        self.receiver = receiver
        self.source = source
    }

    private static let keys: Set<String> = [
        "receiver", "source", "enterpriseSite", "authorities", "certificate", "key", "serverName", "queueLimit",
        "timeout",
    ]

    /// Reads `audit.json`.
    ///
    /// - Parameter folder: where it lies; files that it names without `/` before them lie there too.
    public init(json: [UInt8], folder: String) throws(AuditError) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] else {
            throw Self.wrong("it is no object of JSON")
        }
        if let unknown = object.keys.filter({ !Self.keys.contains($0) }).min() {
            throw Self.wrong("`\(unknown)` is not known; known are \(Self.keys.sorted().joined(separator: ", "))")
        }
        func text(_ key: String) throws(AuditError) -> String? {
            guard let value = object[key] else { return nil }
            guard let text = value as? String, !text.isEmpty else { throw Self.wrong("`\(key)` is a text") }
            return text
        }
        func number(_ key: String, _ range: ClosedRange<Int>) throws(AuditError) -> Int? {
            guard let value = object[key] else { return nil }
            guard let number = value as? Int, range.contains(number) else {
                throw Self.wrong("`\(key)` is a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        func file(_ key: String) throws(AuditError) -> String? {
            try text(key).map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
        }
        guard let address = try text("receiver") else { throw Self.wrong("`receiver` is missing") }
        let settings = TLSSettings(
            authorities: try file("authorities"), certificate: try file("certificate"), key: try file("key"),
            serverName: try text("serverName"))
        if address.hasPrefix("file:") {
            let path = String(address.dropFirst(5))
            guard !path.isEmpty else { throw Self.wrong("`receiver` names no file") }
            receiver = .file(path.hasPrefix("/") ? path : "\(folder)/\(path)")
        } else if let rest = Self.rest(address, "syslog+tls://"), let end = Endpoint(rest, defaultPort: 6514) {
            receiver = .syslog(end, settings)
        } else if let rest = Self.rest(address, "syslog+tcp://"), let end = Endpoint(rest, defaultPort: 514) {
            receiver = .syslog(end, nil)
        } else {
            throw Self.wrong("`receiver` is file:PATH, syslog+tcp://HOST:PORT or syslog+tls://HOST:PORT")
        }
        if case .syslog(_, .some) = receiver {
        } else if settings != TLSSettings() {
            throw Self.wrong("authorities, certificate, key and serverName are for syslog+tls")
        }
        source = AuditSource(
            id: try text("source") ?? SyslogMessage.host, enterpriseSite: try text("enterpriseSite"))
        queueLimit = try number("queueLimit", 1 << 16...1 << 40) ?? queueLimit
        timeout = try number("timeout", 1...600) ?? timeout
    }

    private static func rest(_ address: String, _ scheme: String) -> String? {
        address.hasPrefix(scheme) ? String(address.dropFirst(scheme.count)) : nil
    }

    private static func wrong(_ what: String) -> AuditError { AuditError(.configuration, "audit.json: \(what)") }
}
