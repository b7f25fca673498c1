import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// The interface for programs: who may, what is taken, and that it is as described.
struct InterfaceTests {
    /// A body with something in each field that is asked for.
    static func body(_ route: ConsoleRoute) -> String {
        let fields = (route.operation?.body ?? []).filter(\.isRequired).map { field in
            let value =
                switch field.schema {
                case .text, .document: "\"words\""
                case .uid: "\"1.2.3\""
                case .day: "\"2028-01-01\""
                case .integer(let from, _): "\(from)"
                case .boolean: "true"
                case .oneOf(let choices): "\"\(choices.last ?? "")\""
                case .list(.oneOf(let choices)): "[\"\(choices.first ?? "")\"]"
                case .list(.integer(let from, _)): "[\(from)]"
                default: "[]"
                }
            return "\"\(field.name)\": \(value)"
        }
        return "{\(fields.joined(separator: ", "))}"
    }

    static func path(_ route: ConsoleRoute) -> String {
        SampleRecords.path(route).replacing("/api/v1", with: "").replacing("{token}", with: "99")
    }

    private func ask(_ client: InterfaceClient, _ route: ConsoleRoute, code: String?) throws -> ConsoleAnswer {
        let path = Self.path(route)
        let queries = ["/studies": "?study=\(SampleRecords.study)", "/rules/try": "?instance=\(SampleRecords.study).1"]
        let query = queries[path] ?? ""
        return route.method == "GET"
            ? client.get(path + query) : client.post(path, Self.body(route), code: code)
    }

    @Test(arguments: Role.allCases)
    func `each role may do exactly what the table says, at each route of the interface`(role: Role) throws {
        let site = try Site(Site.endless, operations: SampleGateway(), rules: Repository.path("Examples/first.xml"))
        try site.account("them", role)
        try SampleRecords.fill(site)
        let client = try site.client("them")
        for route in ConsoleRoute.interface {
            guard case .those(let permission) = route.access else { continue }
            let refusals = try site.events(.accessRefused).count
            let answer = try ask(client, route, code: route.needsCode ? site.nextCode("them") : nil)
            let isAllowed = RoleTable.allows([role], permission)
            #expect((answer.status == 403) == !isAllowed || route.method == "POST", "\(role) \(route.template)")
            #expect(answer.status != 500 && answer.status != 401, "\(role) \(route.method) \(route.template)")
            let byRole = try site.events(.accessRefused).dropFirst(refusals).filter {
                $0.facts.contains { $0.name == "why" && $0.value == "role" }
            }
            #expect(byRole.isEmpty == isAllowed, "\(role) \(route.method) \(route.template)")
            // There is no checkpoint, and no vault.
            let isProof = route.template.hasSuffix("/proof"), isPicture = route.template.hasSuffix("/{frame}")
            if isAllowed, route.method == "GET" {
                #expect(answer.status == (isProof ? 409 : isPicture ? 404 : 200), "\(route.template)")
            }
        }
    }

    @Test func `a token may do no more than it was given, whoever it is of`() throws {
        let site = try Site(Site.endless, operations: SampleGateway())
        try site.account("anna", .administrator, .legal, .reviewer, .auditor, .viewer)
        try SampleRecords.fill(site)
        for given in Permission.allCases {
            let client = try site.client("anna", [given])
            for route in ConsoleRoute.interface {
                guard case .those(let permission) = route.access else { continue }
                let isRefused = permission != given || route.shows.map { $0 != given } ?? false
                // What is done is refused as well where its answer would show more.
                guard route.method == "GET" || isRefused else { continue }
                #expect((try ask(client, route, code: nil).status == 403) == isRefused, "\(route.template)")
            }
            let tokens = try site.accounts.tokens(of: "anna", at: site.time.now)
            for token in tokens { _ = try site.accounts.removeToken(token.id, of: "anna") }
        }
        // Nor sees values of patients, with the permission for studies alone.
        let text = try site.client("anna", [.seeStudies]).get("/studies/\(SampleRecords.study)").html
        #expect(text.contains(SampleRecords.study) && !text.contains("P-4711") && !text.contains("Roe"))
        let whole = try site.client("anna", [.seeStudies, .seePatients]).get("/studies/\(SampleRecords.study)").html
        #expect(whole.contains("P-4711"))
    }

