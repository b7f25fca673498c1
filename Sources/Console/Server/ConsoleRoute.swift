/// A page or an action: the table `all` is the whole of what a console answers to.
package struct ConsoleRoute: Sendable {
    package enum Access: Hashable, Sendable {
        /// For those who are not in yet: shows nothing of the site.
        case everybody
        case those(Permission)
    }

    package var method: String
    /// `/holds/{hold}/release`
    package var template: String
    package var access: Access
    /// What its answer shows besides, where it does something and answers with what became of it.
    package var shows: Permission?
    /// Whether it asks for a code again: whoever finds a browser open cannot do it.
    package var needsCode: Bool
    /// Whether it asks for this request, where not for all.
    var asksCode: @Sendable (Exchange) -> Bool = { _ in true }
    /// What the description of the interface says of it; nil for pages.
    package var operation: Operation?
    let handler: @Sendable (Exchange) throws -> ConsoleAnswer

    private init(
        _ method: String, _ template: String, _ access: Access, needsCode: Bool,
        _ handler: @escaping @Sendable (Exchange) throws -> ConsoleAnswer
    ) {
        self.method = method
        self.template = template
        self.access = access
        self.needsCode = needsCode
        self.handler = handler
    }

    static func open(
        _ method: String, _ template: String, _ handler: @escaping @Sendable (Exchange) throws -> ConsoleAnswer
    ) -> ConsoleRoute { ConsoleRoute(method, template, .everybody, needsCode: false, handler) }

    static func page(
        _ template: String, _ permission: Permission, _ handler: @escaping @Sendable (Exchange) throws -> ConsoleAnswer
    ) -> ConsoleRoute { ConsoleRoute("GET", template, .those(permission), needsCode: false, handler) }

    static func action(
        _ template: String, _ permission: Permission, needsCode: Bool = false,
        when asksCode: @escaping @Sendable (Exchange) -> Bool = { _ in true },
        _ handler: @escaping @Sendable (Exchange) throws -> ConsoleAnswer
    ) -> ConsoleRoute {
        var route = ConsoleRoute("POST", template, .those(permission), needsCode: needsCode, handler)
        route.asksCode = asksCode
        return route
    }

    /// Every one.
    package static let all: [ConsoleRoute] =
        StylePages.routes + LoginPages.routes + HomePages.routes + QueuePages.routes + StudyPages.routes
        + PicturePages.routes + RulePages.routes + CandidatePages.routes + ProductionPages.routes + HoldPages.routes
        + GrantPages.routes + LogPages.routes + OperationsPages.routes + OwnAccountPages.routes + AccountPages.routes
        + ProviderPages.routes + TokenPages.routes + InterfaceRoutes.all

    /// The values that a path has in the places of names; nil when it is another's.
    package func values(of path: String) -> [String: String]? {
        let steps = template.split(separator: "/"), parts = path.split(separator: "/", omittingEmptySubsequences: true)
        guard steps.count == parts.count, path.hasPrefix("/") else { return nil }
        var values: [String: String] = [:]
        for (step, part) in zip(steps, parts) {
            guard let text = PercentText.decode(part, isForm: false) else { return nil }
            if step.first == "{" {
                values[String(step.dropFirst().dropLast())] = text
            } else if text != step {
                return nil
            }
        }
        return values
    }
}
