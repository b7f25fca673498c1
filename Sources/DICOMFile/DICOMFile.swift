public import DICOMCore
public import DICOMEncoding

/// A DICOM file and its index; or bytes in memory, for tests and for gateways. Immutable, shared freely. Values stay in
/// the file until somebody asks for one.
public final class DICOMFile: Sendable {
    public enum Preamble: String, Sendable, Hashable { case zero, tiff, executable, other, none }

    public let preamble: Preamble
    /// Group 0002, explicit little endian (PS3.10 7.1), or as it is really encoded; empty for a bare data set.
    public let fileMeta: DataSetIndex
    public let dataSet: DataSetIndex
    /// As file meta information states it. Its `encoding` is that of the elements as they are: where they contradict the
    /// statement they are read as they are, and `isMisstated` is true. Not stated, it is one of the four uncompressed
    /// syntaxes, by the elements.
    public let transferSyntax: TransferSyntax
    /// The elements are encoded in another way than the transfer syntax says.
    public let isMisstated: Bool
    /// Bytes of the file, as stored.
    public let size: Int

    /// Whether file meta information states the transfer syntax.
    let isTransferSyntaxStated: Bool
    /// Where the data set (deflated or not) begins in the file.
    let storedDataSetStart: Int
    /// The file.
    let stored: StoredBytes
    /// What `dataSet` is the index of: the file, or what a deflated data set inflates to.
    let elements: StoredBytes

    /// Which index a node is of.
    public enum Part: Sendable, Hashable { case fileMeta, dataSet }

    /// Opens and indexes a file. It stays open as long as this lives.
    ///
    /// - Parameter scratch: a folder for what a large deflated data set inflates to, in a file without a name; `TMPDIR`,
    ///   else `/tmp`, if nil.
    /// - Throws: `ParseError` for whatever cannot be read to its end. Messages never hold the path.
    public convenience init(
        path: String, limits: ParseLimits = ParseLimits(), scratch: String? = nil
    ) throws(ParseError) {
        try self.init(
            try Self.opened { () throws(StoredBytes.ReadError) in try StoredBytes(path: path) }, limits: limits,
            scratch: scratch)
    }

    /// Indexes a file that is open for reading. The descriptor stays the caller's; its position is neither used nor moved.
    ///
    /// - Parameter selection: what `dataSet` holds. The file is read to its end whatever that is, and is refused for the same
    ///   reasons; to ask `dataSet` for another element is a fault of the program.
    public convenience init(
        descriptor: Int32, limits: ParseLimits = ParseLimits(), scratch: String? = nil,
        selection: ElementSelection = .everything
    ) throws(ParseError) {
        try self.init(
            try Self.opened { () throws(StoredBytes.ReadError) in try StoredBytes(duplicating: descriptor) },
            limits: limits, scratch: scratch, selection: selection)
    }

    /// The same of a descriptor that is open as long as `owner` lives, which is kept: without one of its own.
    public convenience init(
        descriptor: Int32, of owner: any AnyObject & Sendable, limits: ParseLimits = ParseLimits(),
        scratch: String? = nil, selection: ElementSelection = .everything
    ) throws(ParseError) {
        try self.init(
            try Self.opened { () throws(StoredBytes.ReadError) in try StoredBytes(descriptor, of: owner) },
            limits: limits, scratch: scratch, selection: selection)
    }

    private static func opened(
        _ open: () throws(StoredBytes.ReadError) -> StoredBytes
    ) throws(ParseError) -> StoredBytes {
        do throws(StoredBytes.ReadError) {
            return try open()
        } catch {
            throw ParseError(.unreadableFile, at: 0, expected: "a file that can be read: \(error.reason)")
        }
    }

    /// Indexes what a source gives, reading no more of it than that needs.
    public convenience init(
        _ source: any ByteSource, limits: ParseLimits = ParseLimits(), scratch: String? = nil
    ) throws(ParseError) {
        let stored: StoredBytes
        do throws(StoredBytes.ReadError) { stored = try StoredBytes(source) } catch {
            throw ParseError(.unreadableFile, at: 0, expected: "bytes that can be read: \(error.reason)")
        }
        try self.init(stored, limits: limits, scratch: scratch)
    }

    public convenience init(
        bytes: [UInt8], limits: ParseLimits = ParseLimits(), selection: ElementSelection = .everything
    ) throws(ParseError) {
        try self.init(StoredBytes(bytes), limits: limits, scratch: nil, selection: selection)
    }