    @Test func `without a token nothing is told, and nothing is done`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .administrator, .legal, .reviewer, .auditor)
        try SampleRecords.fill(site)
        let before = try site.registry.readLog { try $0.logSize() }
        let browser = try site.browser("anna")
        for route in ConsoleRoute.interface where route.access != .everybody {
            let answer = try ask(InterfaceClient(site), route, code: nil)
            #expect(answer.status == 401 && answer.header("WWW-Authenticate") == "Bearer realm=\"cordon\"")
            // A session is none: a page of another site could use it.
            var withCookie = InterfaceClient(site)
            withCookie.headers["x"] = "y"
            var request = ConsoleRequest(method: route.method, path: "/api/v1" + Self.path(route))
            request.cookies = browser.cookies
            #expect(withCookie.send(request).status == 401)
        }
        #expect(try site.events(.loginRefused).isEmpty && site.events(.accessRefused).isEmpty)
        #expect(try site.registry.readLog { try $0.logSize() } == before + 1)
    }

    @Test func `a page of another site gets nothing, with whatever token`() throws {
        let site = try Site()
        try site.account("anna", .legal)
        var client = try site.client("anna")
        for headers in [["origin": "https://evil.example"], ["origin": "null"], ["sec-fetch-site": "cross-site"]] {
            client.headers = headers
            #expect(client.get("/holds").status == 403)
            #expect(client.post("/holds").status == 403)
        }
        client.headers = ["origin": "http://127.0.0.1:8090"]
        #expect(client.get("/holds").status == 200)
    }

    @Test func `what every page does, a route of the interface does, for the same people and with the same proof`()
        throws
    {
        var covered: [String: ConsoleRoute] = [:]
        for route in ConsoleRoute.interface { for page in route.operation?.covers ?? [] { covered[page] = route } }
        // What is a page by nature, or of a browser's session: going, and passwords.
        let ofPages: Set = ["POST /logout", "POST /account/password"]
        for page in ConsoleRoute.pages where page.access != .everybody {
            let name = "\(page.method) \(page.template)"
            guard !ofPages.contains(name) else { continue }
            guard let route = covered[name] else {
                Issue.record("no route of the interface covers \(name)")
                continue
            }
            // A list stands in for the form by which something is made, which those see who may make it.
            let isForm = name == "GET /holds/new"
            #expect(isForm || route.access == page.access, "\(name)")
            #expect(route.needsCode == page.needsCode && route.method == page.method, "\(name)")
        }
        let pages = Set(ConsoleRoute.pages.map { "\($0.method) \($0.template)" })
        #expect(Set(covered.keys).isSubset(of: pages), "what it covers is there")
    }

    @Test func `the description is served, and has every route with what it asks for`() throws {
        let site = try Site()
        let answer = InterfaceClient(site).get("/openapi.json")
        #expect(answer.status == 200 && answer.object["openapi"] as? String == "3.1.0")
        let paths = try #require(answer.object["paths"] as? [String: [String: Any]])
        var operations: Set<String> = []
        for route in ConsoleRoute.interface {
            let operation = try #require(paths[route.template]?[route.method.lowercased()] as? [String: Any])
            operations.insert(try #require(operation["operationId"] as? String))
            if case .those(let permission) = route.access {
                #expect((operation["description"] as? String)?.contains("`\(permission.rawValue)`") == true)
            }
            let parameters = (operation["parameters"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
            #expect(parameters.contains("Cordon-Code") == route.needsCode)
            for step in route.template.split(separator: "/") where step.first == "{" {
                #expect(parameters.contains(String(step.dropFirst().dropLast())))
            }
        }
        #expect(operations.count == ConsoleRoute.interface.count, "each has an id of its own")
        #expect(paths.values.map(\.count).reduce(0, +) == ConsoleRoute.interface.count, "and there are no others")
        // Every schema that is named is there.
        let text = answer.html
        for reference in text.matches(of: /"#\/(components\/[A-Za-z0-9\/]+)"/) {
            #expect(Description.find(String(reference.1)) != nil, "\(reference.1)")
        }
    }

    @Test func `another method is refused, and those that there are are told`() throws {
        let site = try Site()
        for path in Set(ConsoleRoute.interface.map(Self.path)) {
            let known = Set(
                ConsoleRoute.interface.filter { $0.values(of: "/api/v1" + path) != nil }.map(\.method))
            for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET", "POST"] where !known.contains(method) {
                let answer = InterfaceClient(site).get(path, method: method)
                #expect(answer.status == 405)
                let allowed = Set((answer.header("Allow") ?? "").split(separator: ", ").map(String.init))
                #expect(allowed.subtracting(["HEAD"]) == known)
            }
        }
        #expect(InterfaceClient(site).get("/nowhere").status == 404)
        // The page's path is not another way in.
        #expect(Browser(site).get("/%61pi/v1/holds").status == 404)
    }

    @Test(arguments: [
        (#"{"matter": "M", "matter": "N"}"#, 400), ("[]", 400), ("{", 400), (#"{"secret-canary": 1}"#, 400),
        (#"{"about": "secret-canary", "value": "1"}"#, 422), (#"{"matter": 7}"#, 422), (#"{"matter": ""}"#, 422),
        (#"{"matter": "secret-canary\n"}"#, 422), (#"{"matter": null}"#, 422), ("{}", 422),
        (#"{"start": "secret-canary"}"#, 422), (String(repeating: "[", count: 5000), 400),
    ])
    func `what cannot be read is refused, and never told back`(body: String, status: Int) throws {
        let site = try Site()
        try site.account("anna", .legal)
        let answer = try site.client("anna").post("/holds", body)
        #expect(answer.status == status && answer.type == "application/problem+json")
        #expect(!answer.html.contains("secret-canary"))
        #expect(try site.registry.holds().isEmpty)
    }

    @Test func `queries are taken as described, and no other`() throws {
        let site = try Site()
        try site.account("anna", .legal)
        let client = try site.client("anna")
        for (query, status) in [
            ("?limit=0", 422), ("?limit=201", 422), ("?limit=x", 422), ("?limit=-1", 422), ("?after=-1", 422),
            ("?after=99999999999999999999", 422), ("?nothing=1", 400), ("?limit=1&limit=2", 400), ("?state=some", 422),
            ("?state=all&limit=1&after=3", 200), ("?matter=%00", 422),
        ] { #expect(client.get("/holds" + query).status == status, "\(query)") }
        var request = ConsoleRequest(method: "POST", path: "/api/v1/holds")
        request.body = Array("about=patient".utf8)
        request.headers["content-type"] = "application/x-www-form-urlencoded"
        #expect(client.send(request).status == 415)
    }

    @Test func `pages of a list follow each other, and none is left out`() throws {
        let site = try Site()
        try site.account("anna", .legal)
        let paul = try SampleRecords.person("paul")
        for number in 1...7 {
            _ = try site.registry.place(
                HoldOrder(
                    matter: "M-\(number % 2)", custodian: "c", reason: "r", authority: "a", scope: .study("1.\(number)")
                ),
                by: paul, at: site.time.now)
        }
        let client = try site.client("anna")
        var found: [Int] = []
        var path = "/holds?limit=3"
        while true {
            let page = client.get(path).object
            found += (page["holds"] as? [[String: Any]] ?? []).compactMap { $0["id"] as? Int }
            guard let next = page["next"] as? Int else { break }
            path = "/holds?limit=3&after=\(next)"
        }
        #expect(found == Array(1...7))
        let matter = client.get("/holds?matter=M-1").object["holds"] as? [[String: Any]]
        #expect(matter?.count == 4)
    }

    @Test func `a release that is asked for is found by its matter, however many wait before it`() throws {
        let site = try Site(Site.endless)
        try site.account("anna", .legal)
        let paul = try SampleRecords.person("paul"), rosa = try SampleRecords.person("rosa"), now = site.time.now
        for number in 1...HomePages.most + 2 {
            let hold = try site.registry.place(
                HoldOrder(
                    matter: number <= HomePages.most ? "M-1" : "M-2", custodian: "c", reason: "r", authority: "a",
                    scope: .study("1.\(number)")), by: paul, at: now)
            _ = try site.registry.requestRelease(ofHold: hold.id, reason: "settled", by: rosa, at: now)
        }
        let client = try site.client("anna")
        let page = client.get("/holds?state=asked&matter=M-2&limit=1").object
        let first = page["holds"] as? [[String: Any]] ?? []
        #expect(first.compactMap { $0["id"] as? Int } == [HomePages.most + 1])
        let next = try #require(page["next"] as? Int)
        let rest = client.get("/holds?state=asked&matter=M-2&limit=1&after=\(next)").object
        #expect((rest["holds"] as? [[String: Any]])?.count == 1 && rest["next"] == nil)
    }
}
