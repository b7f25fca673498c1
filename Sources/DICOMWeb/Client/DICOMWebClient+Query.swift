import DICOMCore
import DICOMDictionary
import AsyncHTTPClient
public import DICOMFile
import NIOCore
import NIOHTTP1

extension DICOMWebClient {
    /// Searches (PS3.18 10.6). Answers are read as they are asked for.
    /// - Throws: `WebClientError`; the feed throws it too, and `MetadataError`.
    public func search(_ query: WebQuery) async throws -> QueryAnswers {
        let response = try await execute(.GET, Self.address(query), accept: "application/dicom+json")
        if response.status.code == 204 { return QueryAnswers(Feed([])) }
        try require(response, 200, 206)
        // PS3.18 8.3.4.4
        let isTruncated =
            response.status.code == 206 || response.headers["Warning"].contains { $0.contains("exceeded") }
        return QueryAnswers(try dataSets(response), isTruncated: isTruncated)
    }

    /// The attributes of each instance of a resource (PS3.18 10.4.1.1.2), without bulk data.
    public func metadata(of resource: StudyResource) async throws -> Feed<DICOMFile> {
        let response = try await execute(.GET, "\(resource.path)/metadata", accept: "application/dicom+json")
        try require(response, 200)
        return try dataSets(response)
    }

    private func dataSets(_ response: HTTPClientResponse) throws -> Feed<DICOMFile> {
        let type = mediaType(response)
        guard type?.bare == .dicomJSON || type?.essence == "application/json" else {
            throw WebClientError.malformed("JSON was asked for")
        }
        let reader = JSONFiles(JSONArrayReader(body(response), limit: settings.dataSetLength))
        return Feed { try await reader.next() }
    }

    static func address(_ query: WebQuery) -> String {
        var path = ""
        if let study = query.study { path += "studies/\(study)/" }
        if query.study != nil, let series = query.series { path += "series/\(series)/" }
        switch query.level {
        case .study: path = "studies"
        case .series: path += "series"
        case .instance: path += "instances"
        }
        var parameters = query.matches.map { match in
            // Lists of UIDs have commas in a URL.
            let isUID = match.path.last.flatMap { StandardDictionary.vr(of: $0) } == .UI
            let value = isUID ? match.value.split(separator: "\\").joined(separator: ",") : match.value
            // UIDs, too: what a C-FIND calls one may be anything, and must not become another parameter.
            return "\(name(match.path))=\(PercentEncoding.encodeQuery(value))"
        }
        switch query.fields {
        case .all: parameters.append("includefield=all")
        case .these(let paths): parameters += paths.map { "includefield=\(name($0))" }
        }
        if let limit = query.limit { parameters.append("limit=\(limit)") }
        if query.offset > 0 { parameters.append("offset=\(query.offset)") }
        return parameters.isEmpty ? path : path + "?" + parameters.joined(separator: "&")
    }

    private static func name(_ path: [Tag]) -> String {
        path.map { hexadecimal($0.group) + hexadecimal($0.element) }.joined(separator: ".")
    }
}

// SAFETY: a feed has one reader at a time.
private final class JSONFiles: @unchecked Sendable {
    private let reader: JSONArrayReader

    init(_ reader: JSONArrayReader) { self.reader = reader }

    func next() async throws -> DICOMFile? {
        guard let bytes = try await reader.next() else { return nil }
        return try WebDataSet(json: bytes).file()
    }
}
