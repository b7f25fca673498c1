import DICOMCore
import DICOMEncoding
import DICOMFile
import HTTPTypes
import NIOCore

/// Frames and bulk data of one instance (PS3.18 10.4.1.1.4, 10.4.1.1.6).
struct BulkDataService: Sendable {
    let provider: any RetrieveProvider
    let settings: WebServerSettings

    func frames(
        _ request: WebRequest, _ instance: StudyResource, list: String, for caller: Caller
    ) async throws -> WebAnswer {
        let numbers = try FrameList.parse(list, settings.frames)
        let accept = try request.accept(try QueryText(request.query))
        let file = try await provider.file(of: instance, acceptable: .any, for: caller)
        guard let index = FrameIndex(file) else {
            throw WebProblem(409, "this instance has no frames that can be told apart")
        }
        guard numbers.allSatisfy({ $0 <= index.frames.count }) else { throw WebProblem.notFound }
        return try Self.answer(accept, file, index, numbers.map { $0 - 1 }, isSingle: numbers.count == 1)
    }

    private static func answer(
        _ accept: AcceptList, _ file: DICOMFile, _ index: FrameIndex, _ frames: [Int], isSingle: Bool
    ) throws -> WebAnswer {
        let syntax = index.isEncapsulated ? file.transferSyntax.uid : TransferSyntax.explicitLittleEndian.uid
        let own = index.isEncapsulated ? FrameMediaType.of(syntax) : .octetStream
        let payload = own == .octetStream ? [own] : [own, .octetStream]
        guard let wanted = DICOMRepresentation.negotiate(accept, payload: payload, allowsSingle: isSingle),
            isGiven(syntax, as: wanted, own: own)
        else {
            throw WebProblem.notAcceptable("these pixels are given as \(own.essence); transfer-syntax=\(syntax)")
        }
        let type = MediaType(
            wanted.mediaType.type, wanted.mediaType.subtype, parameters: [.init("transfer-syntax", syntax)])
        if !wanted.isMultipart, let frame = frames.first {
            return WebAnswer(
                200, type: type, length: index.length(of: frame), body: index.bytes(of: frame, in: file))
        }
        // Parts are made one by one: there may be as many as a slide has tiles.
        let headers = MultipartHeaders([.init("content-type", type.description)])
        let writer = MultipartWriter(type: type)
        let parts = Feed<Int>(frames).map { frame in
            MultipartPart(headers, length: index.length(of: frame), bytes: index.bytes(of: frame, in: file))
        }
        return WebAnswer(
            200, type: writer.contentType,
            length: writer.length(of: frames.lazy.map { index.length(of: $0) }, headers: headers),
            body: writer.body(parts))
    }

    /// Nothing is transcoded. A media type names its default transfer syntax, so that asking for `image/jpeg` without one
    /// is taken for any that is one; `application/octet-stream` without one means uncompressed pixels (PS3.18 8.7.3.3.2).
    private static func isGiven(_ syntax: String, as wanted: DICOMRepresentation, own: MediaType) -> Bool {
        if wanted.acceptable.contains(syntax) { return true }
        guard wanted.acceptable.uids.isEmpty else { return false }
        return wanted.mediaType == own
    }

