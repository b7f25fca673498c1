internal import Host
internal import Inputs

/// A kind of object that the interface answers with: its members once, for the description and for the values.
struct Resource<Value>: Sendable {
    struct Member: Sendable {
        var name: String
        var schema: Schema
        var words: String
        /// Whether it is left out where there is nothing, or where somebody may not see it.
        var isOptional: Bool
        var value: @Sendable (Value) -> JSON?
    }

    var name: String
    var words: String
    var members: [Member]

    func json(_ value: Value) -> JSON {
        .object(
            members.compactMap { member in
                member.value(value).map { JSON.Member(key: member.name, value: $0) }
            })
    }

    var schema: Schema { .named(name) }

    /// For the description.
    var described: DescribedSchema {
        DescribedSchema(
            name: name,
            json: .object([
                "type": .string("object"), "description": .string(words),
                "properties": .object(
                    members.map { member in JSON.Member(key: member.name, value: member.schema.json(member.words)) }),
                "required": .strings(members.filter { !$0.isOptional }.map(\.name)),
                "additionalProperties": .bool(false),
            ]))
    }
}

/// A schema with its name.
struct DescribedSchema: Sendable {
    var name: String
    var json: JSON
}

extension Schema {
    /// With what it means.
    func json(_ words: String) -> JSON {
        guard case .object(let members) = json else { return json }
        return .object(members + [JSON.Member(key: "description", value: .string(words))])
    }
}

extension Resource.Member {
    static func text(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> String) -> Self {
        Self(name: name, schema: .words, words: words, isOptional: false) { .string(value($0)) }
    }

    static func maybeText(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> String?) -> Self {
        Self(name: name, schema: .words, words: words, isOptional: true) { value($0).map { .string($0) } }
    }

    static func texts(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> [String]) -> Self {
        Self(name: name, schema: .list(.words), words: words, isOptional: false) { .strings(value($0)) }
    }

    static func number(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> Int) -> Self {
        Self(name: name, schema: .integer(from: 0), words: words, isOptional: false) { .number(value($0)) }
    }

    static func maybeNumber(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> Int?) -> Self {
        Self(name: name, schema: .integer(from: 0), words: words, isOptional: true) { value($0).map { .number($0) } }
    }

    static func time(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> Instant) -> Self {
        Self(name: name, schema: .instant, words: words, isOptional: false) { .string("\(value($0))") }
    }

    static func maybeTime(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> Instant?) -> Self {
        Self(name: name, schema: .instant, words: words, isOptional: true) { value($0).map { .string("\($0)") } }
    }

    static func truth(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> Bool) -> Self {
        Self(name: name, schema: .boolean, words: words, isOptional: false) { .bool(value($0)) }
    }

    static func maybeTruth(_ name: String, _ words: String, _ value: @escaping @Sendable (Value) -> Bool?) -> Self {
        Self(name: name, schema: .boolean, words: words, isOptional: true) { value($0).map { .bool($0) } }
    }

    static func choice(
        _ name: String, _ choices: [String], _ words: String, _ value: @escaping @Sendable (Value) -> String
    ) -> Self {
        Self(name: name, schema: .oneOf(choices), words: words, isOptional: false) { .string(value($0)) }
    }

    static func list<Part>(
        _ name: String, of part: Resource<Part>, _ words: String, _ value: @escaping @Sendable (Value) -> [Part]
    ) -> Self {
        Self(name: name, schema: .list(part.schema), words: words, isOptional: false) { whole in
            .array(value(whole).map { part.json($0) })
        }
    }

    static func maybe<Part>(
        _ name: String, _ part: Resource<Part>, _ words: String, _ value: @escaping @Sendable (Value) -> Part?
    ) -> Self {
        Self(name: name, schema: part.schema, words: words, isOptional: true) { value($0).map { part.json($0) } }
    }
}
