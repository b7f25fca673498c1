import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL

/// Gives the documents that an identity provider publishes.
package protocol DocumentSource: Sendable {
    func get(_ url: String) async throws -> [UInt8]
}

/// Also redeems codes at an identity provider.
package protocol ProviderLine: DocumentSource {
    /// Sends a form (RFC 6749 4.1.3).
    ///
    /// - Parameter authorization: the client's, where it has a secret.
    /// - Throws: `ProviderRefusal` when the provider says no.
    func post(_ url: String, form: [UInt8], authorization: String?) async throws -> [UInt8]
}

/// The provider does not give what it was asked for.
package struct ProviderRefusal: Error, Hashable, Sendable {
    package init() {}
}

/// By HTTPS; by HTTP from this machine alone.
package final class ProviderDocuments: ProviderLine {
    private let client: HTTPClient

    package init(_ settings: TokenSettings) throws {
        guard Self.isProtected(settings.issuer) else { throw UnprotectedProvider() }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let roots = settings.roots { tls.trustRoots = roots }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10), read: .seconds(10)))
        configuration.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
    }

    deinit { client.shutdown { _ in } }

    package func get(_ url: String) async throws -> [UInt8] {
        guard Self.isProtected(url) else { throw UnprotectedProvider() }
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json")
        let response = try await client.execute(request, timeout: .seconds(20))
        guard response.status == .ok else { throw WebProblem.badGateway }
        return Array(buffer: try await response.body.collect(upTo: 1 << 20))
    }

    package func post(_ url: String, form: [UInt8], authorization: String?) async throws -> [UInt8] {
        guard Self.isProtected(url) else { throw UnprotectedProvider() }
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        request.body = .bytes(form)
        let response = try await client.execute(request, timeout: .seconds(20))
        guard response.status == .ok else {
            throw (400..<500).contains(response.status.code) ? ProviderRefusal() : WebProblem.badGateway
        }
        return Array(buffer: try await response.body.collect(upTo: 1 << 20))
    }

    /// Whoever can change these documents can sign tokens.
    package static func isProtected(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return true }
        guard url.hasPrefix("http://") else { return false }
        let authority = url.dropFirst(7).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.contains("@") else { return false }
        let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        return ["localhost", "127.0.0.1", "[::1]"].contains(host)
    }
}

/// An identity provider that is asked without TLS over a network.
public struct UnprotectedProvider: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String {
        "the identity provider's address begins with http: whoever is between could sign tokens; give one with https"
    }
}