    func bulkData(
        _ request: WebRequest, _ instance: StudyResource, path: String, for caller: Caller
    ) async throws -> WebAnswer {
        let accept = try request.accept(try QueryText(request.query))
        let file = try await provider.file(of: instance, acceptable: .any, for: caller)
        guard let node = file.dataSet.node(atBulkDataPath: path) else { throw WebProblem.notFound }
        let element = file.dataSet.nodes[node]
        switch element.kind {
        case .item, .sequence: throw WebProblem.notFound
        case .fragments:
            guard let index = FrameIndex(file), element.tag == .pixelData, element.depth == 0 else {
                throw WebProblem(409, "this instance has no frames that can be told apart")
            }
            let all = Array(index.frames.indices)
            return try Self.answer(accept, file, index, all, isSingle: all.count == 1)
        case .element: break
        }
        guard let wanted = DICOMRepresentation.negotiate(accept, payload: [.octetStream], allowsSingle: true) else {
            throw WebProblem.notAcceptable("bulk data is given as application/octet-stream")
        }
        let unit = element.encoding.isBigEndian && element.vr != .UN ? file.valueRepresentation(of: node).unitSize : 1
        let bytes = { (range: Range<Int>) in
            Feed.dataSet(file, range) { unit > 1 ? Self.swapped($0, unit) : $0 }
        }
        let whole = element.valueStart..<element.valueEnd
        if wanted.isMultipart {
            let writer = MultipartWriter(type: .octetStream)
            let part = MultipartPart(
                MultipartHeaders([.init("content-type", MediaType.octetStream.description)]), length: whole.count,
                bytes: bytes(whole))
            return WebAnswer(
                200, type: writer.contentType, length: writer.length(of: [part]), body: writer.body(Feed([part])))
        }
        return try Self.ranged(request, whole, isSwapped: unit > 1, bytes)
    }

    /// The whole, or the one range of bytes that is asked for (RFC 9110 14).
    private static func ranged(
        _ request: WebRequest, _ whole: Range<Int>, isSwapped: Bool, _ bytes: (Range<Int>) -> Feed<ByteBuffer>
    ) throws -> WebAnswer {
        guard !isSwapped, let field = request.headers[.range], let range = ByteRange(field) else {
            var answer = WebAnswer(200, type: .octetStream, length: whole.count, body: bytes(whole))
            if !isSwapped { answer.headers[.acceptRanges] = "bytes" }
            return answer
        }
        guard let part = range.resolved(whole.count) else {
            throw WebProblem(
                416, "there are no such bytes", headers: [.init("Content-Range", "bytes */\(whole.count)")])
        }
        let range0 = whole.lowerBound + part.lowerBound..<whole.lowerBound + part.upperBound
        var answer = WebAnswer(206, type: .octetStream, length: part.count, body: bytes(range0))
        answer.headers[.contentRange] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(whole.count)"
        return answer
    }

    private static func swapped(_ bytes: [UInt8], _ unit: Int) -> [UInt8] {
        guard bytes.count % unit == 0 else { return bytes }
        return stride(from: 0, to: bytes.count, by: unit).flatMap { bytes[$0..<$0 + unit].reversed() }
    }
}

/// PS3.18 Table 8.7.3-2 to 5: what a compressed frame is.
enum FrameMediaType {
    static func of(_ syntax: String) -> MediaType {
        switch syntax {
        case "1.2.840.10008.1.2.5": MediaType("image", "dicom-rle")
        case "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70":
            MediaType("image", "jpeg")
        case "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81": MediaType("image", "jls")
        case "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91": MediaType("image", "jp2")
        case "1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93": MediaType("image", "jpx")
        case "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203":
            MediaType("image", "jphc")
        case "1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.100.1", "1.2.840.10008.1.2.4.101",
            "1.2.840.10008.1.2.4.101.1":
            MediaType("video", "mpeg2")
        case _ where syntax.hasPrefix("1.2.840.10008.1.2.4.10"): MediaType("video", "mp4")
        default: .octetStream
        }
    }
}

/// `bytes=0-499`, `bytes=500-`, `bytes=-500`; nil for several ranges and other units, which are then ignored (RFC 9110 14.2).
struct ByteRange {
    private let first: Int?
    private let last: Int?

    init?(_ text: String) {
        guard text.hasPrefix("bytes=") else { return nil }
        let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count <= 18 }) else { return nil }
        first = Int(parts[0])
        last = Int(parts[1])
        guard first != nil || last != nil, parts[0].isEmpty || first.map({ $0 >= 0 }) == true,
            parts[1].isEmpty || last.map({ $0 >= (first ?? 0) }) == true
        else { return nil }
    }

    /// Nil when nothing of it is there.
    func resolved(_ count: Int) -> Range<Int>? {
        guard let first else {
            guard let last, last > 0, count > 0 else { return nil }
            return max(0, count - last)..<count
        }
        guard first < count else { return nil }
        return first..<min(count, (last ?? count - 1) + 1)
    }
}
