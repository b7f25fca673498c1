internal import Inputs

/// What the description says of a route of the interface, and by what its input is checked.
package struct Operation: Sendable {
    /// Something that a request brings, in its query or its body.
    struct Field: Sendable {
        var name: String
        var schema: Schema
        var words: String
        var isRequired: Bool
        /// As the form of the page calls it.
        var form: String

        init(_ name: String, _ schema: Schema, _ words: String, isRequired: Bool = false, form: String? = nil) {
            self.name = name
            self.schema = schema
            self.words = words
            self.isRequired = isRequired
            self.form = form ?? name
        }
    }

    /// What comes back when all is well.
    enum Answer: Sendable {
        case json(Schema)
        /// A file of this media type.
        case file(String)
    }

    /// `listHolds`
    package var id: String
    var summary: String
    var section: String
    var query: [Field]
    /// Nil where a request has no body.
    var body: [Field]?
    var answer: Answer
    /// 201 where something was made.
    var status: Int
    /// The pages and actions that it does the work of, as `POST /holds`.
    package var covers: [String]

    init(
        _ id: String, _ section: String, _ summary: String, query: [Field] = [], body: [Field]? = nil, answer: Answer,
        status: Int = 200, covers: [String]
    ) {
        self.id = id
        self.section = section
        self.summary = summary
        self.query = query
        self.body = body
        self.answer = answer
        self.status = status
        self.covers = covers
    }
}

extension Operation.Field {
    /// `limit` of a page, where the caller wants less or more.
    static func limit(_ most: Int, usual: Int) -> Operation.Field {
        Operation.Field("limit", .integer(from: 1, to: Int64(most)), "How many at most; \(usual) if not given.")
    }
}

extension ConsoleRoute {
    /// Before every path of the interface.
    package static let interfacePath = "/api/v1"

    /// Those that answer with pages to browsers.
    package static let pages = all.filter { $0.operation == nil }
    /// Those that answer with JSON to programs.
    package static let interface = all.filter { $0.operation != nil }

    /// Something that is read.
    static func reading(
        _ template: String, _ permission: Permission, _ operation: Operation,
        _ handler: @escaping @Sendable (Exchange) throws -> ConsoleAnswer
    ) -> ConsoleRoute {
        var route = page(interfacePath + template, permission, handler)
        route.operation = operation
        return route
    }

    /// Something that is done.
    static func doing(
        _ template: String, _ permission: Permission, needsCode: Bool = false, _ operation: Operation,
        _ handler: @escaping @Sendable (Exchange) throws -> ConsoleAnswer
    ) -> ConsoleRoute {
        var route = action(interfacePath + template, permission, needsCode: needsCode, handler)
        route.operation = operation
        return route
    }

    /// Does what an action of a page does, by that action: who may, and whether it asks for a code, is the same.
    ///
    /// - Parameters:
    ///   - shows: what the answer shows; nil where whoever may do it may see that.
    ///   - answer: what is told then, given where the page would lead.
    static func doing(
        as action: ConsoleRoute, shows: Permission? = nil, _ operation: Operation,
        _ answer: @escaping @Sendable (Exchange, _ path: String) throws -> JSON
    ) -> ConsoleRoute {
        guard case .those(let permission) = action.access else {
            // Nothing that is for everybody is done here.
            return doing(action.template, .manageAccounts, needsCode: true, operation) { _ in
                throw ConsoleProblem.notFound
            }
        }
        var operation = operation
        operation.covers = ["\(action.method) \(action.template)"]
        let status = operation.status
        var route = doing(action.template, permission, needsCode: action.needsCode, operation) { exchange in
            let done = try action.handler(exchange)
            guard done.status == 303, let path = done.headers.first(where: { $0.name == "Location" })?.value else {
                throw ConsoleProblem(500, "Something went wrong here", "It is not known whether it was done.")
            }
            do { return .json(try answer(exchange, path), status: status) } catch {
                throw ConsoleProblem(500, "It was done", "What became of it cannot be shown now; ask for it.")
            }
        }
        route.shows = shows
        route.asksCode = action.asksCode
        return route
    }

    /// The action of a page; one that never matches, should there be none, which a test would find.
    static func named(_ template: String, in routes: [ConsoleRoute]) -> ConsoleRoute {
        routes.first { $0.method == "POST" && $0.template == template }
            ?? .action("/-" + template, .manageAccounts, needsCode: true) { _ in throw ConsoleProblem.notFound }
    }
}

extension ConsoleAnswer {
    static func json(_ json: JSON, status: Int = 200) -> ConsoleAnswer {
        var answer = ConsoleAnswer(type: "application/json", Array((json.text + "\n").utf8))
        answer.status = status
        return answer
    }
}
