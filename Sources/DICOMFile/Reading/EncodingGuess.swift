import DICOMCore
import DICOMDictionary
import DICOMEncoding

/// How a data set is encoded, by its first elements: for data sets that say nothing, and to find out those that say
/// something else than they are.
enum EncodingGuess {
    /// The encoding that the first elements are in. What the transfer syntax says counts unless the elements contradict
    /// it and agree with another one.
    ///
    /// - Parameter isDataSet: something else says that these bytes are a data set; if not, its beginning has to.
    /// - Returns: nil when nothing is stated and no encoding fits.
    static func encoding(
        stated: ElementEncoding?, _ bytes: borrowing RawSpan, _ range: Range<Int>, isDataSet: Bool = false
    ) -> ElementEncoding? {
        if range.isEmpty { return stated ?? .explicitLittleEndian }
        if let stated, holds(stated, bytes, range, isDataSet: true) { return stated }
        for isCertain in isDataSet && stated == nil ? [false, true] : [false] {
            for encoding in [ElementEncoding.explicitLittleEndian, .implicitLittleEndian, .explicitBigEndian]
            where encoding != stated && holds(encoding, bytes, range, isDataSet: isCertain) {
                return encoding
            }
        }
        return stated
    }

    /// Whether the first elements, at most four, read well: known VRs, tags that ascend, lengths that end within the data
    /// set. Of an encoding that nobody stated more is asked: a beginning that data sets have.
    private static func holds(
        _ encoding: ElementEncoding, _ bytes: borrowing RawSpan, _ range: Range<Int>, isDataSet: Bool
    ) -> Bool {
        var position = range.lowerBound
        var previous: Tag?
        var read = 0
        while read < 4, position < range.upperBound {
            guard min(range.upperBound, position + ElementHeader.longest) <= bytes.byteCount else { break }
            let end = min(range.upperBound, bytes.byteCount)
            guard let header = ElementHeader.read(from: bytes, at: position, end: end, encoding: encoding) else {
                return false
            }
            let tag = header.tag
            if read > 0, tag.rawValue == 0 { return true }
            guard !tag.isDelimiter, tag.group != 0, previous.map({ $0 < tag }) ?? true else { return false }
            if read == 0, !isDataSet, !beginsDataSet(tag, encoding) { return false }
            if encoding.isExplicit, !header.vr.isDefined { return false }
            read += 1
            guard case .bytes(let count) = header.length else { return true }
            guard Int(count) <= range.upperBound - position - header.byteCount else { return false }
            position += header.byteCount + Int(count)
            previous = tag
        }
        // One long implicit element may be an explicit one: four bytes of VR and length are a number, too.
        let isCertain = read > 1 || position == range.upperBound
        return isCertain || encoding.isExplicit || !looksExplicit(bytes, at: range.lowerBound)
    }

    /// Data sets begin with groups 0008 or 0010, files without preamble with 0002, directories with 0004.
    private static func beginsDataSet(_ tag: Tag, _ encoding: ElementEncoding) -> Bool {
        guard [0x0002, 0x0004, 0x0008, 0x0010].contains(tag.group) else { return false }
        return encoding.isExplicit || tag.isGroupLength || StandardDictionary.vr(of: tag) != nil
    }

    private static func looksExplicit(_ bytes: borrowing RawSpan, at offset: Int) -> Bool {
        guard bytes.byteCount >= offset + 6 else { return false }
        return VR(code: bytes.littleEndian(UInt16.self, at: offset + 4)).isDefined
    }
}
