import AsyncHTTPClient
import NIOCore
import NIOHTTP1

extension DICOMWebClient {
    /// The instances of a resource (PS3.18 10.4.1.1.1), one after the other: the bytes of one are read, or skipped, before
    /// the next is asked for.
    public func instances(of resource: StudyResource, acceptable: AcceptableSyntaxes = .any) async throws
        -> Feed<RetrievedInstance>
    {
        let response = try await execute(.GET, resource.path, accept: Self.accept("application/dicom", acceptable))
        try require(response, 200, 206)
        let parts = try self.parts(response)
        return Feed {
            guard let part = try await parts.next() else { return nil }
            let type = part.headers.contentType
            guard type == nil || type?.bare == .dicom else {
                throw WebClientError.malformed("an instance was asked for")
            }
            return RetrievedInstance(
                transferSyntax: type?["transfer-syntax"] ?? "", length: part.length, bytes: part.bytes)
        }
    }

    /// Frames by number from 1 (PS3.18 10.4.1.1.6), each a part with its media type.
    public func frames(_ numbers: [Int], of instance: StudyResource, acceptable: AcceptableSyntaxes = .any) async throws
        -> Feed<MultipartPart>
    {
        let list = numbers.map { String($0) }.joined(separator: ",")
        let response = try await execute(
            .GET, "\(instance.path)/frames/\(list)", accept: Self.accept("application/octet-stream", acceptable))
        try require(response, 200, 206)
        return try parts(response)
    }

    /// Bulk data by the URI that metadata names (PS3.18 10.4.1.1.5), absolute or behind the base.
    public func bulkData(_ uri: String) async throws -> Feed<MultipartPart> {
        guard isOurs(uri) || !uri.contains("://") else {
            throw WebClientError.malformed("bulk data is said to be on another server")
        }
        let response = try await execute(.GET, uri, accept: Self.accept("application/octet-stream", .any))
        try require(response, 200, 206)
        return try parts(response)
    }

    /// Whatever the server renders (PS3.18 10.4.1.1.3), passed on as it comes.
    public func rendered(_ request: RenderedRequest) async throws -> RenderedAnswer {
        var path = request.resource.path
        if !request.frames.isEmpty { path += "/frames/" + request.frames.map { String($0) }.joined(separator: ",") }
        path += request.isThumbnail ? "/thumbnail" : "/rendered"
        let parameters = request.parameters.map {
            "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))"
        }
        if !parameters.isEmpty { path += "?" + parameters.joined(separator: "&") }
        let accept = request.acceptable.isEmpty ? "*/*" : request.acceptable.joined(separator: ", ")
        let response = try await execute(.GET, path, accept: accept)
        try require(response, 200)
        guard let type = mediaType(response) else { throw WebClientError.malformed("it has no Content-Type") }
        let length = response.headers.first(name: "Content-Length").flatMap { Int($0) }
        return RenderedAnswer(mediaType: type.description, length: length, bytes: body(response))
    }

    /// The parts of an answer; a body that is not multipart is one part.
    private func parts(_ response: HTTPClientResponse) throws -> Feed<MultipartPart> {
        guard let type = mediaType(response) else { throw WebClientError.malformed("it has no Content-Type") }
        guard type.type == "multipart" else {
            let length = response.headers.first(name: "Content-Length").flatMap { Int($0) }
            return Feed([
                MultipartPart(
                    MultipartHeaders([.init("content-type", type.description)]), length: length, bytes: body(response))
            ])
        }
        let reader = PartsReader(try MultipartReader(body(response), type: type, limits: settings.multipart))
        return Feed { try await reader.next() }
    }

    private static func accept(_ type: String, _ acceptable: AcceptableSyntaxes) -> String {
        func range(_ syntax: String?, _ quality: Int) -> String {
            let parameter = syntax.map { "; transfer-syntax=\($0)" } ?? ""
            let weight = quality == 10 ? "" : "; q=0.\(quality)"
            return "multipart/related; type=\"\(type)\"\(parameter)\(weight)"
        }
        var ranges = acceptable.uids.prefix(32).map { range($0, 10) }
        if acceptable.takesAny { ranges.append(range("*", ranges.isEmpty ? 10 : 5)) }
        if ranges.isEmpty { ranges.append(range(nil, 10)) }
        return ranges.joined(separator: ", ")
    }
}

// SAFETY: a feed has one reader at a time.
private final class PartsReader: @unchecked Sendable {
    private let reader: MultipartReader

    init(_ reader: MultipartReader) { self.reader = reader }

    func next() async throws -> MultipartPart? {
        guard let headers = try await reader.nextPart() else { return nil }
        return MultipartPart(headers, length: headers["content-length"].flatMap { Int($0) }, bytes: reader.part())
    }
}
