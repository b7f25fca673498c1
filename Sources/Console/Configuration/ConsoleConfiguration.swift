internal import DICOMWeb
internal import Glibc
internal import Host
internal import NIOSSL
package import RuleLanguage

/// Reads a console's configuration (docs/console.md).
package enum ConsoleConfiguration {
    /// What a file of it may say.
    package static let dialect = Dialect(
        root: "console", namespace: "urn:cordon:console:1", kind: "a console's configuration",
        schema: PackageResources.console_xsd)

    /// Every finding, sorted; the settings are nil when one of them is an error.
    package static func load(path: String) -> (settings: ConsoleSettings?, findings: [Finding]) {
        let log = FindingLog()
        do throws(FileAccess.Failure) {
            let contents = try FileAccess.read(path, limit: 1 << 20)
            return load(contents.bytes, path: path, log)
        } catch {
            log.add(
                Finding(
                    severity: .error, code: "unreadable-file", message: "`\(path)` cannot be read: \(error.reason)",
                    location: SourceLocation(file: FilePath.simplified(path), line: 1)))
            return (nil, log.sorted())
        }
    }

    /// Loads text as if the file at `path` held it.
    package static func load(text: String, path: String) -> (settings: ConsoleSettings?, findings: [Finding]) {
        load(Array(text.utf8), path: path, FindingLog())
    }

    private static func load(
        _ bytes: [UInt8], path: String, _ log: FindingLog
    ) -> (settings: ConsoleSettings?, findings: [Finding]) {
        let document = XMLDocument(path: path, bytes: bytes, dialect: dialect, log: log)
        guard let root = document.root else { return (nil, log.sorted()) }
        let settings = ConsoleParser(log: log, root: root).settings()
        return (log.hasErrors ? nil : settings, log.sorted())
    }
}

/// From the elements of a configuration to what they mean. The schema has looked at their shape.
private struct ConsoleParser {
    let log: FindingLog
    let root: XMLElement

    func settings() -> ConsoleSettings? {
        for name in ["site", "listen", "sessions", "identity-provider", "accounts"] {
            if let second = root.children(named: name).dropFirst().first {
                error("part-twice", "a console has one `\(name)`", at: second.place, hint: "remove one of them")
            }
        }
        let site = part("site", "<site registry=\"DIR\"/>")
        guard let registry = site.flatMap({ path($0, "registry") }),
            let listen = part("listen", "<listen port=\"8090\"/>"),
            let port = listen.attribute("port")?.trimmed.flatMap({ Int($0) })
        else { return nil }
        var settings = ConsoleSettings(registry: registry)
        settings.rules = site.flatMap { path($0, "rules") }
        settings.gateway = site.flatMap { path($0, "gateway") }
        settings.productions = site.flatMap { path($0, "productions") }
        if let site, let productions = settings.productions, Self.isWithin(productions, registry) {
            error(
                "impossible-value", "what is handed over would stand among what the registry keeps",
                at: site.attribute("productions")?.place ?? site.place, hint: "name a folder outside of it")
        }
        settings.requireSigned = site.flatMap { path($0, "require-signed") }
        if settings.requireSigned != nil, settings.rules == nil {
            error(
                "missing-part", "`require-signed` is about rules, and none are named", at: root.place,
                hint: "write rules=\"site.bundle\" beside it")
        }
        settings.port = port
        settings.host = listen.attribute("host")?.trimmed ?? settings.host
        settings.origin = listen.attribute("origin")?.trimmed
        settings.tls = listen.children(named: "tls").first.flatMap(tls)
        if listen.children(named: "tls").isEmpty, !["127.0.0.1", "::1", "localhost"].contains(settings.host) {
            error(
                "no-tls",
                "without TLS a console listens on this machine alone: passwords would go over the network as they are",
                at: listen.attribute("host")?.place ?? listen.place,
                hint: "write <tls certificate=\"FILE\" key=\"FILE\"/> in it, or host=\"127.0.0.1\"")
        }
        if let sessions = root.children(named: "sessions").first {
            settings.sessions.idle = seconds(sessions, "idle") ?? settings.sessions.idle
            settings.sessions.longest = seconds(sessions, "longest") ?? settings.sessions.longest
            if settings.sessions.longest < settings.sessions.idle {
                error(
                    "impossible-value", "a session would be over before it is idle",
                    at: (sessions.attribute("longest") ?? sessions.attribute("idle"))?.place ?? sessions.place,
                    hint: "`longest` is at least `idle`")
            }
        }
        settings.identity = root.children(named: "identity-provider").first.flatMap { identity($0, listen) }
        settings.localAccounts =
            root.children(named: "accounts").first?.attribute("local")?.trimmed.map { $0 != "off" } ?? true
        if !settings.localAccounts, root.children(named: "identity-provider").isEmpty {
            error(
                "impossible-value", "nobody could come in", at: root.place,
                hint: "name an identity-provider, or let local accounts be on")
        }
        return settings
    }

