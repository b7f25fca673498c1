import AsyncHTTPClient
import DICOMCore
import DICOMFile
public import NIOCore
import NIOHTTP1

/// An object to be sent.
public struct OutgoingObject: Sendable {
    public var transferSyntax: String?
    /// Bytes of the whole; nil sends it in chunks, which some servers do not take.
    public var length: Int?
    /// The PS3.10 file.
    public var bytes: Feed<ByteBuffer>

    public init(transferSyntax: String? = nil, length: Int? = nil, bytes: Feed<ByteBuffer>) {
        self.transferSyntax = transferSyntax
        self.length = length
        self.bytes = bytes
    }
}

/// What a server said of each object that was sent. One that it does not speak of was not stored, as far as we know.
public struct StoreReport: Hashable, Sendable {
    public var status: Int
    public var outcomes: [StoreOutcome]

    /// What became of the object with this SOP Instance UID.
    public func outcome(of instance: String) -> StoreOutcome? {
        // Said to have failed counts more than said to be stored.
        let own = outcomes.filter { $0.sopInstance == instance }
        return own.first { !$0.isStored } ?? own.first
    }
}

extension DICOMWebClient {
    /// Stores objects in one request (PS3.18 10.5).
    ///
    /// - Returns: what the server said, for every status that comes with a report: 200, 202, 409, and 503.
    /// - Throws: `WebClientError`; what a feed of bytes throws.
    public func store(_ objects: [OutgoingObject], study: String? = nil) async throws -> StoreReport {
        let writer = MultipartWriter(type: .dicom)
        let parts = objects.map { object in
            var type = MediaType.dicom
            if let syntax = object.transferSyntax { type.parameters = [.init("transfer-syntax", syntax)] }
            return MultipartPart(
                MultipartHeaders([.init("Content-Type", type.description)]), length: object.length,
                bytes: object.bytes)
        }
        let length = writer.length(of: parts)
        let body = FeedSequence(feed: writer.body(Feed(parts)), loop: loop)
        let response = try await execute(
            .POST, study.map { "studies/\($0)" } ?? "studies", accept: "application/dicom+json",
            headers: [("Content-Type", writer.contentType.description)],
            body: .stream(body, length: length.map { .known(Int64($0)) } ?? .unknown))
        let status = Int(response.status.code)
        let bytes: [UInt8]
        do {
            bytes = Array(buffer: try await response.body.collect(upTo: settings.storeResponseLength))
        } catch {
            throw WebClientError.lost
        }
        let isReport = [200, 202, 409, 503].contains(status)
        guard isReport, let report = report(bytes, mediaType(response), status) else {
            guard status / 100 != 2 else {
                throw WebClientError.malformed("a Store request has a report for an answer")
            }
            throw WebClientError.status(status)
        }
        return report
    }

    private func report(_ bytes: [UInt8], _ type: MediaType?, _ status: Int) -> StoreReport? {
        let isXML = type?.bare == .dicomXML || bytes.first == UInt8(ascii: "<")
        let dataSets = isXML ? (try? WebDataSet(xml: bytes)).map { [$0] } : try? WebDataSet.all(json: bytes)
        guard let dataSet = dataSets?.first else { return nil }
        var outcomes: [StoreOutcome] = []
        for element in dataSet.elements {
            guard case .items(let items) = element.value else { continue }
            switch element.tag {
            case .referencedSOPSequence:
                outcomes += items.map { outcome($0, .warningReason) { $0.map { .warning($0) } ?? .stored } }
            case .failedSOPSequence, .otherFailuresSequence:
                outcomes += items.map { outcome($0, .failureReason) { .failure($0 ?? .processingFailure) } }
            default: continue
            }
        }
        return StoreReport(status: status, outcomes: outcomes)
    }

    private func outcome(
        _ item: [WebDataSet.Element], _ reason: Tag, _ result: (StoreReason?) -> StoreOutcome.Result
    ) -> StoreOutcome {
        func bytes(_ tag: Tag) -> [UInt8]? {
            guard case .bytes(let bytes)? = item.first(where: { $0.tag == tag })?.value else { return nil }
            return bytes
        }
        func text(_ tag: Tag) -> String? { bytes(tag).flatMap { String(validating: $0, as: UTF8.self) } }
        let code = bytes(reason).flatMap { $0.count == 2 ? UInt16($0[0]) | UInt16($0[1]) << 8 : nil }
        // Some say "no warning" by a zero.
        return StoreOutcome(
            result(code.flatMap { $0 == 0 ? nil : StoreReason(rawValue: $0) }), sopClass: text(.referencedSOPClassUID),
            sopInstance: text(.referencedSOPInstanceUID))
    }
}
