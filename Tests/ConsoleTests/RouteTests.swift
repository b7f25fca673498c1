import CustodyLog
import Foundation
import Host
import Registry
import Testing

@testable import Console

/// Every route is found in the table that the console itself answers by: none can be forgotten.
struct RouteTests {
    @Test(arguments: Role.allCases)
    func `each role may do exactly what the table says, at each route`(role: Role) throws {
        let site = try Site(Site.endless, operations: SampleGateway())
        try site.account("them", role)
        try SampleRecords.fill(site)
        let browser = try site.browser("them")
        for route in ConsoleRoute.pages {
            guard case .those(let permission) = route.access, route.template != "/logout" else { continue }
            let path = SampleRecords.path(route)
            let refusals = try site.events(.accessRefused).count
            let answer =
                route.method == "GET"
                ? browser.get(path) : browser.post(path, ["code": route.needsCode ? site.nextCode("them") : ""])
            let roleRefusals = try site.events(.accessRefused).dropFirst(refusals).filter {
                $0.facts.contains { $0.name == "why" && $0.value == "role" }
            }
            let isAllowed = RoleTable.allows([role], permission)
            #expect(roleRefusals.isEmpty == isAllowed, "\(role) \(route.method) \(route.template)")
            #expect((answer.status == 403 && answer.html.contains("You may not do that")) == !isAllowed)
            #expect(answer.status != 500, "\(role) \(route.method) \(route.template)")
            // What has no field filled in is either done without any, or says what is missing; a page is shown.
            let isProof = route.template == "/log/{entry}/proof"
            if isAllowed, route.method == "GET" { #expect(answer.status == (isProof ? 409 : 200), "\(route.template)") }
        }
    }

    @Test func `who is not in sees nothing, and does nothing`() throws {
        let site = try Site()
        let before = try site.registry.readLog { try $0.logSize() }
        for route in ConsoleRoute.pages where route.access != .everybody {
            let browser = Browser(site)
            let answer =
                route.method == "GET"
                ? browser.get(SampleRecords.path(route)) : browser.post(SampleRecords.path(route))
            #expect(answer.status == (route.method == "GET" ? 303 : 401), "\(route.method) \(route.template)")
            if route.method == "GET" { #expect(answer.header("Location")?.hasPrefix("/login?next=%2F") == true) }
        }
        #expect(try site.registry.readLog { try $0.logSize() } == before)
    }

    @Test func `another method is refused, and those that there are are told`() throws {
        let site = try Site()
        for path in Set(ConsoleRoute.pages.map(SampleRecords.path)) {
            let known = Set(ConsoleRoute.pages.filter { $0.values(of: path) != nil }.map(\.method))
            for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "GET", "POST"] where !known.contains(method) {
                let answer = Browser(site).get(path, method: method)
                #expect(answer.status == 405)
                #expect(
                    (answer.header("Allow") ?? "").split(separator: ", ").map(String.init).contains("GET")
                        == known.contains("GET"))
                #expect((answer.header("Allow") ?? "").contains("POST") == known.contains("POST"))
            }
        }
        #expect(Browser(site).get("/nowhere").status == 404)
    }

    @Test func `each permission is asked for somewhere, or in a page`() {
        var used = Set(
            ConsoleRoute.pages.compactMap { route -> Permission? in
                if case .those(let permission) = route.access { permission } else { nil }
            })
        // They open parts of pages.
        used.formUnion(Permission.ofParts)
        #expect(used == Set(Permission.allCases))
    }

    @Test func `the table in the documentation is the table`() throws {
        let text = try String(contentsOfFile: Repository.path("docs/console.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.contains("| yes") }
        let head = try #require(text.split(separator: "\n").first { $0.hasPrefix("| who may |") })
        let roles = head.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.dropFirst()
            .compactMap { Role(rawValue: $0) }
        #expect(Set(roles) == Set(Role.allCases))
        var seen: Set<String> = []
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            let permission = try #require(Permission.allCases.first { $0.words == cells[1] }, "\(cells[1])")
            seen.insert(permission.rawValue)
            for (place, role) in roles.enumerated() {
                #expect((cells[place + 2] == "yes") == RoleTable.allows([role], permission), "\(permission) \(role)")
            }
        }
        #expect(seen.count == Permission.allCases.count)
    }
}

/// Where the checkout is.
enum Repository {
    static func path(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path + "/" + name
    }
}
