import DICOMFile

/// A JSON text in the making: keys in the order they are given, so that the same decision is the same line.
public indirect enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Int)
    case string(String)
    case array([JSON])
    case object([Member])

    public struct Member: Sendable, Hashable {
        public var key: String
        public var value: JSON

        public init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// An object without the members whose value is nil.
    public static func object(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { key, value in value.map { Member(key: key, value: $0) } })
    }

    public static func strings(_ values: some Sequence<String>) -> JSON { .array(values.map { .string($0) }) }

    /// On one line.
    public var text: String { text(indent: nil) }

    /// On many lines, for people.
    public var indentedText: String { text(indent: 2) }

    private func text(indent: Int?) -> String {
        var writer = JSONWriter(indent: indent)
        write(to: &writer)
        return writer.text
    }

    private func write(to json: inout JSONWriter, for key: String? = nil) {
        switch self {
        case .null: json.null(for: key)
        case .bool(let value): json.boolean(value, for: key)
        case .number(let value): json.number(value, for: key)
        case .string(let value): json.string(value, for: key)
        case .array(let values): json.array(for: key) { json in for value in values { value.write(to: &json) } }
        case .object(let members):
            json.object(for: key) { json in for member in members { member.value.write(to: &json, for: member.key) } }
        }
    }
}
