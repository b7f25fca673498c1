import DICOMCore
import DICOMEncoding

/// File meta information: group 0002, explicit little endian (PS3.10 7.1), and the transfer syntax it states.
struct FileMetaReader {
    var index: DataSetIndex
    /// Nil when (0002,0010) is not there or has no value.
    var transferSyntax: TransferSyntax?

    /// Reads from `start` on. The group length is believed when elements end exactly there; when it is absent or wrong,
    /// as real files have it, the group ends before the first element of another one.
    ///
    /// - Parameter stopsAtDamage: where the group cannot be read and says how long it is, the data set begins behind it.
    init(
        _ bytes: StoredBytes, from start: Int, limits: ParseLimits, stopsAtDamage: Bool = false
    ) throws(ParseError) {
        let encoding = Self.encoding(bytes, start)
        if let end = Self.statedEnd(bytes, start, encoding),
            let index = try? bytes.index(start..<end, encoding: encoding, limits: limits, onlyGroup: 2),
            index.range.upperBound == end
        {
            let syntax = try Self.transferSyntax(index, bytes)
            let isFollowedByMore = try Self.group(bytes, at: end) == 2 && syntax?.isDeflated != true
            if !isFollowedByMore {
                self.init(index: index, transferSyntax: syntax)
                return
            }
        }
        let index: DataSetIndex
        do throws(ParseError) {
            index = try bytes.index(start..<bytes.size, encoding: encoding, limits: limits, onlyGroup: 2)
        } catch {
            if stopsAtDamage, let end = Self.statedEnd(bytes, start, encoding) {
                self.init(index: DataSetIndex(emptyAt: end, encoding: encoding), transferSyntax: nil)
                return
            }
            throw error.code == .unreadableFile || error.code == .truncated
                ? error : ParseError(.malformedFileMeta, at: error.offset, path: error.path, expected: error.expected)
        }
        self.init(index: index, transferSyntax: try Self.transferSyntax(index, bytes))
    }

    private init(index: DataSetIndex, transferSyntax: TransferSyntax?) {
        self.index = index
        self.transferSyntax = transferSyntax
    }

    /// Explicit little endian, unless its first elements are of the other kinds: some writers use the encoding of the
    /// data set for it, too.
    private static func encoding(_ bytes: StoredBytes, _ start: Int) -> ElementEncoding {
        let head = bytes.head
        return EncodingGuess.encoding(stated: .explicitLittleEndian, head.rawSpan, start..<bytes.size)
            ?? .explicitLittleEndian
    }

    private static func statedEnd(_ bytes: StoredBytes, _ start: Int, _ encoding: ElementEncoding) -> Int? {
        let bytesAtHand = bytes.head
        let head = bytesAtHand.rawSpan
        let end = min(head.byteCount, bytes.size)
        guard let header = ElementHeader.read(from: head, at: start, end: end, encoding: encoding),
            header.tag == .fileMetaInformationGroupLength, header.length == .bytes(4), start + 12 <= head.byteCount
        else { return nil }
        let length = Int(head.integer(UInt32.self, at: start + 8, bigEndian: encoding.isBigEndian))
        return length <= bytes.size - start - 12 ? start + 12 + length : nil
    }

    private static func group(_ bytes: StoredBytes, at offset: Int) throws(ParseError) -> UInt16? {
        guard offset + 2 <= bytes.size else { return nil }
        let two = try copy(bytes, offset..<offset + 2)
        return two.rawSpan.littleEndian(UInt16.self, at: 0)
    }

    private static func transferSyntax(_ index: DataSetIndex, _ bytes: StoredBytes) throws(ParseError)
        -> TransferSyntax?
    {
        guard let id = index.child(.transferSyntaxUID) else { return nil }
        let node = index.nodes[id]
        guard node.valueLength <= 2 * UID.maximumLength else {
            let path = AttributePath(tag: .transferSyntaxUID)
            throw ParseError(.malformedFileMeta, at: node.start, path: path, expected: "a UID of at most 64 characters")
        }
        let uid = trimmedText(try copy(bytes, node.valueStart..<node.valueEnd))
        return uid.isEmpty ? nil : TransferSyntax(uid: uid)
    }

    private static func copy(_ bytes: StoredBytes, _ range: Range<Int>) throws(ParseError) -> [UInt8] {
        do throws(StoredBytes.ReadError) {
            return try bytes.copy(range)
        } catch {
            throw ParseError(.unreadableFile, at: range.lowerBound, expected: "to read on: \(error.reason)")
        }
    }
}