    /// - Parameters:
    ///   - selection: what `dataSet` holds; of file meta information it is always all.
    ///   - stopsAtDamage: what cannot be read to its end is as if it ended before the damage.
    init(
        _ stored: StoredBytes, limits: ParseLimits, scratch: String?, selection: ElementSelection = .everything,
        stopsAtDamage: Bool = false
    ) throws(ParseError) {
        self.stored = stored
        size = stored.size
        let head = stored.head
        guard let layout = FileLayout(head.rawSpan, size: stored.size) else {
            throw Self.isMarked(head.rawSpan)
                ? ParseError(.malformedFileMeta, at: 132, expected: "elements of group 0002 behind `DICM`")
                : ParseError(.notDICOM, at: 0, expected: "`DICM` at byte 128, or elements of group 0002 or 0008")
        }
        guard !layout.isPrefixDamaged || stopsAtDamage else {
            throw ParseError(.malformedFileMeta, at: 128, expected: "`DICM` before group 0002")
        }
        preamble = layout.preamble
        var start = layout.dataSet
        var stated: TransferSyntax?
        if let metaStart = layout.fileMeta {
            let meta = try FileMetaReader(stored, from: metaStart, limits: limits, stopsAtDamage: stopsAtDamage)
            fileMeta = meta.index
            start = meta.index.range.upperBound
            stated = meta.transferSyntax
        } else {
            fileMeta = DataSetIndex(emptyAt: start, encoding: .explicitLittleEndian)
        }
        isTransferSyntaxStated = stated != nil
        storedDataSetStart = start
        if stated?.isDeflated == true {
            elements = try Inflation.inflate(
                stored, from: start, limits: limits, scratch: scratch, stopsAtDamage: stopsAtDamage)
            start = 0
        } else {
            elements = stored
        }
        let range = start..<elements.size
        let encoding = try Self.encoding(of: elements, range, stated: stated?.encoding)
        transferSyntax = (stated ?? TransferSyntax(uncompressed: encoding)).encoded(encoding)
        isMisstated = stated.map { $0.encoding != encoding } ?? false
        dataSet = try elements.index(
            range, encoding: encoding, limits: limits, selection: selection, stopsAtDamage: stopsAtDamage)
    }

    private static func encoding(
        of bytes: StoredBytes, _ range: Range<Int>, stated: ElementEncoding?
    ) throws(ParseError) -> ElementEncoding {
        // File meta information is rarely longer than the head; then the first elements are beyond it.
        let found: ElementEncoding?
        if range.lowerBound + StoredBytes.headByteCount / 2 <= bytes.head.count || bytes.size <= bytes.head.count {
            let head = bytes.head
            found = EncodingGuess.encoding(stated: stated, head.rawSpan, range, isDataSet: true)
        } else {
            let count = min(range.count, StoredBytes.headByteCount)
            let window = try? bytes.copy(range.lowerBound..<range.lowerBound + count)
            found = window.flatMap {
                EncodingGuess.encoding(stated: stated, $0.rawSpan, 0..<range.count, isDataSet: true)
            }
        }
        guard let found else {
            throw ParseError(
                .unknownEncoding, at: range.lowerBound, expected: "elements of an encoding that their beginning shows")
        }
        return found
    }

    /// The index of one part.
    public func index(of part: Part) -> DataSetIndex { part == .dataSet ? dataSet : fileMeta }

    /// One node, without the index around it: values are read by it, again and again.
    @inline(__always)
    func node(_ node: DataSetIndex.NodeID, in part: Part) -> DataSetIndex.Node {
        part == .dataSet ? dataSet.nodes[node] : fileMeta.nodes[node]
    }

    private func nodeCount(in part: Part) -> Int { part == .dataSet ? dataSet.nodes.count : fileMeta.nodes.count }

    /// A copy of the value's bytes, as stored. Throws `ValueError.unreadable` when the file no longer gives them: somebody
    /// cut it, or the disk failed; an empty answer would say that the element has no value.
    public func bytes(of node: DataSetIndex.NodeID, in part: Part = .dataSet) throws(ValueError) -> [UInt8] {
        guard node >= 0, node < nodeCount(in: part) else {
            throw ValueError(.unreadable, reason: "there is no such element")
        }
        do throws(StoredBytes.ReadError) {
            let source = part == .dataSet ? elements : stored
            let element = self.node(node, in: part)
            return try source.copy(element.valueStart..<element.valueEnd)
        } catch {
            throw ValueError(.unreadable, reason: "the file cannot be read on: \(error.reason)")
        }
    }

    /// The private creator that reserved the block of a private element, in the same item, without blanks around it.
    public func creator(of node: DataSetIndex.NodeID) -> String? { dataSet.creator(of: node) }
}
