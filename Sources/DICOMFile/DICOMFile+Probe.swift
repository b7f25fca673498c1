public import DICOMEncoding

extension DICOMFile {
    /// What the beginning of a file says about it.
    public enum Probe: Sendable, Hashable {
        /// It begins as DICOM does; whether it can be read to its end, reading will say.
        case dicom
        /// It is something else: a picture, a text, an empty file.
        case notDICOM
    }

    /// A look at the first bytes of a file, for those who sort folders. Throws `unreadableFile` when it cannot be opened.
    public static func probe(path: String) throws(ParseError) -> Probe {
        do throws(StoredBytes.ReadError) {
            let stored = try StoredBytes(path: path)
            return probe(prefix: stored.head, size: stored.size)
        } catch {
            throw ParseError(.unreadableFile, at: 0, expected: "a file that can be read: \(error.reason)")
        }
    }

    /// - Parameters:
    ///   - prefix: the first bytes of a file, some hundreds at least; a data set without file meta information is judged
    ///     by its first elements.
    ///   - size: of the whole, nil when the prefix is the whole.
    public static func probe(prefix: [UInt8], size: Int? = nil) -> Probe {
        // Who writes `DICM` there means it: a gateway that took such a file for no DICOM would let it pass unseen.
        let bytes = prefix.rawSpan
        if isMarked(bytes) { return .dicom }
        return FileLayout(bytes, size: max(size ?? 0, prefix.count)) == nil ? .notDICOM : .dicom
    }

    /// Whether `DICM` stands where it belongs, or at the very beginning.
    static func isMarked(_ bytes: borrowing RawSpan) -> Bool {
        [0, 128].contains { bytes.byteCount >= $0 + 4 && bytes.bigEndian(UInt32.self, at: $0) == 0x4449_434D }
    }
}
