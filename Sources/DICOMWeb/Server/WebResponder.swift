import DICOMCore
import HTTPTypes
import NIOCore

/// Everything that a server may be asked for goes through here: who asks is found out before anything else is looked at.
struct WebResponder: Sendable {
    let settings: WebServerSettings
    let services: WebServices

    /// - Returns: the answer; which resource it is of; and for an error that nobody is told of, of what kind it is.
    func answer(_ request: WebRequest) async -> (answer: WebAnswer, template: String, failure: String?) {
        guard let match = RouteMatch(path: request.path, among: services.routes) else {
            return (WebAnswer(WebProblem(404, "there is no such resource")), "", nil)
        }
        do {
            return (try await answer(request, match), match.route.template, nil)
        } catch {
            let problem = Self.problem(error)
            return (
                WebAnswer(problem), match.route.template, problem.status == 500 ? "\(type(of: error))" : nil
            )
        }
    }

    /// What a client is told of an error; of those that are not meant for it, nothing.
    static func problem(_ error: any Error) -> WebProblem {
        switch error {
        case let problem as WebProblem: problem
        case let error as MultipartError: WebProblem(error.status, "the body cannot be read: \(error)")
        case let error as MetadataError: .badRequest("\(error)")
        default: WebProblem(500, "something went wrong here; the log says what")
        }
    }

    private func answer(_ request: WebRequest, _ match: RouteMatch) async throws -> WebAnswer {
        let method = request.method == "HEAD" ? "GET" : request.method
        guard let action = match.route.actions[method] else {
            throw WebProblem(
                405, "this resource cannot be asked for that",
                headers: [.init("Allow", match.route.methods.joined(separator: ", "))])
        }
        if action == .health { return WebAnswer(200, type: MediaType("text", "plain"), bytes: Array("ok\n".utf8)) }
        let caller = try await services.authenticator.caller(request.credentials)
        let answer = try await perform(action, request, match, for: caller)
        switch action {
        // What was done is done, and says so.
        case .store, .site, .health: return answer
        case .search, .retrieve, .metadata, .frames, .bulkData, .rendered, .thumbnail:
            return try bounded(answer, for: caller)
        }
    }

    /// Nothing is given to a caller whose token has ended, also when it was good as the answer began: the connection is cut then, so that
    /// nobody takes a part for the whole.
    private func bounded(_ answer: WebAnswer, for caller: Caller) throws -> WebAnswer {
        let authenticator = services.authenticator
        guard authenticator.stillHolds(caller) else { throw WebProblem.noLongerProved }
        var bounded = answer
        bounded.body = answer.body?.map { piece -> ByteBuffer in
            guard authenticator.stillHolds(caller) else { throw WebProblem.noLongerProved }
            return piece
        }
        return bounded
    }

    private func perform(
        _ action: Route.Action, _ request: WebRequest, _ match: RouteMatch, for caller: Caller
    ) async throws -> WebAnswer {
        let values = match.values
        if action == .site {
            guard let own = services.others.first(where: { $0.template == match.route.template }) else {
                throw WebProblem.notFound
            }
            return try await SiteService(resource: own).answer(request, values, for: caller)
        }
        for name in ["study", "series", "instance"] {
            if let uid = values[name], !UID.isValid(uid) {
                throw WebProblem.badRequest("the path names a \(name) by what is no UID (PS3.5 9)")
            }
        }
        let resource = values["study"].map {
            StudyResource(study: $0, series: values["series"], instance: values["instance"])
        }
        switch (action, resource) {
        case (.health, _), (.site, _): return WebAnswer(200)
        case (.store, _):
            guard let receiver = services.receiver else { throw WebProblem.notImplemented }
            return try await StoreService(receiver: receiver, settings: settings)
                .answer(request, study: values["study"], for: caller)
        case (.search(let level), _):
            guard let provider = services.queries else { throw WebProblem.notImplemented }
            return try await QueryService(provider: provider, settings: settings)
                .answer(request, level, values, for: caller)
        case (_, nil): throw WebProblem.notFound
        case (.retrieve, let resource?):
            return try await retrieval.instances(request, resource, for: caller)
        case (.metadata, let resource?):
            return try await retrieval.metadata(request, resource, for: caller)
        case (.rendered, let resource?), (.thumbnail, let resource?):
            return try await retrieval.rendered(
                request, resource, frames: values["frames"], isThumbnail: action == .thumbnail, for: caller)
        case (.frames, let resource?):
            return try await bulkData.frames(request, resource, list: values["frames"] ?? "", for: caller)
        case (.bulkData, let resource?):
            return try await bulkData.bulkData(request, resource, path: values["path"] ?? "", for: caller)
        }
    }

    private var retrieval: RetrieveService {
        get throws(WebProblem) {
            guard let provider = services.retrieval else { throw .notImplemented }
            return RetrieveService(provider: provider, settings: settings)
        }
    }

    private var bulkData: BulkDataService {
        get throws(WebProblem) {
            guard let provider = services.retrieval else { throw .notImplemented }
            return BulkDataService(provider: provider, settings: settings)
        }
    }
}
