import DICOMCore
import DICOMDictionary

/// A search as its URL asks for it (PS3.18 8.3.4, 10.6.1).
struct ParsedQuery {
    var query: WebQuery
    /// For `Warning` (RFC 7234 5.5): what was asked for and is not done.
    var warnings: [String] = []
    /// How many the client itself wants; else the most that a listener gives is in force.
    var isLimitedByClient = false

    /// - Parameter maximum: the most answers of one search.
    init(_ level: WebQuery.Level, _ values: [String: String], _ text: QueryText, maximum: Int) throws(WebProblem) {
        query = WebQuery(level, study: values["study"], series: values["series"])
        var seen: Set<[Tag]> = []
        for parameter in text.parameters {
            switch parameter.name {
            case "accept": break
            case "limit": query.limit = try Self.number(parameter)
            case "offset": query.offset = try Self.number(parameter)
            case "includefield": try include(parameter.value)
            case "fuzzymatching":
                guard parameter.value != "false" else { break }
                // PS3.18 10.6.1.3
                warnings.append(
                    "The fuzzymatching parameter is not supported. Only literal matching has been performed.")
            case "emptyvaluematching", "multiplevaluematching":
                guard parameter.value == "false" else {
                    throw .badRequest("`\(parameter.name)` is not offered here")
                }
            default:
                let path = try Self.path(parameter.name)
                guard seen.insert(path).inserted else {
                    throw .badRequest("\(Self.name(path)) is asked for twice; put several values into one, with commas")
                }
                try match(path, parameter.value)
            }
        }
        isLimitedByClient = query.limit.map { $0 <= maximum } ?? false
        if !isLimitedByClient { query.limit = maximum }
    }

    private static func number(_ parameter: QueryText.Parameter) throws(WebProblem) -> Int {
        guard parameter.value.utf8.count <= 18, parameter.value.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(parameter.value)
        else { throw .badRequest("`\(parameter.name)` is no whole number") }
        return number
    }

    private mutating func include(_ value: String) throws(WebProblem) {
        if value == "all" {
            query.fields = .all
            return
        }
        guard case .these(var paths) = query.fields else { return }
        for name in value.split(separator: ",") { paths.append(try Self.path(String(name))) }
        query.fields = .these(paths)
    }

    private mutating func match(_ path: [Tag], _ value: String) throws(WebProblem) {
        guard let tag = path.last else { return }
        guard StandardDictionary.vr(of: tag) != .SQ else {
            throw .badRequest("\(Self.name(path)) is a sequence; name an attribute in it, with a dot")
        }
        guard value.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "\u{7F}" }) else {
            throw .badRequest("the value of \(Self.name(path)) has control characters in it")
        }
        var value = value
        if StandardDictionary.vr(of: tag) == .UI {
            let uids = value.split(omittingEmptySubsequences: true) { $0 == "," || $0 == "\\" }
            guard uids.allSatisfy({ UID.isValid($0) }) else {
                throw .badRequest("the value of \(Self.name(path)) is no list of UIDs")
            }
            value = uids.joined(separator: "\\")
        }
        // The URL's own study and series are said already; another one in the query finds nothing, as matching has it.
        query.matches.append(WebQuery.Match(path: path, value: value))
    }

    /// `PatientID`, `00100020`, `RequestAttributesSequence.ScheduledProcedureStepID`, `00400275.00400009`.
    static func path(_ text: String) throws(WebProblem) -> [Tag] {
        var path: [Tag] = []
        for step in text.split(separator: ".", omittingEmptySubsequences: false) {
            guard path.count < 8, let tag = tag(step) else {
                throw .badRequest(
                    "a parameter of the query is neither known nor an attribute's keyword, tag, or path with dots")
            }
            path.append(tag)
        }
        for sequence in path.dropLast() where (StandardDictionary.vr(of: sequence) ?? .SQ) != .SQ {
            throw .badRequest("\(sequence) is no sequence")
        }
        return path
    }

    private static func tag(_ text: Substring) -> Tag? {
        if text.utf8.count == 8, text.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) { return Tag(text) }
        return StandardDictionary.entry(forKeyword: String(text)).flatMap { text.isEmpty ? nil : $0.tag }
    }

    private static func name(_ path: [Tag]) -> String { path.map(\.description).joined(separator: ".") }
}
