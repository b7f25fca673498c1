import Foundation
import Host
import Testing

@testable import Console

/// As a program with a token.
struct InterfaceClient {
    let site: Site
    var token: String?
    var headers: [String: String] = [:]

    init(_ site: Site, token: String? = nil) {
        self.site = site
        self.token = token
    }

    func get(_ path: String, method: String = "GET") -> ConsoleAnswer {
        let parts = path.split(separator: "?", maxSplits: 1)
        return send(
            ConsoleRequest(
                method: method, path: "/api/v1" + parts[0],
                query: FormFields(parts.count > 1 ? parts[1] : "") ?? .none))
    }

    func post(_ path: String, _ body: String = "{}", code: String? = nil) -> ConsoleAnswer {
        var request = ConsoleRequest(method: "POST", path: "/api/v1" + path)
        request.body = Array(body.utf8)
        request.headers["content-type"] = "application/json"
        request.headers["cordon-code"] = code
        return send(request)
    }

    func send(_ request: ConsoleRequest) -> ConsoleAnswer {
        var request = request
        request.headers["host"] = "127.0.0.1:8090"
        if let token { request.headers["authorization"] = "Bearer " + token }
        for (name, value) in headers { request.headers[name] = value }
        let answer = site.responder.answer(request)
        conforms(answer, request)
        return answer
    }

    /// Every answer in the tests is as the description says.
    private func conforms(_ answer: ConsoleAnswer, _ request: ConsoleRequest) {
        #expect(
            Description.problems(of: answer, method: request.method, path: request.path) == [],
            "\(request.method) \(request.path.prefix(60)) \(answer.status)")
        #expect(answer.header("Cache-Control") == "no-store" && answer.header("X-Content-Type-Options") == "nosniff")
        #expect(answer.header("Set-Cookie") == nil && answer.header("Access-Control-Allow-Origin") == nil)
    }
}

extension Site {
    /// A token of somebody, with all that they may, or some of it.
    func token(_ name: String, _ permissions: Set<Permission> = Set(Permission.allCases), days: Int64 = 300) throws
        -> String
    {
        try accounts.addToken(
            "test", permissions: permissions, expires: time.now.adding(seconds: days * 86_400), of: name, at: time.now
        ).text
    }

    func client(_ name: String, _ permissions: Set<Permission> = Set(Permission.allCases)) throws -> InterfaceClient {
        InterfaceClient(self, token: try token(name, permissions))
    }
}

extension ConsoleAnswer {
    /// The object that it says.
    var object: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:] }
}

/// The description, as a program reads it: what answers are held against.
enum Description {
    nonisolated(unsafe) static let document: [String: Any] = {
        (try? JSONSerialization.jsonObject(with: Data(InterfaceDescription.bytes))) as? [String: Any] ?? [:]
    }()

    static func find(_ path: String) -> [String: Any]? {
        var place: Any? = document
        for step in path.split(separator: "/") where step != "#" { place = (place as? [String: Any])?[String(step)] }
        return place as? [String: Any]
    }

    static func problems(of answer: ConsoleAnswer, method: String, path: String) -> [String] {
        let route = ConsoleRoute.interface.first {
            $0.values(of: path) != nil && $0.method == (method == "HEAD" ? "GET" : method)
        }
        let media = answer.type.prefix { $0 != ";" }
        guard let route else {
            // Nothing is described there: a problem is told all the same.
            return media == "application/problem+json"
                ? problems(answer.object, find("components/schemas/Problem") ?? [:], "") : ["no problem is told"]
        }
        let paths = document["paths"] as? [String: Any]
        let operation = (paths?[route.template] as? [String: Any])?[route.method.lowercased()] as? [String: Any]
        guard var response = (operation?["responses"] as? [String: Any])?["\(answer.status)"] as? [String: Any] else {
            return ["the status \(answer.status) is not described"]
        }
        if let reference = response["$ref"] as? String { response = find(reference) ?? [:] }
        guard let content = (response["content"] as? [String: Any])?[String(media)] as? [String: Any] else {
            return ["the type \(media) is not described"]
        }
        for name in (response["headers"] as? [String: Any] ?? [:]).keys where answer.header(name) == nil {
            return ["the header \(name) is not there"]
        }
        guard let schema = content["schema"] as? [String: Any], !schema.isEmpty else { return [] }
        guard let value = try? JSONSerialization.jsonObject(with: Data(answer.body)) else { return ["it is no JSON"] }
        return problems(value, schema, "")
    }

    /// As much of JSON Schema as the description has.
    private static func problems(_ value: Any, _ schema: [String: Any], _ place: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            guard let found = find(reference) else { return ["\(place): \(reference) is not there"] }
            return problems(value, found, place)
        }
        if let choices = schema["enum"] as? [String] {
            return (value as? String).map { choices.contains($0) } ?? false ? [] : ["\(place): none of the choices"]
        }
        switch schema["type"] as? String {
        case "string":
            guard let text = value as? String else { return ["\(place): no text"] }
            if schema["format"] as? String == "date-time", Instant(text) == nil { return ["\(place): no time"] }
            return []
        case "integer":
            guard let number = value as? NSNumber, !isTruth(number), number.doubleValue == number.doubleValue.rounded()
            else { return ["\(place): no number"] }
            return []
        case "boolean": return (value as? NSNumber).map(isTruth) ?? false ? [] : ["\(place): not true or false"]
        case "array":
            guard let values = value as? [Any] else { return ["\(place): no list"] }
            return values.enumerated().flatMap {
                problems($1, schema["items"] as? [String: Any] ?? [:], "\(place)/\($0)")
            }
        case "object":
            guard let object = value as? [String: Any] else { return ["\(place): no object"] }
            let properties = schema["properties"] as? [String: Any] ?? [:]
            let missing = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }
            return missing.map { "\(place)/\($0): missing" }
                + object.flatMap { name, value -> [String] in
                    guard let schema = properties[name] as? [String: Any] else {
                        return ["\(place)/\(name): not known"]
                    }
                    return problems(value, schema, "\(place)/\(name)")
                }
        default: return ["\(place): the schema is of no type"]
        }
    }

    private static func isTruth(_ number: NSNumber) -> Bool {
        CFGetTypeIDIsBoolean(number)
    }
}

/// Foundation tells truth from numbers by the type that they are encoded with.
private func CFGetTypeIDIsBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
