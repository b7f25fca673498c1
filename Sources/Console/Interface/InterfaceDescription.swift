internal import Inputs

/// The interface's description (OpenAPI 3.1.0), made from the routes themselves.
enum InterfaceDescription {
    static let route: ConsoleRoute = {
        var route = ConsoleRoute.open("GET", ConsoleRoute.interfacePath + "/openapi.json") { _ in
            ConsoleAnswer(type: "application/json", bytes)
        }
        route.operation = Operation(
            "getDescription", "description", "This description.", answer: .file("application/json"), covers: [])
        return route
    }()

    /// Made once: the table does not change while the console runs.
    static let bytes = Array((document(ConsoleRoute.interface).indentedText + "\n").utf8)

    static func document(_ routes: [ConsoleRoute]) -> JSON {
        var paths: [String] = []
        for route in routes where !paths.contains(route.template) { paths.append(route.template) }
        return .object([
            "openapi": .string("3.1.0"),
            "info": .object([
                "title": .string("Cordon console"), "version": .string("1"),
                "description": .string(
                    "All that the pages of the console do, for programs. Each request acts for a person, with the same "
                        + "permissions and the same entries on the custody log."),
            ]),
            "servers": .array([.object(["url": .string("/")])]),
            "security": .array([.object(["token": .array([])])]),
            "paths": .object(
                paths.map { path in
                    JSON.Member(
                        key: path,
                        value: .object(
                            routes.filter { $0.template == path }.compactMap { route in
                                route.operation.map {
                                    JSON.Member(key: route.method.lowercased(), value: operation(route, $0))
                                }
                            }))
                }),
            "components": .object([
                "schemas": .object(InterfaceRoutes.schemas.map { JSON.Member(key: $0.name, value: $0.json) }),
                "responses": .object(problems.map { JSON.Member(key: "\($0.status)", value: problem($0)) }),
                "securitySchemes": .object([
                    "token": .object([
                        "type": .string("http"), "scheme": .string("bearer"),
                        "description": .string(
                            "A token that somebody made at `Your account`, or an access token of the identity provider."
                        ),
                    ])
                ]),
            ]),
        ])
    }

    // MARK: - An operation

    private static func operation(_ route: ConsoleRoute, _ operation: Operation) -> JSON {
        var parameters = route.template.split(separator: "/").filter { $0.first == "{" }.map { step in
            pathParameter(String(step.dropFirst().dropLast()))
        }
        parameters += operation.query.map { field in
            .object([
                "name": .string(field.name), "in": .string("query"), "required": .bool(field.isRequired),
                "description": .string(field.words), "schema": field.schema.json,
            ])
        }
        if route.needsCode {
            parameters.append(
                .object([
                    "name": .string("Cordon-Code"), "in": .string("header"), "required": .bool(false),
                    "description": .string(
                        "The code that the authenticator of a local account shows now, or a recovery code. For a token of the "
                            + "identity provider a fresh sign-in stands in (RFC 9470)."),
                    "schema": .object(["type": .string("string"), "maxLength": .number(InterfaceResponder.longestCode)]
                    ),
                ]))
        }
        let isOpen = route.access == .everybody
        return .object([
            "operationId": .string(operation.id), "summary": .string(operation.summary),
            "tags": .strings([operation.section]),
            "description": words(route).map { .string($0) },
            "security": isOpen ? .array([]) : nil,
            "parameters": parameters.isEmpty ? nil : .array(parameters),
            "requestBody": operation.body.map { body($0) },
            "responses": .object(
                [JSON.Member(key: "\(operation.status)", value: answer(operation.answer))]
                    + problems.filter { $0.isPossible(route, operation) }.map {
                        JSON.Member(
                            key: "\($0.status)",
                            value: .object(["$ref": .string("#/components/responses/\($0.status)")]))
                    }),
        ])
    }

