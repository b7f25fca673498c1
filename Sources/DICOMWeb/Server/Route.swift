/// A resource with what may be done to it. The table of PS3.18, and what a site adds to it, is the whole of what a server answers
/// to: everything else is 404, and another method 405.
public struct Route: Hashable, Sendable {
    public enum Action: Hashable, Sendable {
        /// PS3.18 10.5
        case store
        /// PS3.18 10.6
        case search(WebQuery.Level)
        /// PS3.18 10.4
        case retrieve, metadata, frames, bulkData, rendered, thumbnail
        /// Whether the listener answers. Asks for no credentials and says nothing of the site.
        case health
        /// What the site has beside those of the standard (`SiteResource`).
        case site
    }

    /// `studies/{study}/series`; a last step `{path*}` is all that follows.
    public let template: String
    /// By method. HEAD is answered wherever GET is.
    public let actions: [String: Action]
    fileprivate let steps: [Step]

    enum Step: Hashable, Sendable {
        case word(String)
        case value(String)
        case rest(String)
    }

    private init(_ template: String, _ actions: [String: Action]) {
        self.template = template
        self.actions = actions
        steps = template.split(separator: "/").map { step in
            guard step.first == "{" else { return .word(String(step)) }
            let name = step.dropFirst().dropLast()
            return name.last == "*" ? .rest(String(name.dropLast())) : .value(String(name))
        }
    }

    init(_ resource: any SiteResource) {
        self.init(
            resource.template,
            Dictionary(resource.methods.map { ($0, Action.site) }, uniquingKeysWith: { one, _ in one }))
    }

    /// What may be asked for, for `Allow` (RFC 9110 10.2.1).
    public var methods: [String] { (actions.keys + (actions["GET"] == nil ? [] : ["HEAD"])).sorted() }

    /// Those of PS3.18.
    public static let all: [Route] = {
        let study = "studies/{study}"
        let series = "\(study)/series/{series}"
        let instance = "\(series)/instances/{instance}"
        var routes = [
            Route("health", ["GET": .health]),
            Route("studies", ["GET": .search(.study), "POST": .store]),
            Route(study, ["GET": .retrieve, "POST": .store]),
            Route("series", ["GET": .search(.series)]),
            Route("instances", ["GET": .search(.instance)]),
            Route("\(study)/series", ["GET": .search(.series)]),
            Route("\(study)/instances", ["GET": .search(.instance)]),
            Route(series, ["GET": .retrieve]),
            Route("\(series)/instances", ["GET": .search(.instance)]),
            Route(instance, ["GET": .retrieve]),
            Route("\(instance)/frames/{frames}", ["GET": .frames]),
            Route("\(instance)/bulkdata/{path*}", ["GET": .bulkData]),
        ]
        for resource in [study, series, instance] {
            routes.append(Route("\(resource)/metadata", ["GET": .metadata]))
        }
        for resource in [study, series, instance, "\(instance)/frames/{frames}"] {
            routes.append(Route("\(resource)/rendered", ["GET": .rendered]))
            routes.append(Route("\(resource)/thumbnail", ["GET": .thumbnail]))
        }
        return routes
    }()
}

/// A route with the values that a path has in the places of its names.
struct RouteMatch: Hashable, Sendable {
    var route: Route
    var values: [String: String]

    /// - Parameter path: without the query, percent-encoded, behind the base path; nil when no route has it.
    init?(path: some StringProtocol, among routes: [Route] = Route.all) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count <= Self.longest else { return nil }
        var decoded: [String] = []
        for part in parts {
            guard let text = PercentEncoding.decode(part) else { return nil }
            decoded.append(text)
        }
        for route in routes {
            if let values = Self.values(decoded, route) {
                self.route = route
                self.values = values
                return
            }
        }
        return nil
    }

    /// A path of bulk data has two steps for each level of nesting.
    private static let longest = 80

    private static func values(_ parts: [String], _ route: Route) -> [String: String]? {
        var values: [String: String] = [:]
        for (index, step) in route.steps.enumerated() {
            guard index < parts.count else { return nil }
            switch step {
            case .word(let word): guard parts[index] == word else { return nil }
            case .value(let name): values[name] = parts[index]
            case .rest(let name):
                values[name] = parts[index...].joined(separator: "/")
                return values
            }
        }
        return parts.count == route.steps.count ? values : nil
    }
}
