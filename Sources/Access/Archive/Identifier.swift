public import DICOMCore
import DICOMEncoding
public import DICOMFile

/// A data set of a question or an answer (PS3.4 C.4.1.1.3): some elements, small, in memory.
public struct Identifier: Hashable, Sendable {
    /// In order of their tags, each once. Values are little endian.
    public private(set) var elements: [NewElement]

    public init(_ elements: [NewElement] = []) {
        self.elements = []
        for element in elements { self[element.tag] = element }
    }

    /// The element with a tag, at the top level.
    public subscript(tag: Tag) -> NewElement? {
        get {
            let place = place(of: tag)
            return place < elements.count && elements[place].tag == tag ? elements[place] : nil
        }
        set {
            let place = place(of: tag)
            let isThere = place < elements.count && elements[place].tag == tag
            switch (newValue, isThere) {
            case (let new?, true): elements[place] = new
            case (let new?, false): elements.insert(new, at: place)
            case (nil, true): elements.remove(at: place)
            case (nil, false): break
            }
        }
    }

    /// The first place whose tag is not less.
    private func place(of tag: Tag) -> Int {
        var low = 0, high = elements.count
        while low < high {
            let middle = (low + high) / 2
            if elements[middle].tag < tag { low = middle + 1 } else { high = middle }
        }
        return low
    }

    public var tags: [Tag] { elements.map(\.tag) }

    // MARK: - Bytes

    /// The most bytes of a question or an answer. Archives answer with some kilobytes; whoever sends more means ill (P9).
    public static let mostBytes = 4 << 20

    /// Reads a data set without file meta information.
    ///
    /// - Throws: `AccessError` with code `invalid` for what cannot be read to its end.
    public init(bytes: [UInt8], encoding: ElementEncoding) throws(AccessError) {
        guard bytes.count <= Self.mostBytes else {
            throw AccessError(.invalid, "a data set of a query has more than \(Self.mostBytes) bytes")
        }
        guard !bytes.isEmpty else {
            self.init()
            return
        }
        do throws(ParseError) {
            self.init(try DICOMFile(bytes: Self.header(encoding) + bytes))
        } catch {
            throw AccessError(.invalid, "a data set of a query cannot be read: \(error)")
        }
    }

    /// The elements of a file at the top level, with all that is in them; without group lengths, and without what is
    /// longer than a query's attributes are.
    public init(_ file: DICOMFile) {
        self.init(file, item: nil)
    }

    private init(_ file: DICOMFile, item: DataSetIndex.NodeID?) {
        elements = []
        for node in file.dataSet.children(of: item) {
            let element = file.dataSet.nodes[node]
            guard !element.tag.isGroupLength, !element.tag.isDelimiter, self[element.tag] == nil else { continue }
            switch element.kind {
            case .sequence:
                let items = file.dataSet.children(of: node).map { Identifier(file, item: $0).elements }
                self[element.tag] = NewElement(tag: element.tag, vr: .SQ, value: .items(items))
            case .element:
                guard element.valueLength <= Self.mostBytes, let bytes = try? file.bytes(of: node) else { continue }
                let vr = file.valueRepresentation(of: node)
                self[element.tag] = NewElement(
                    tag: element.tag, vr: vr,
                    value: .bytes(element.encoding.isBigEndian ? Self.swapped(bytes, vr) : bytes))
            case .item, .fragments: break
            }
        }
    }

    /// The data set in an encoding.
    ///
    /// - Throws: `AccessError` with code `invalid` for a value that the encoding has no room for.
    public func bytes(as encoding: ElementEncoding) throws(AccessError) -> [UInt8] {
        do throws(EditedDataSet.EditError) {
            return try NewElement.dataSet(elements, as: encoding)
        } catch {
            throw AccessError(.invalid, "a data set of a query cannot be encoded: \(error)")
        }
    }

    /// The data set as a file, for who reads or prints it.
    public func file() throws(AccessError) -> DICOMFile {
        let bytes = Self.header(.explicitLittleEndian) + (try bytes(as: .explicitLittleEndian))
        do throws(ParseError) {
            return try DICOMFile(bytes: bytes)
        } catch {
            throw AccessError(.invalid, "a data set of a query cannot be read: \(error)")
        }
    }

    /// A preamble and file meta information that say the encoding, so that nobody must guess it.
    private static func header(_ encoding: ElementEncoding) -> [UInt8] {
        let uid = TransferSyntax(uncompressed: encoding).uid
        var syntax = ElementWriter(.explicitLittleEndian)
        let value = Array(uid.utf8) + (uid.utf8.count % 2 == 1 ? [0] : [])
        syntax.appendHeader(.transferSyntaxUID, .UI, .bytes(UInt32(value.count)))
        syntax.appendValue(value, .UI)
        var length = ElementWriter(.explicitLittleEndian)
        length.appendHeader(.fileMetaInformationGroupLength, .UL, .bytes(4))
        let count = UInt32(syntax.bytes.count)
        return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + length.bytes
            + (0..<4).map { UInt8(truncatingIfNeeded: count >> ($0 * 8)) } + syntax.bytes
    }

    private static func swapped(_ bytes: [UInt8], _ vr: VR) -> [UInt8] {
        let unit = vr.unitSize
        guard unit > 1, bytes.count % unit == 0 else { return bytes }
        return stride(from: 0, to: bytes.count, by: unit).flatMap { bytes[$0..<$0 + unit].reversed() }
    }
}
