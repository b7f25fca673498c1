import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile
import NIOCore

/// A Store request that brings metadata, and bulk data in parts of their own (PS3.18 10.5.2, 8.6.3): each data set becomes a
/// PS3.10 file. Bulk data is spooled as it comes, so that its size does not matter.
struct MetadataStore {
    let receiver: any ObjectReceiver
    let settings: WebServerSettings
    /// Of the metadata.
    let type: MediaType

    func store(
        _ reader: MultipartReader, study: String?, from caller: Caller, into response: inout StoreResponse
    ) async throws {
        var dataSets: [WebDataSet] = []
        let spool = try BulkDataSpool(folder: settings.scratch)
        var metadataLength = 0
        while let headers = try await reader.nextPart() {
            guard !headers.isEncoded else {
                throw WebProblem.unsupportedMediaType("parts come without Content-Transfer-Encoding")
            }
            if headers.contentType?.bare == type || headers.contentType?.essence == "application/json" {
                let bytes = try await collect(reader, &metadataLength)
                dataSets += try Self.dataSets(bytes, type)
                // Each is answered for, and JSON has thousands of empty ones in some kilobytes.
                guard dataSets.count <= settings.multipart.parts else {
                    throw WebProblem.tooLarge("there are more data sets than are taken in one request")
                }
            } else {
                guard let location = headers.contentLocation else {
                    throw WebProblem.badRequest("a part of bulk data has a Content-Location")
                }
                let mediaType = headers.contentType ?? .octetStream
                guard try await spool.add(reader.part(), location: location, type: mediaType) else {
                    throw WebProblem.badRequest("two parts have the same Content-Location")
                }
            }
        }
        for dataSet in dataSets {
            guard let object = ObjectAssembly(dataSet, spool) else {
                response.add(
                    StoreOutcome(
                        .failure(.cannotUnderstand), sopClass: dataSet.text(.sopClassUID),
                        sopInstance: dataSet.text(.sopInstanceUID)))
                continue
            }
            response.add(
                await receiver.store(
                    IncomingObject(study: study, transferSyntax: object.transferSyntax, bytes: object.bytes),
                    from: caller))
        }
    }

    private func collect(_ reader: MultipartReader, _ total: inout Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let buffer = try await reader.nextBytes() {
            total += buffer.readableBytes
            guard total <= settings.metadataLength else {
                throw WebProblem.tooLarge("there is more metadata than is taken in one request")
            }
            bytes += buffer.readableBytesView
        }
        return bytes
    }

    /// XML has one data set to a part, JSON an array of them.
    private static func dataSets(_ bytes: [UInt8], _ type: MediaType) throws(MetadataError) -> [WebDataSet] {
        if type == .dicomXML { return [try WebDataSet(xml: bytes)] }
        return try WebDataSet.all(json: bytes)
    }
}

extension WebDataSet {
    /// The data sets of an array, or one alone.
    static func all(json bytes: [UInt8]) throws(MetadataError) -> [WebDataSet] {
        let text = try JSONParser.parse(bytes)
        guard case .array(let objects) = text else { return [try WebDataSet(text)] }
        return try objects.map { object throws(MetadataError) in try WebDataSet(object) }
    }
}