    private func identity(_ element: XMLElement, _ listen: XMLElement) -> IdentitySettings? {
        guard let issuer = element.attribute("issuer")?.trimmed, let client = element.attribute("client")?.trimmed
        else {
            return nil
        }
        var identity = IdentitySettings(issuer: issuer, client: client)
        if !ProviderDocuments.isProtected(issuer) {
            error(
                "unprotected-provider",
                "the identity provider is asked without TLS: whoever is between could sign tokens",
                at: element.attribute("issuer")?.place ?? element.place, hint: "give an issuer with https")
        }
        if listen.attribute("origin") == nil {
            error(
                "missing-part", "it is not known where the identity provider sends people back to", at: listen.place,
                hint: "write origin=\"https://console.example.org\" in listen")
        }
        identity.secret = secret(element)
        identity.audience = element.attribute("audience")?.trimmed
        if let audience = identity.audience, audience == client {
            error(
                "impossible-value", "what is made for browsers would count at the interface, too",
                at: element.attribute("audience")?.place ?? element.place,
                hint: "let access tokens for the interface have an audience of their own")
        }
        identity.subject = element.attribute("subject")?.trimmed ?? identity.subject
        identity.scopes = element.attribute("scopes")?.trimmed ?? identity.scopes
        identity.context = element.attribute("context")?.trimmed
        identity.fresh = seconds(element, "fresh") ?? identity.fresh
        identity.skew = seconds(element, "skew") ?? identity.skew
        if let roots = path(element, "roots") {
            if (try? NIOSSLCertificate.fromPEMFile(roots))?.isEmpty ?? true {
                error(
                    "unreadable-file", "the roots cannot be read",
                    at: element.attribute("roots")?.place ?? element.place,
                    hint: "give a PEM file; paths count from the folder of this file")
            }
            identity.roots = .file(roots)
        }
        identity.roles = element.children(named: "role").compactMap { mapping in
            guard let role = mapping.attribute("is")?.trimmed.flatMap({ Role(rawValue: $0) }),
                let claim = mapping.attribute("claim")?.trimmed, let value = mapping.attribute("value")?.trimmed
            else { return nil }
            return IdentitySettings.Mapping(role: role, claim: claim, value: value)
        }
        if identity.roles.isEmpty {
            error(
                "missing-part", "nobody whom the identity provider knows has a role", at: element.place,
                hint: "write <role is=\"reviewer\" claim=\"groups\" value=\"cordon-reviewers\"/>")
        }
        return identity
    }

    /// The first line of a file that its owner alone may read.
    private func secret(_ element: XMLElement) -> String? {
        guard let path = path(element, "secret") else { return nil }
        let place = element.attribute("secret")?.place ?? element.place
        guard Self.isExposed(path) == false else {
            error(
                "exposed-file", "the client's secret is not there, or others than its owner may read it", at: place,
                hint: "chmod 600 the file; paths count from the folder of this file")
            return nil
        }
        let text = (try? FileAccess.read(path, limit: 4096)).map { String(decoding: $0.bytes, as: UTF8.self) }
        guard let line = text?.split(whereSeparator: \.isNewline).first, !line.isEmpty else {
            error("unreadable-file", "the client's secret cannot be read", at: place, hint: "give a file with one line")
            return nil
        }
        return String(line)
    }

    private func part(_ name: String, _ example: String) -> XMLElement? {
        if let element = root.children(named: name).first { return element }
        error("missing-part", "the console has no `\(name)`", at: root.place, hint: "write \(example)")
        return nil
    }

    private func tls(_ element: XMLElement) -> TLSConfiguration? {
        guard let certificate = path(element, "certificate"), let key = path(element, "key") else { return nil }
        if Self.isExposed(key) == true {
            error(
                "exposed-file", "others than its owner may read the key of the certificate",
                at: element.attribute("key")?.place ?? element.place,
                hint: "chmod 600 the file; whoever has read it can pass for this console")
            return nil
        }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            let key = try NIOSSLPrivateKey(file: key, format: .pem)
            guard !chain.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
            var tls = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            tls.minimumTLSVersion = .tlsv12
            return tls
        } catch {
            self.error(
                "unreadable-file", "the certificate or the key cannot be read", at: element.place,
                hint: "give PEM files, the key without a passphrase; paths count from the folder of this file")
            return nil
        }
    }

    /// A path, seen from the folder of the configuration.
    private func path(_ element: XMLElement, _ name: String) -> String? {
        guard let attribute = element.attribute(name), let text = attribute.trimmed else { return nil }
        return FilePath.resolve(text, from: attribute.place.source.path)
    }

    /// Whether others than its owner may read or write a file, nil where it is not there. Of a link, as those who renew certificates put in
    /// its place, what it leads to counts: its own mode says nothing.
    private static func isExposed(_ path: String) -> Bool? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return status.st_mode & 0o077 != 0
    }

    private static func isWithin(_ path: String, _ folder: String) -> Bool {
        "\(FilePath.simplified(path))/".hasPrefix("\(FilePath.simplified(folder))/")
    }

    private func seconds(_ element: XMLElement, _ name: String) -> Int64? {
        guard let text = element.attribute(name)?.trimmed else { return nil }
        let digits = text.prefix { $0.isNumber }
        let units: [Substring: Int64] = ["s": 1, "min": 60, "h": 3600]
        guard let count = Int64(digits), let unit = units[text.dropFirst(digits.count)] else { return nil }
        return count * unit
    }

    private func error(_ code: String, _ message: String, at place: Place, hint: String) {
        log.add(.error, code, message, at: place, hint: hint)
    }
}
