internal import Access
internal import DICOMWeb
internal import Inputs
internal import NIOSSL

/// One listener for DICOMweb.
struct WebService: GatewayPart {
    let name = "DICOMweb"
    private let server: DICOMWebServer
    private let desk: GatewayDesk

    /// - Parameter heard: is told of what came of resources that tell of patients.
    /// - Throws: for what cannot be read, or cannot be meant.
    init(
        _ listener: GatewayConfiguration.WebListener, _ desk: GatewayDesk,
        heard: @escaping @Sendable (FeedReport) -> Void
    ) throws {
        let configuration = desk.current.setup.configuration
        var settings = WebServerSettings()
        settings.host = listener.host
        settings.port = listener.port
        settings.basePath = listener.path
        settings.publicURL = listener.url
        settings.allowedOrigins = listener.origins
        settings.connections = listener.connections
        settings.scratch = desk.spool.temporary
        // What is found is held until it is known whether there is more.
        settings.searchResults = 2000
        settings.multipart.partLength = Int(clamping: configuration.quota.object)
        settings.tls = try listener.tls.map { tls throws(GatewayError) in try Self.tls(tls, listener.login) }

        let policy = CredentialPolicy(listener.login)
        guard policy == .certificate || configuration.identityProvider != nil else {
            throw GatewayError(.arguments, "a listener for DICOMweb asks for tokens, and no identity provider is named")
        }
        guard policy == .token || listener.tls?.clients != nil else {
            throw GatewayError(.arguments, "a listener for DICOMweb asks for certificates, and has no roots for them")
        }
        let log = desk.log
        self.desk = desk
        server = DICOMWebServer(settings, Self.services(listener, policy, desk, heard)) { event in
            guard event.status >= 500, event.status != 501 else { return }
            log.write(
                .failed,
                [
                    "method": .string(event.method), "resource": .string(event.template),
                    "status": .number(event.status), "problem": event.failure.map { .string($0) },
                ])
        }
    }

    /// All that a listener answers to. What the configuration has is looked up for each request, so that a reload counts at once.
    static func services(
        _ listener: GatewayConfiguration.WebListener, _ policy: CredentialPolicy, _ desk: GatewayDesk,
        _ heard: @escaping @Sendable (FeedReport) -> Void
    ) -> WebServices {
        let peers = WebPeers(desk)
        var services = WebServices(authenticator: AuthenticatorInForce(policy: policy, looking: desk.looking))
        if listener.takesObjects { services.receiver = WebReceiver(receiver: desk.receiver, peers: peers) }
        let principal = WebPrincipals(peers: peers, looking: desk.looking)
        let core: @Sendable () throws -> AccessCore = {
            // An archive may come and go with a reload.
            guard let looking = desk.looking.looking else { throw WebProblem.notImplemented }
            return looking.core
        }
        let looking = WebLooking(core: core, principal: principal.of)
        services.queries = looking
        services.retrieval = looking
        services.others += [EmergencyAccess(core: core, principal: principal.of)]
        services.others += [EmergencyEnd(core: core, principal: principal.of)]
        services.others += ResourceHook.all(desk, peers, heard)
        return services
    }

    package var port: Int? { server.boundPort }

    func run() async throws {
        // What is done for a request waits for disks, and not on Swift's own threads, which are as many as cores.
        try await withTaskExecutorPreference(desk.threads) { try await server.run() }
    }

    func stop() async { await server.stop() }

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

/// Asks the identity provider in force.
private struct AuthenticatorInForce: Authenticator {
    let policy: CredentialPolicy
    let looking: LookingInForce

    func caller(_ credentials: Credentials) async throws -> Caller {
        try await CredentialAuthenticator(policy, verifier: looking.identities.verifier).caller(credentials)
    }

    func stillHolds(_ caller: Caller) -> Bool {
        CredentialAuthenticator(policy, verifier: looking.identities.verifier).stillHolds(caller)
    }
}
