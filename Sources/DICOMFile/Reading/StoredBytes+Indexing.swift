import DICOMCore
import DICOMEncoding

extension StoredBytes {
    /// Makes an index of a part of the bytes, reading no more of them than it needs.
    ///
    /// - Parameters:
    ///   - selection: what the index holds.
    ///   - stopsAtDamage: bytes that cannot be read to their end are as if they ended before the damage.
    func index(
        _ range: Range<Int>, encoding: ElementEncoding, limits: ParseLimits, onlyGroup: UInt16? = nil,
        selection: ElementSelection = .everything, stopsAtDamage: Bool = false
    ) throws(ParseError) -> DataSetIndex {
        var indexer = DataSetIndexer(
            range, encoding: encoding, limits: limits, onlyGroup: onlyGroup, selection: selection)
        let shown = head
        do throws(ParseError) {
            // Only bytes of the range are shown, so that what lies behind is never taken for a part of it.
            var wanted = try indexer.run(shown.rawSpan.extracting(0..<min(shown.count, range.upperBound)), base: 0)
            while let next = wanted {
                let window = try window(next, in: range)
                wanted = try indexer.run(window.rawSpan, base: next.offset)
            }
        } catch {
            guard stopsAtDamage, error.code != .unreadableFile else { throw error }
            return indexer.beginning()
        }
        return indexer.finished()
    }

    private func window(_ wanted: DataSetIndexer.Wanted, in range: Range<Int>) throws(ParseError) -> [UInt8] {
        let count = min(max(wanted.count, Self.windowByteCount), range.upperBound - wanted.offset)
        do throws(ReadError) {
            return try copy(wanted.offset..<wanted.offset + count)
        } catch {
            throw ParseError(.unreadableFile, at: wanted.offset, expected: "to read on: \(error.reason)")
        }
    }
}
