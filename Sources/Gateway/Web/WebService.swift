internal import DICOMWeb
internal import Inputs
internal import NIOSSL

/// One listener for DICOMweb.
struct WebService: GatewayPart {
    let name = "DICOMweb"
    private let server: DICOMWebServer

    /// - Throws: for what cannot be read, or cannot be meant.
    init(_ listener: GatewayConfiguration.WebListener, _ desk: GatewayDesk) throws {
        let configuration = desk.current.setup.configuration
        let scratch = desk.spool.temporary
        var settings = WebServerSettings()
        settings.host = listener.host
        settings.port = listener.port
        settings.basePath = listener.path
        settings.connections = listener.connections
        settings.scratch = scratch
        // What is found is held until it is known whether there is more.
        settings.searchResults = 2000
        settings.multipart.partLength = Int(clamping: configuration.quota.object)
        settings.tls = try listener.tls.map { tls throws(GatewayError) in try Self.tls(tls, listener.login) }

        let verifier = try configuration.identityProvider.map { try Self.verifier($0) }
        let policy = CredentialPolicy(listener.login)
        guard policy == .certificate || verifier != nil else {
            throw GatewayError(.arguments, "a listener for DICOMweb asks for tokens, and no identity provider is named")
        }
        guard policy == .token || listener.tls?.clients != nil else {
            throw GatewayError(.arguments, "a listener for DICOMweb asks for certificates, and has no roots for them")
        }
        let peers = WebPeers(desk)
        var services = WebServices(authenticator: CredentialAuthenticator(policy, verifier: verifier))
        if listener.takesObjects { services.receiver = WebReceiver(receiver: desk.receiver, peers: peers) }
        if configuration.archive != nil {
            let inForce = try LookingInForce(desk, scratch: scratch)
            let looking = WebLooking(
                core: { try inForce.core() }, peer: { peers.asker($0) },
                nameClaim: configuration.identityProvider?.subject ?? "sub")
            services.queries = looking
            services.retrieval = looking
        }
        let log = desk.log
        server = DICOMWebServer(settings, services) { event in
            guard event.status >= 500 else { return }
            log.write(
                .failed,
                [
                    "method": .string(event.method), "resource": .string(event.template),
                    "status": .number(event.status), "problem": event.failure.map { .string($0) },
                ])
        }
    }

    package var port: Int? { server.boundPort }

    func run() async throws { try await server.run() }

    func stop() async { await server.stop() }

    private static func verifier(_ provider: GatewayConfiguration.IdentityProvider) throws -> TokenVerifier {
        var settings = TokenSettings(issuer: provider.issuer, audiences: [provider.audience])
        settings.leeway = provider.skew / 1000
        if let path = provider.roots { settings.roots = .certificates(try certificates(path)) }
        do { return try TokenVerifier(settings) } catch let error as UnprotectedProvider {
            throw GatewayError(.arguments, error.description)
        }
    }

    /// As for associations. Where a token will do, a certificate is checked when it is shown, and need not be.
    private static func tls(
        _ tls: GatewayConfiguration.ServerTLS, _ login: GatewayConfiguration.WebListener.Login
    ) throws(GatewayError) -> TLSConfiguration {
        var configuration = try TLSFiles.server(tls)
        if tls.clients != nil, login == .either || login == .token {
            configuration.certificateVerification = .optionalVerification
        }
        return configuration
    }

    static func certificates(_ path: String) throws(GatewayError) -> [NIOSSLCertificate] {
        let found = try TLSFiles.wrapping { try NIOSSLCertificate.fromPEMFile(path) }
        guard !found.isEmpty else { throw GatewayError(.arguments, "a file of certificates has none in it") }
        return found
    }
}

extension CredentialPolicy {
    init(_ login: GatewayConfiguration.WebListener.Login) {
        switch login {
        case .token: self = .token
        case .certificate: self = .certificate
        case .both: self = .both
        case .either: self = .either
        }
    }
}