    private static func words(_ route: ConsoleRoute) -> String? {
        switch route.access {
        case .everybody: nil
        case .those(let permission):
            "For those who may \(permission.words) (`\(permission.rawValue)`)"
                + (route.shows.map { ", and \($0.words) (`\($0.rawValue)`)" } ?? "") + "."
        }
    }

    private static func pathParameter(_ name: String) -> JSON {
        let (schema, words): (JSON, String) =
            switch name {
            case "study": (.object(["type": .string("string"), "minLength": .number(1)]), "Study Instance UID.")
            case "account": (.object(["type": .string("string"), "minLength": .number(1)]), "Name of an account.")
            case "production":
                (.object(["type": .string("string"), "minLength": .number(1)]), "Name of what is in the folder.")
            case "instance":
                (.object(["type": .string("string"), "minLength": .number(1)]), "Digest of the instance, SHA-256.")
            case "frame": (Schema.oneOf(PictureDesk.Frame.allCases.map(\.rawValue)).json, "Which frame.")
            case "entry": (Schema.integer(from: 0).json, "Index of an entry.")
            default: (Schema.integer(from: 1).json, "Number of the \(name).")
            }
        return .object([
            "name": .string(name), "in": .string("path"), "required": .bool(true), "description": .string(words),
            "schema": schema,
        ])
    }

    private static func body(_ fields: [Operation.Field]) -> JSON {
        .object([
            "required": .bool(fields.contains { $0.isRequired }),
            "content": .object([
                "application/json": .object([
                    "schema": .object([
                        "type": .string("object"),
                        "properties": .object(
                            fields.map { JSON.Member(key: $0.name, value: $0.schema.json($0.words)) }),
                        "required": .strings(fields.filter(\.isRequired).map(\.name)),
                        "additionalProperties": .bool(false),
                    ])
                ])
            ]),
        ])
    }

    private static func answer(_ answer: Operation.Answer) -> JSON {
        let (type, schema): (String, JSON) =
            switch answer {
            case .json(let schema): ("application/json", schema.json)
            case .file(let type): (type, .object([]))
            }
        return .object([
            "description": .string("Done."),
            "content": .object([JSON.Member(key: type, value: .object(["schema": schema]))]),
        ])
    }

    // MARK: - What may go wrong

    private struct Possible {
        var status: Int
        var words: String
        var header: String?
        var isPossible: (ConsoleRoute, Operation) -> Bool
    }

    private static var problems: [Possible] {
        func always(_ route: ConsoleRoute, _ operation: Operation) -> Bool { true }
        func asks(_ route: ConsoleRoute, _ operation: Operation) -> Bool { route.access != .everybody }
        return [
            Possible(status: 400, words: "The request cannot be read.", isPossible: always),
            Possible(
                status: 401, words: "Nobody is known by the token, or a fresh proof of who asks is needed.",
                header: "WWW-Authenticate", isPossible: asks),
            Possible(status: 403, words: "Not for this caller.", isPossible: always),
            Possible(status: 404, words: "There is no such thing.", isPossible: always),
            Possible(status: 409, words: "It is not as it would have to be.", isPossible: asks),
            Possible(status: 413, words: "The body is too large.", isPossible: { $1.body != nil }),
            Possible(status: 415, words: "The body is no JSON.", isPossible: { $1.body != nil }),
            Possible(status: 422, words: "A value does not fit.", isPossible: asks),
            Possible(status: 429, words: "Too many requests, or attempts.", header: "Retry-After", isPossible: asks),
            Possible(status: 500, words: "Something went wrong here.", isPossible: always),
            Possible(status: 503, words: "Not now.", isPossible: asks),
        ]
    }

    private static func problem(_ possible: Possible) -> JSON {
        .object([
            "description": .string(possible.words),
            "headers": possible.header.map {
                .object([JSON.Member(key: $0, value: .object(["schema": .object(["type": .string("string")])]))])
            },
            "content": .object([
                "application/problem+json": .object(["schema": Schema.named("Problem").json])
            ]),
        ])
    }
}
