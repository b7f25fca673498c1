import DICOMCore
import DICOMFile
import HTTPTypes
import NIOCore

/// The Store transaction (PS3.18 10.5).
struct StoreService: Sendable {
    let receiver: any ObjectReceiver
    let settings: WebServerSettings

    func answer(_ request: WebRequest, study: String?, for caller: Caller) async throws -> WebAnswer {
        let representation = try MetadataRepresentation.negotiate(try request.accept(try QueryText(request.query)))
        guard let type = request.headers[.contentType].flatMap({ MediaType($0) }) else {
            throw WebProblem.unsupportedMediaType("a Store request has a Content-Type")
        }
        var response = StoreResponse(base: request.base, study: study)
        if type.bare == .dicom {
            response.add(
                await receiver.store(
                    IncomingObject(study: study, transferSyntax: type["transfer-syntax"], bytes: request.body),
                    from: caller))
            return try response.answer(representation)
        }
        guard type.bare == MediaType("multipart", "related") else { throw Self.unsupported }
        let inner = type["type"].flatMap { MediaType($0) }?.bare ?? .dicom
        let reader = try MultipartReader(request.body, type: type, limits: settings.multipart)
        do {
            switch inner {
            case .dicom: try await storeFiles(reader, study, caller, &response)
            case .dicomJSON, .dicomXML:
                let assembly = MetadataStore(receiver: receiver, settings: settings, type: inner)
                try await assembly.store(reader, study: study, from: caller, into: &response)
            default: throw Self.unsupported
            }
        } catch let problem where !response.isEmpty {
            // What was stored before is said; so is that it is not all.
            return try response.answer(representation, status: Self.status(of: problem))
        }
        guard !response.isEmpty else { throw WebProblem.badRequest("there is no part in the body") }
        return try response.answer(representation)
    }

    private static let unsupported = WebProblem.unsupportedMediaType(
        "objects are taken as multipart/related; type=\"application/dicom\", or as application/dicom+json or "
            + "application/dicom+xml with bulk data")

    private static func status(of error: any Error) -> Int {
        (error as? WebProblem)?.status ?? (error as? MultipartError)?.status ?? 400
    }

    private func storeFiles(
        _ reader: MultipartReader, _ study: String?, _ caller: Caller, _ response: inout StoreResponse
    ) async throws {
        while let headers = try await reader.nextPart() {
            let type = headers.contentType
            guard !headers.isEncoded, type == nil || type?.bare == .dicom || type?.bare == .octetStream else {
                response.add(StoreOutcome(.failure(.cannotUnderstand)))
                continue
            }
            let object = IncomingObject(
                study: study, transferSyntax: type?["transfer-syntax"], bytes: reader.part())
            response.add(await receiver.store(object, from: caller))
        }
    }
}

extension MultipartError {
    var status: Int {
        switch code {
        case .partTooLong, .bodyTooLong, .tooManyParts, .headersTooLong: 413
        default: 400
        }
    }
}
