internal import Inputs

/// Errors of the interface, as problem details (RFC 9457).
extension ConsoleProblem {
    /// `urn:cordon:problem:…`: what programs tell them apart by.
    var kind: String {
        switch status {
        case 400: "unreadable-request"
        case 401: title == Self.codeTitle ? "code-required" : "not-authenticated"
        case 403: "forbidden"
        case 404: "not-found"
        case 405: "method-not-allowed"
        case 409: "conflict"
        case 413: "too-large"
        case 415: "unsupported-media-type"
        case 422: "invalid"
        case 429: "too-many-requests"
        case 503: "unavailable"
        default: "internal"
        }
    }

    static let kinds = [
        "unreadable-request", "code-required", "not-authenticated", "forbidden", "not-found", "method-not-allowed",
        "conflict", "too-large", "unsupported-media-type", "invalid", "too-many-requests", "unavailable", "internal",
    ]

    static let codeTitle = "A fresh proof of who you are is asked for"

    var details: ConsoleAnswer {
        var answer = ConsoleAnswer.json(
            .object([
                "type": .string("urn:cordon:problem:\(kind)"), "title": .string(title), "status": .number(status),
                "detail": .string(detail),
            ]), status: status)
        answer.type = "application/problem+json"
        answer.headers = headers.map { (name: $0.name, value: $0.value) }
        return answer
    }

    static let described = DescribedSchema(
        name: "Problem",
        json: .object([
            "type": .string("object"),
            "description": .string("Why something was not done (RFC 9457). It names no patient."),
            "properties": .object([
                "type": .object([
                    "type": .string("string"), "enum": .strings(kinds.map { "urn:cordon:problem:\($0)" }),
                ]),
                "title": .object(["type": .string("string")]),
                "status": .object(["type": .string("integer")]),
                "detail": .object(["type": .string("string")]),
            ]),
            "required": .strings(["type", "title", "status", "detail"]), "additionalProperties": .bool(false),
        ]))
}
