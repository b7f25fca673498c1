import DICOMCore
import DICOMFile
import NIOCore

/// The Retrieve transaction (PS3.18 10.4): instances and metadata; frames and bulk data are in files of their own.
struct RetrieveService: Sendable {
    let provider: any RetrieveProvider
    let settings: WebServerSettings

    func instances(_ request: WebRequest, _ resource: StudyResource, for caller: Caller) async throws -> WebAnswer {
        let accept = try request.accept(try QueryText(request.query))
        let wanted = DICOMRepresentation.negotiate(
            accept, payload: [.dicom], allowsSingle: resource.instance != nil)
        guard let wanted else {
            throw WebProblem.notAcceptable(
                "instances are given as multipart/related; type=\"application/dicom\", one of them as "
                    + "application/dicom, too")
        }
        let instances = try await provider.instances(of: resource, acceptable: wanted.acceptable, for: caller)
        guard let first = try await instances.next() else { throw WebProblem.notFound }
        guard wanted.isMultipart else {
            return WebAnswer(200, type: Self.type(of: first), length: first.length, body: first.bytes)
        }
        let writer = MultipartWriter(type: .dicom)
        let parts = instances.preceded(by: first).map { instance in
            MultipartPart(
                MultipartHeaders([.init("content-type", Self.type(of: instance).description)]),
                length: instance.length, bytes: instance.bytes)
        }
        return WebAnswer(200, type: writer.contentType, body: writer.body(parts))
    }

    private static func type(of instance: RetrievedInstance) -> MediaType {
        MediaType("application", "dicom", parameters: [.init("transfer-syntax", instance.transferSyntax)])
    }

    func metadata(_ request: WebRequest, _ resource: StudyResource, for caller: Caller) async throws -> WebAnswer {
        let representation = try MetadataRepresentation.negotiate(try request.accept(try QueryText(request.query)))
        let files = try await provider.metadata(of: resource, for: caller)
        guard let first = try await files.next() else { throw WebProblem.notFound }
        let base = request.base
        let body = representation.body(files.preceded(by: first)) { file in
            var options = JSONModel.Options()
            options.namesBulkDataByPath = true
            options.bulkDataBase = Self.bulkDataBase(file, base)
            return options
        }
        return WebAnswer(200, type: body.type, body: body.bytes)
    }

    /// Where the bulk data of an instance is to be had.
    private static func bulkDataBase(_ file: DICOMFile, _ base: String) -> String {
        let uid = { (tag: Tag) in file.text(tag).map { PercentEncoding.encode($0) } ?? "" }
        let instance = StudyResource(
            study: uid(.studyInstanceUID), series: uid(.seriesInstanceUID), instance: uid(.sopInstanceUID))
        return "\(base)/\(instance.path)/bulkdata"
    }

    func rendered(
        _ request: WebRequest, _ resource: StudyResource, frames: String?, isThumbnail: Bool, for caller: Caller
    ) async throws -> WebAnswer {
        let query = try QueryText(request.query)
        let accept = try request.accept(query)
        let rendering = RenderedRequest(
            resource,
            frames: try frames.map { list throws(WebProblem) in try FrameList.parse(list, settings.frames) } ?? [],
            isThumbnail: isThumbnail,
            acceptable: accept.ranges.filter { $0.quality > 0 }.map(\.mediaType.essence),
            parameters: query.parameters.filter { $0.name != "accept" }.map { .init(name: $0.name, value: $0.value) })
        let answer = try await provider.rendered(rendering, for: caller)
        guard let type = MediaType(answer.mediaType) else { throw WebProblem.badGateway }
        return WebAnswer(200, type: type, length: answer.length, body: answer.bytes)
    }
}

extension RenderedRequest.Parameter {
    init(_ name: String, _ value: String) { self.init(name: name, value: value) }
}

/// `1,3,4` of a URL.
enum FrameList {
    static func parse(_ text: String, _ limit: Int) throws(WebProblem) -> [Int] {
        var result: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard part.utf8.count <= 9, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(part),
                number > 0
            else { throw .badRequest("frames are numbers from 1, with commas between them") }
            guard result.count < limit else { throw .badRequest("more than \(limit) frames are asked for at once") }
            result.append(number)
        }
        return result
    }
}
