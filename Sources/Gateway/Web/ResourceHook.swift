internal import DICOMWeb
internal import HealthLevelSeven
internal import Host
internal import Inputs
internal import Registry

/// The endpoint of a FHIR subscription (R4 Subscription, channel type rest-hook; R5 and its backport): what a Patient or an Encounter
/// says in `meta.security` becomes labels, and success is answered when the registry has them. From peers with the role `tell`.
///
/// - `POST fhir`: a Bundle that notifies, or a resource.
/// - `PUT fhir/{type}/{id}`: a resource, as servers of R4 send it.
struct ResourceHook: SiteResource {
    let template: String
    let methods: [String]
    let bodyLength = 16 << 20
    private let desk: GatewayDesk
    private let peers: WebPeers
    private let heard: @Sendable (FeedReport) -> Void

    static func all(
        _ desk: GatewayDesk, _ peers: WebPeers, _ heard: @escaping @Sendable (FeedReport) -> Void
    ) -> [any SiteResource] {
        [("fhir", ["POST"]), ("fhir/{type}", ["POST"]), ("fhir/{type}/{id}", ["PUT"])].map { template, methods in
            ResourceHook(template: template, methods: methods, desk: desk, peers: peers, heard: heard)
        }
    }

    func answer(_ request: SiteRequest, for caller: Caller) async throws -> SiteAnswer {
        guard let peer = peers.teller(caller) else { throw WebProblem.forbidden }
        let setup = desk.current.setup.configuration
        guard let meanings = setup.hl7 else { throw WebProblem.notImplemented }
        guard ["application/fhir+json", "application/json", "text/json"].contains(request.contentType) else {
            throw WebProblem.unsupportedMediaType(
                "the resource is to be in application/fhir+json; a subscription without a payload tells nothing")
        }
        let feed = ResourceFeed(meanings, registry: desk.registry, person: setup.site.person, report: heard)
        let body = request.body
        do {
            _ = try await WebThreads.run { try feed.take(notification: body, from: peer, at: .now) }
        } catch let error as FHIRError {
            // Places and reasons, never a value.
            throw WebProblem(422, "\(error)")
        } catch let error as RegistryError {
            heard(
                FeedReport(
                    feed: meanings.feed + "-fhir", kind: "FHIR", outcome: .failed,
                    notes: ["the registry did not take it: \(error.code.rawValue)"], sender: peer))
            throw WebProblem.unavailable(retryAfter: 30)
        }
        desk.wake()
        let said = """
            {"resourceType":"OperationOutcome","issue":[{"severity":"information","code":"informational",\
            "diagnostics":"taken"}]}
            """
        return SiteAnswer(200, type: "application/fhir+json", body: Array(said.utf8))
    }
}
