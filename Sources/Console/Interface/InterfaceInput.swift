internal import DICOMWeb
internal import Inputs

/// Checks what a request brings against the operation's description, and gives it to handlers as forms have it.
enum InterfaceInput {
    /// - Throws: `ConsoleProblem` (400) for what is not read at all, and (422) for values that do not fit. Neither repeats what came.
    static func checked(_ request: ConsoleRequest, _ operation: Operation) throws(ConsoleProblem) -> ConsoleRequest {
        var request = request
        request.query = try query(request.query, operation.query)
        guard let fields = operation.body else {
            guard request.body.isEmpty else {
                throw ConsoleProblem(400, "The request cannot be read", "This takes no body.")
            }
            return request
        }
        request.form = try form(request, fields)
        return request
    }

    private static func query(
        _ query: FormFields, _ fields: [Operation.Field]
    ) throws(ConsoleProblem) -> FormFields {
        var pairs: [(String, String)] = []
        for name in query.names {
            guard let field = fields.first(where: { $0.name == name }) else {
                throw ConsoleProblem(400, "The request cannot be read", "The query has a name that is not known here.")
            }
            let values = query.all(name)
            guard values.count == 1, let value = values.first else {
                throw ConsoleProblem(400, "The request cannot be read", "`\(field.name)` stands twice in the query.")
            }
            guard let text = field.schema.formText(.string(value), isQuery: true) else { throw unfit(field) }
            pairs.append((field.form, text))
        }
        if let missing = fields.first(where: { $0.isRequired && query.raw($0.name) == nil }) { throw unfit(missing) }
        return FormFields(pairs: pairs)
    }

    private static func form(
        _ request: ConsoleRequest, _ fields: [Operation.Field]
    ) throws(ConsoleProblem) -> FormFields {
        let isOptional = fields.allSatisfy { !$0.isRequired }
        if request.body.isEmpty, isOptional, request.headers["content-type"] == nil { return .none }
        let type = request.headers["content-type"].map { $0.prefix { $0 != ";" }.lowercased().filter { $0 != " " } }
        guard type == "application/json" else {
            throw ConsoleProblem(
                415, "The request cannot be read", "The body is JSON: `Content-Type: application/json`.")
        }
        guard let json = try? JSONParser.parse(request.body), case .object(let members) = json else {
            throw ConsoleProblem(400, "The request cannot be read", "The body is no JSON object.")
        }
        guard Set(members.map(\.name)).count == members.count else {
            throw ConsoleProblem(400, "The request cannot be read", "A name stands twice in the body.")
        }
        var pairs: [(String, String)] = []
        for member in members {
            guard let field = fields.first(where: { $0.name == member.name }) else {
                throw ConsoleProblem(400, "The request cannot be read", "The body has a name that is not known here.")
            }
            if case .list(let schema) = field.schema {
                guard case .array(let values) = member.value, values.count <= 100 else { throw unfit(field) }
                for value in values {
                    guard let text = schema.formText(value) else { throw unfit(field) }
                    pairs.append((field.form, text))
                }
            } else {
                guard let text = field.schema.formText(member.value) else { throw unfit(field) }
                pairs.append((field.form, text))
            }
        }
        if let missing = fields.first(where: { field in
            field.isRequired && !members.contains { $0.name == field.name }
        }) {
            throw unfit(missing)
        }
        return FormFields(pairs: pairs)
    }

    private static func unfit(_ field: Operation.Field) -> ConsoleProblem {
        .invalid("`\(field.name)` is \(field.schema.expectation).")
    }
}
