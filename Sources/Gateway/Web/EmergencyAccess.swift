internal import Access
internal import DICOMWeb
internal import Foundation
internal import Host
internal import Inputs
internal import Registry

/// `break-glass`: POST asks for access in an emergency, GET lists one's own that runs. The core alone says who may.
///
///     {"patient": "4711", "issuer": "HOSPITAL", "reason": "unconscious, no relatives", "minutes": 30}
///     {"study": "1.2.840.…", "reason": "…"}
struct EmergencyAccess: SiteResource {
    let template = "break-glass"
    let methods = ["GET", "POST"]
    let bodyLength = EmergencyBody.mostBytes
    let core: @Sendable () throws -> AccessCore
    let principal: @Sendable (Caller) -> Principal

    func answer(_ request: SiteRequest, for caller: Caller) async throws -> SiteAnswer {
        let principal = principal(caller)
        guard request.method == "POST" else {
            let grants = try await WebProblem.translating {
                try await WebThreads.run { [core] in try core().grants(of: principal) }
            }
            return SiteAnswer(200, JSON.object(["grants": .array(grants.map { $0.json })]))
        }
        let body = try EmergencyBody(request)
        let scope: Scope
        switch (body.patient, body.study) {
        case (let patient?, nil): scope = .patient(PatientIdentity(id: patient, issuer: body.issuer))
        case (nil, let study?) where body.issuer == nil: scope = .study(study)
        default: throw WebProblem.badRequest("name a `patient`, with an `issuer` or without, or a `study`")
        }
        if let minutes = body.minutes, !(1...(60 * 24 * 7)).contains(minutes) {
            throw WebProblem.badRequest("`minutes` is a number from 1 to 10080")
        }
        let order = AccessCore.EmergencyRequest(
            scope: scope, reason: body.reason, duration: body.minutes.map { .seconds($0 * 60) })
        let grant = try await WebProblem.translating {
            try await WebThreads.run { [core] in try core().breakGlass(order, by: principal) }
        }
        return SiteAnswer(201, grant.json)
    }
}

/// `break-glass/{number}/end`: POST ends one's own access before its time.
struct EmergencyEnd: SiteResource {
    let template = "break-glass/{number}/end"
    let methods = ["POST"]
    let bodyLength = EmergencyBody.mostBytes
    let core: @Sendable () throws -> AccessCore
    let principal: @Sendable (Caller) -> Principal

    func answer(_ request: SiteRequest, for caller: Caller) async throws -> SiteAnswer {
        let principal = principal(caller)
        let body = try EmergencyBody(request)
        guard let number = request.values["number"].flatMap({ Int64($0) }) else {
            throw WebProblem.badRequest("the path names a grant by what is no number")
        }
        let grant = try await WebProblem.translating {
            try await WebThreads.run { [core] in
                try core().endGrant(number, by: principal, reason: body.reason)
            }
        }
        return SiteAnswer(200, grant.json)
    }
}

/// What is written to ask for it, or to end it.
private struct EmergencyBody: Decodable {
    var patient: String?
    var issuer: String?
    var study: String?
    var reason: String
    var minutes: Int?

    static let mostBytes = 64 << 10

    init(_ request: SiteRequest) throws(WebProblem) {
        // Another media type could be sent by the page of a stranger, with this person's certificate (Fetch 3.2.2).
        guard request.contentType == "application/json" else {
            throw .unsupportedMediaType("the body is to be application/json")
        }
        guard let body = try? JSONDecoder().decode(EmergencyBody.self, from: Data(request.body)) else {
            throw .badRequest("the body is to be an object of JSON with a `reason`")
        }
        self = body
    }
}

extension Grant {
    /// For the person whose it is.
    fileprivate var json: JSON {
        JSON.object([
            "grant": .number(Int(id)), "started": .string("\(started)"), "until": .string("\(until)"),
            "ended": .bool(end != nil),
        ])
    }
}

extension SiteAnswer {
    fileprivate init(_ status: Int, _ json: JSON) {
        self.init(status, type: "application/json", body: Array((json.text + "\n").utf8))
    }
}
