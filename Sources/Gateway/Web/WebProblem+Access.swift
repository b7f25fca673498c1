internal import Access
internal import DICOMWeb

extension WebProblem {
    /// What a client hears of what the core could not do. That something is withheld is no error, and never comes here.
    init(_ error: AccessError) {
        switch error.code {
        case .invalid: self = .badRequest("the request cannot be meant")
        case .tooMany: self = .tooLarge("more is asked for than is given at once; ask for less")
        case .forbidden: self = .insufficientScope
        case .archive: self = .badGateway
        case .storage, .configuration: self = .unavailable(retryAfter: 60)
        }
    }

    /// Runs a verb of the core.
    static func translating<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as AccessError { throw WebProblem(error) } catch is GatewayError
        {
            throw WebProblem.unavailable(retryAfter: 60)
        }
    }
}
