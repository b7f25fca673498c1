import DICOMFile
import NIOCore

/// How data sets are given: JSON, or XML in parts (PS3.18 8.7.3.2).
enum MetadataRepresentation: Hashable, Sendable {
    case json(MediaType)
    case xml

    /// JSON is the default.
    static func negotiate(_ accept: AcceptList) throws(WebProblem) -> MetadataRepresentation {
        if accept.isIndifferent { return .json(.dicomJSON) }
        for range in accept.ranges where range.quality > 0 {
            let type = range.mediaType
            switch (type.type, type.subtype) {
            case ("*", "*"), ("application", "*"), ("application", "dicom+json"): return .json(.dicomJSON)
            case ("application", "json"): return .json(MediaType("application", "json"))
            case ("multipart", "related"), ("multipart", "*"):
                let inner = type["type"].flatMap { MediaType($0) }
                if inner == nil || inner?.bare == .dicomXML { return .xml }
            case ("application", "dicom+xml"): return .xml
            default: continue
            }
        }
        throw .notAcceptable(
            "metadata is given as application/dicom+json, or as multipart/related; type=\"application/dicom+xml\"")
    }

    /// Data sets as a body, each made when the one before has been sent.
    func body(_ dataSets: Feed<DICOMFile>, options: @escaping @Sendable (DICOMFile) -> JSONModel.Options)
        -> (type: MediaType, bytes: Feed<ByteBuffer>)
    {
        switch self {
        case .json(let type):
            let array = JSONArrayWriter(dataSets, options)
            return (type, Feed { try await array.next() })
        case .xml:
            let writer = MultipartWriter(type: .dicomXML)
            let parts = dataSets.map { file in
                MultipartPart(
                    MultipartHeaders([.init("content-type", MediaType.dicomXML.description)]),
                    NativeModel(file, options: options(file)).bytes)
            }
            return (writer.contentType, writer.body(parts))
        }
    }

    /// One data set alone, for an answer that is one.
    func bytes(_ file: DICOMFile) -> (type: MediaType, bytes: [UInt8]) {
        switch self {
        case .json(let type):
            var json = JSONWriter()
            JSONModel(file).write(to: &json)
            return (type, json.bytes)
        case .xml: return (.dicomXML, NativeModel(file).bytes)
        }
    }
}

// SAFETY: a feed has one reader at a time.
private final class JSONArrayWriter: @unchecked Sendable {
    private let dataSets: Feed<DICOMFile>
    private let options: @Sendable (DICOMFile) -> JSONModel.Options
    private var isFirst = true
    private var isAtEnd = false

    init(_ dataSets: Feed<DICOMFile>, _ options: @escaping @Sendable (DICOMFile) -> JSONModel.Options) {
        self.dataSets = dataSets
        self.options = options
    }

    func next() async throws -> ByteBuffer? {
        guard !isAtEnd else { return nil }
        guard let file = try await dataSets.next() else {
            isAtEnd = true
            return ByteBuffer(string: isFirst ? "[]" : "]")
        }
        var json = JSONWriter()
        JSONModel(file, options: options(file)).write(to: &json)
        var buffer = ByteBuffer(string: isFirst ? "[" : ",")
        buffer.writeBytes(json.bytes)
        isFirst = false
        return buffer
    }
}
