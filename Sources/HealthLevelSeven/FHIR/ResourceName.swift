/// What a reference, or the `fullUrl` of a Bundle's entry, names (FHIR R4 2.3.0 and 2.36.4). Two servers count each by themselves:
/// `Patient/12` of one is nobody whom the other's names.
public enum ResourceName: Hashable, Sendable {
    /// Of the server that the feed is of: `Patient/12`.
    case own(String)
    /// Of a server that is not the feed's, or may not be: `https://elsewhere.example/fhir/Patient/12`.
    case foreign(String)
    /// `urn:uuid:…` and `urn:oid:…`, which name the same wherever they stand.
    case universal(String)
    /// What only the same text can tell: `#p`, or a `urn:uuid:` that is no UUID; with the number of the Bundle.
    case local(String, Int)
}

/// Where a name stands: a reference without a server is one of the server whose resource says it.
struct ResourceContext {
    /// Base URLs of the feed's server, as `canonical` writes them.
    let servers: Set<String>
    /// Which of the texts and Bundles that were read, for names that say nothing outside.
    let bundle: Int
    /// `fullUrl` of the entry; nil of a resource that is alone.
    let fullURL: String?

    init(servers: Set<String>, bundle: Int, fullURL: String?) {
        self.servers = servers
        self.bundle = bundle
        self.fullURL = fullURL
    }

    /// What a reference in the resource names.
    func name(of reference: String) -> ResourceName {
        if let universal = Self.universal(reference) { return .universal(universal) }
        guard let parts = Self.parts(of: reference) else {
            return Self.isURL(reference) ? .foreign(reference) : .local(reference, bundle)
        }
        return name(parts.server.isEmpty ? server : parts.server, parts.resource)
    }

    /// All names of the resource itself; the first is what tells it from others, also when it comes again.
    func names(ofType type: String, id: String?) -> [ResourceName] {
        var names: [ResourceName] = []
        if let id { names.append(name(server, "\(type)/\(id)")) }
        if let fullURL {
            let stated = name(of: fullURL)
            if !names.contains(stated) { names.append(stated) }
        }
        return names
    }

    private func name(_ server: String, _ resource: String) -> ResourceName {
        server.isEmpty || servers.contains(server) ? .own(resource) : .foreign("\(server)/\(resource)")
    }

    /// Of the resource; empty where nothing says that it is not the feed's.
    private var server: String {
        guard let fullURL, Self.isURL(fullURL) else { return "" }
        // An address that does not end with type and id tells of no base: nothing else is of it.
        return Self.parts(of: fullURL)?.server ?? fullURL
    }

    // MARK: - Spelling

    /// A base URL as it is compared: scheme and host are the same in capitals, and a slash at the end says nothing.
    static func canonical(_ server: String) -> String {
        var text = Substring(server)
        while text.hasSuffix("/") { text = text.dropLast() }
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        for index in parts.indices.prefix(3) { parts[index] = parts[index].lowercased() }
        return parts.joined(separator: "/")
    }

    private static func isURL(_ text: String) -> Bool {
        let lower = text.prefix(8).lowercased()
        return lower.hasPrefix("https://") || lower.hasPrefix("http://")
    }

    /// Base and `Patient/12`, without a version; nil for what is neither `Patient/12` nor a URL that ends so.
    private static func parts(of text: String) -> (server: String, resource: String)? {
        var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count > 2, parts[parts.count - 2] == "_history" { parts.removeLast(2) }
        guard let id = parts.popLast(), let type = parts.popLast(), isWord(id), isWord(type) else { return nil }
        guard !parts.isEmpty else { return ("", "\(type)/\(id)") }
        let server = parts.joined(separator: "/")
        // Behind the scheme stands a host.
        guard isURL(server), parts.count > 2, !parts[2].isEmpty else { return nil }
        return (canonical(server), "\(type)/\(id)")
    }

    /// Letters, digits and what ids have beside; no query, no fragment.
    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// A UUID or an OID is one thing everywhere (RFC 4122, RFC 3061); what only looks so may be counted anew in each Bundle.
    private static func universal(_ text: String) -> String? {
        let lower = text.lowercased()
        if lower.hasPrefix("urn:uuid:") {
            let groups = lower.dropFirst(9).split(separator: "-", omittingEmptySubsequences: false)
            let isWhole =
                groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
                && groups.allSatisfy { group in
                    group.utf8.allSatisfy { byte in
                        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
                    }
                }
            return isWhole ? lower : nil
        }
        guard lower.hasPrefix("urn:oid:") else { return nil }
        let arcs = lower.dropFirst(8).split(separator: ".", omittingEmptySubsequences: false)
        let isWhole =
            arcs.count > 2
            && arcs.allSatisfy { arc in
                !arc.isEmpty && arc.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            }
        return isWhole ? lower : nil
    }
}
