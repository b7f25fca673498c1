/// The names and values of a URL's query, decoded, in order.
struct QueryText: Hashable, Sendable {
    struct Parameter: Hashable, Sendable {
        var name: String
        var value: String
    }

    var parameters: [Parameter]

    /// - Throws: `WebProblem` (400) when it is malformed or has more parameters than anybody needs.
    init(_ text: String?, limit: Int = 256) throws(WebProblem) {
        parameters = []
        for part in (text ?? "").split(separator: "&") {
            guard parameters.count < limit else { throw .badRequest("the query has too many parameters") }
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(pair[0], plusIsSpace: true),
                let value = PercentEncoding.decode(pair.count > 1 ? pair[1] : "", plusIsSpace: true)
            else { throw .badRequest("the query is not percent-encoded UTF-8") }
            parameters.append(Parameter(name: name, value: value))
        }
    }

    func values(_ name: String) -> [String] { parameters.filter { $0.name == name }.map(\.value) }
}
