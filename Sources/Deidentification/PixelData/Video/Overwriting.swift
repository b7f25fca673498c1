import DICOMFile

/// Bytes of a stream that others take the place of, each by one: nothing becomes longer or shorter, so that whatever
/// states an offset or a length (an offset table, a packet, an index of samples) still holds.
struct Overwriting {
    struct Place: Hashable {
        var start: Int
        var bytes: [UInt8]

        var end: Int { start + bytes.count }
    }

    private(set) var places: [Place] = []
    private var byteCount = 0

    /// Hours of video with captions in every picture are some ten mebibytes. More is held back rather than in memory.
    static let byteLimit = 32 << 20
    static let placeLimit = 1 << 20

    /// - Parameter old: what is there: a byte that is right already is none that is overwritten.
    mutating func put(_ byte: UInt8, over old: UInt8, at position: Int) throws(Sequestration) {
        guard byte != old else { return }
        byteCount += 1
        guard byteCount <= Self.byteLimit, places.count < Self.placeLimit else {
            throw Sequestration("there is more in a video stream beside pictures than can be overwritten")
        }
        if let last = places.indices.last, places[last].end == position {
            places[last].bytes.append(byte)
        } else {
            places.append(Place(start: position, bytes: [byte]))
        }
    }

    mutating func put(_ bytes: some Sequence<UInt8>, over old: [UInt8], at start: Int) throws(Sequestration) {
        for (index, byte) in bytes.enumerated() where index < old.count {
            try put(byte, over: old[index], at: start + index)
        }
    }

    /// Makes all of a range one byte, wherever the reader is.
    mutating func fill(
        _ range: Range<Int>, with byte: UInt8, of stream: FragmentReader
    ) throws(Sequestration) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(range.upperBound, start + FragmentReader.pieceSize)
            guard let bytes = stream.bytes(of: start..<end) else { throw FrameStream.unreadable }
            for (index, old) in bytes.enumerated() where old != byte { try put(byte, over: old, at: start + index) }
            start = end
        }
    }

    /// The fragments with what is put into them; what is not stays where it is in the file.
    func fragments(_ fragments: [Range<Int>]) -> [NewElement.Fragment] {
        let sorted = places.sorted { $0.start < $1.start }
        var next = 0
        // Bytes of the place at `next` that lie in fragments before.
        var used = 0
        var start = 0
        return fragments.map { fragment in
            var parts: [NewElement.Fragment.Part] = []
            var position = start
            let end = start + fragment.count
            while next < sorted.count, sorted[next].start + used < end {
                let place = sorted[next]
                // What was put twice counts once: nothing becomes longer.
                let from = max(place.start + used, position)
                guard from < place.end else {
                    next += 1
                    used = 0
                    continue
                }
                guard from < end else { break }
                used = from - place.start
                if from > position {
                    parts.append(
                        .original(fragment.lowerBound + position - start..<fragment.lowerBound + from - start))
                }
                let to = min(place.end, end)
                let isWhole = used == 0 && to == place.end
                parts.append(.new(isWhole ? place.bytes : Array(place.bytes[used..<(to - place.start)])))
                position = to
                if to < place.end {
                    used = to - place.start
                    break
                }
                next += 1
                used = 0
            }
            if position < end {
                parts.append(.original(fragment.lowerBound + position - start..<fragment.upperBound))
            }
            start = end
            return NewElement.Fragment(parts)
        }
    }
}
