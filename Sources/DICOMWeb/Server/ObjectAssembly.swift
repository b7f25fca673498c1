import DICOMCore
import DICOMDictionary
import DICOMEncoding
import NIOCore

/// A PS3.10 file made of metadata and bulk data. Nothing of the bulk data is read before it is written.
struct ObjectAssembly {
    /// What the file is written in.
    let transferSyntax: String
    private var runs: [Run] = []
    private let spool: BulkDataSpool

    private enum Run {
        case bytes([UInt8])
        case spooled(Range<Int>)
    }

    /// Nil when bulk data is missing, UIDs are, or pixels came in a form that makes no Pixel Data.
    init?(_ dataSet: WebDataSet, _ spool: BulkDataSpool) {
        self.spool = spool
        guard let sopClass = dataSet.text(.sopClassUID), let sopInstance = dataSet.text(.sopInstanceUID),
            UID.isValid(sopClass), UID.isValid(sopInstance), dataSet.text(.studyInstanceUID) != nil
        else { return nil }
        var syntax = TransferSyntax.explicitLittleEndian.uid
        if let pixels = dataSet.elements.first(where: { $0.tag == .pixelData }), case .bulkData(let uri) = pixels.value
        {
            guard let entry = spool.entry(uri), let found = Self.syntax(entry.type) else { return nil }
            // Several images in one stream could be cut in many ways.
            let frames = dataSet.text(.numberOfFrames).map { $0.filter { $0 != " " } } ?? "1"
            guard entry.type.type != "image" || frames == "1" else { return nil }
            syntax = found
        }
        transferSyntax = syntax
        let meta = [
            WebDataSet.Element(tag: .mediaStorageSOPClassUID, vr: .UI, value: .bytes(Array(sopClass.utf8))),
            WebDataSet.Element(tag: .mediaStorageSOPInstanceUID, vr: .UI, value: .bytes(Array(sopInstance.utf8))),
            WebDataSet.Element(
                tag: .implementationClassUID, vr: .UI, value: .bytes(Array(Implementation.classUID.utf8))),
        ]
        guard let header = try? WebDataSet.header(meta, syntax) else { return nil }
        runs.append(.bytes(header))
        guard append(dataSet.elements.filter { $0.tag.group > 2 }) else { return nil }
    }

    /// The whole file.
    var bytes: Feed<ByteBuffer> {
        let parts = runs.map { run -> Feed<ByteBuffer> in
            switch run {
            case .bytes(let bytes): Feed([ByteBuffer(bytes: bytes)])
            case .spooled(let range): spool.bytes(range)
            }
        }
        return Feed(concatenating: parts)
    }

    /// PS3.18 Table 8.7.3-2 to 5: what a media type of pixels is stored in. Others have no form in a file that is sure.
    private static func syntax(_ type: MediaType) -> String? {
        let stated = type["transfer-syntax"]
        let byDefault: String? =
            switch type.essence {
            case "application/octet-stream": TransferSyntax.explicitLittleEndian.uid
            case "image/jpeg": "1.2.840.10008.1.2.4.70"
            case "image/jls": "1.2.840.10008.1.2.4.80"
            case "image/jp2": "1.2.840.10008.1.2.4.90"
            case "image/jpx": "1.2.840.10008.1.2.4.92"
            case "image/dicom-rle": "1.2.840.10008.1.2.5"
            case "video/mpeg2": "1.2.840.10008.1.2.4.100"
            case "video/mp4": "1.2.840.10008.1.2.4.102"
            default: nil
            }
        guard let byDefault else { return nil }
        let uid = stated ?? byDefault
        guard UID.isValid(uid) else { return nil }
        let isEncapsulated = TransferSyntax(uid: uid).isEncapsulated
        // What is said to be raw bytes is in Explicit VR Little Endian, and all else is a compressed stream.
        return (type.essence == "application/octet-stream") == isEncapsulated
            || (!isEncapsulated && uid != TransferSyntax.explicitLittleEndian.uid) ? nil : uid
    }

    private mutating func append(_ bytes: [UInt8]) {
        // Taken out, so that it grows where it is: there may be a million of elements.
        switch runs.popLast() {
        case .bytes(var before)?:
            before += bytes
            runs.append(.bytes(before))
        case let other?: runs += [other, .bytes(bytes)]
        case nil: runs.append(.bytes(bytes))
        }
    }

    private mutating func header(_ tag: Tag, _ vr: VR, _ length: ValueLength) {
        var writer = ElementWriter(.explicitLittleEndian)
        writer.appendHeader(tag, vr, length)
        append(writer.bytes)
    }

    /// Sequences and items end with delimiters, so that no length need be known beforehand.
    private mutating func append(_ elements: [WebDataSet.Element]) -> Bool {
        for element in elements {
            switch element.value {
            case .bytes(let bytes):
                guard header(of: element, count: bytes.count) else { return false }
                append(bytes.count % 2 == 0 ? bytes : bytes + [element.vr.padding])
            case .items(let items):
                header(element.tag, .SQ, .undefined)
                for item in items {
                    header(.item, .UN, .undefined)
                    guard append(item) else { return false }
                    header(.itemDelimitationItem, .UN, .bytes(0))
                }
                header(.sequenceDelimitationItem, .UN, .bytes(0))
            case .bulkData(let uri):
                guard let entry = spool.entry(uri) else { return false }
                if element.tag == .pixelData, TransferSyntax(uid: transferSyntax).isEncapsulated {
                    guard fragment(entry.range) else { return false }
                } else {
                    guard header(of: element, count: entry.range.count) else { return false }
                    runs.append(.spooled(entry.range))
                    if entry.range.count % 2 == 1 { append([element.vr.padding]) }
                }
            }
        }
        return true
    }

    private mutating func header(of element: WebDataSet.Element, count: Int) -> Bool {
        let length = count + count % 2
        guard length < UInt32.max else { return false }
        // PS3.5 6.2.2 note 4: a text that is too long for its header is UN.
        let isTooLong = element.vr.headerForm == .short && length > Int(UInt16.max) - 1
        guard !isTooLong || element.vr.isText else { return false }
        header(element.tag, isTooLong ? .UN : element.vr, .bytes(UInt32(length)))
        return true
    }

    /// One frame, or one video, as the only fragment behind an empty offset table (PS3.5 A.4).
    private mutating func fragment(_ range: Range<Int>) -> Bool {
        guard range.count < UInt32.max - 1 else { return false }
        header(.pixelData, .OB, .undefined)
        header(.item, .UN, .bytes(0))
        header(.item, .UN, .bytes(UInt32(range.count + range.count % 2)))
        runs.append(.spooled(range))
        if range.count % 2 == 1 { append([0]) }
        header(.sequenceDelimitationItem, .UN, .bytes(0))
        return true
    }
}

/// What we say wrote a file (PS3.10 7.1).
enum Implementation {
    /// Of a UUID (PS3.5 B.2), the same as DICOM associations say.
    static let classUID = "2.25.206847191352871203418953204718237594021"
}
