/// The samples of a video track (ISO 14496-12 8.5 to 8.7): how they are coded, and where they lie. Tables are read a piece at
/// a time.
struct MP4Samples {
    private let bytes: FragmentReader
    private(set) var units: NALUnits
    /// Reads samples, from the first to the last.
    private var reader: FragmentReader
    /// Bytes before each NAL unit that say how long it is.
    private var lengthCount = 0

    private var sizes: Table
    private var chunks: Table
    private var runs: Table
    /// When all samples have one size.
    private var commonSize = 0

    private var chunk = 0
    private var samplesLeft = 0
    private var position = 0
    private var perChunk = 0
    /// The chunk from which the next run goes, and how many samples a chunk has then.
    private var nextRun: (first: Int, count: Int)?

    /// Entries of one length, one after another.
    private struct Table {
        var reader: FragmentReader
        var left = 0
        var width = 4

        mutating func next() throws(Sequestration) -> Int? {
            guard left > 0 else { return nil }
            left -= 1
            guard let entry = reader.take(width) else { throw FrameStream.unreadable }
            guard entry[0] < 0x80 || width < 8 else { throw FrameStream.damaged }
            return entry.reduce(0) { $0 << 8 | Int($1) }
        }
    }

    /// Tables that stay: times, order, which samples one can begin at. How long an entry is.
    private static let kept = ["stts": 8, "ctts": 8, "stss": 4, "stps": 4]

    /// - Parameter boxes: of the sample table; others than are needed become free space.
    init(
        _ boxes: [MP4Box], of bytes: FragmentReader, _ coding: VideoCoding, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        self.bytes = bytes
        reader = bytes
        let empty = Table(reader: bytes)
        (sizes, chunks, runs) = (empty, empty, empty)
        units = NALUnits(coding == .hevc ? .hevc : .h264(isStereo: coding == .h264(isStereo: true)))
        let tables = boxes.map(\.kind).filter { $0.hasPrefix("st") || $0 == "co64" || $0 == "ctts" }
        guard Set(tables).count == tables.count, !tables.contains("stco") || !tables.contains("co64") else {
            throw FrameStream.damaged
        }
        for box in boxes {
            switch box.kind {
            case "stsd": try descriptions(box, coding, &overwriting)
            case "stsz":
                commonSize = try box.number(4..<8, bytes)
                sizes = try table(box, from: 12, width: commonSize == 0 ? 4 : 0, &overwriting)
            case "stco": chunks = try table(box, from: 8, width: 4, &overwriting)
            case "co64": chunks = try table(box, from: 8, width: 8, &overwriting)
            case "stsc": runs = try table(box, from: 8, width: 12, &overwriting)
            case "stz2": throw Sequestration("an MP4 file states sizes of samples in a way that nobody here reads")
            default:
                if let width = Self.kept[box.kind] {
                    _ = try table(box, from: 8, width: width, &overwriting)
                } else {
                    try box.free(bytes, &overwriting)
                }
            }
        }
        guard lengthCount > 0 else { throw VideoStream.anotherCoding }
        nextRun = try run()
    }

    /// The count stands before the entries; behind them nothing has a place.
    private func table(
        _ box: MP4Box, from start: Int, width: Int, _ overwriting: inout Overwriting
    ) throws(Sequestration) -> Table {
        let count = try box.number(start - 4..<start, bytes)
        let end = start + count * width
        guard end <= box.content.count else { throw FrameStream.damaged }
        try overwriting.fill(box.part(end..<box.content.count), with: 0, of: bytes)
        var reader = bytes
        guard reader.skip(box.content.lowerBound + start) else { throw FrameStream.damaged }
        return Table(reader: reader, left: count, width: width)
    }

    private mutating func run() throws(Sequestration) -> (first: Int, count: Int)? {
        guard runs.left > 0 else { return nil }
        runs.left -= 1
        guard let entry = runs.reader.take(12) else { throw FrameStream.unreadable }
        let numbers = [0, 4, 8].map { entry[$0..<$0 + 4].reduce(0) { $0 << 8 | Int($1) } }
        return (numbers[0], numbers[1])
    }

    /// Where the next sample lies.
    mutating func next() throws(Sequestration) -> Range<Int>? {
        guard sizes.left > 0 else { return nil }
        while samplesLeft == 0 {
            guard let start = try chunks.next() else { throw FrameStream.damaged }
            chunk += 1
            if let next = nextRun, next.first <= chunk {
                perChunk = next.count
                nextRun = try run()
            }
            position = start
            samplesLeft = perChunk
        }
        samplesLeft -= 1
        var size = commonSize
        if commonSize == 0 { size = try sizes.next() ?? 0 } else { sizes.left -= 1 }
        guard position <= bytes.count, size <= bytes.count - position else { throw FrameStream.damaged }
        defer { position += size }
        return position..<position + size
    }

    // MARK: NAL units

    /// Cleans the units of a sample, which comes behind those before it.
    mutating func clean(_ sample: Range<Int>, _ overwriting: inout Overwriting) throws(Sequestration) {
        guard reader.skip(sample.lowerBound - reader.position) else { throw FrameStream.damaged }
        while sample.upperBound - reader.position > 0 {
            guard sample.upperBound - reader.position >= lengthCount, let prefix = reader.take(lengthCount) else {
                throw reader.hasFailed ? FrameStream.unreadable : FrameStream.damaged
            }
            let length = prefix.reduce(0) { $0 << 8 | Int($1) }
            guard length <= sample.upperBound - reader.position else { throw FrameStream.damaged }
            try units.clean(count: length, &reader, &overwriting)
        }
    }

    // MARK: How samples are coded

    private mutating func descriptions(
        _ box: MP4Box, _ coding: VideoCoding, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        guard box.content.count >= 8 else { throw FrameStream.damaged }
        for entry in try MP4Box.boxes(in: box.part(8..<box.content.count), of: bytes, &overwriting) {
            guard let configuration = coding.sampleEntries[entry.kind] else { throw VideoStream.anotherCoding }
            // Visual Sample Entry (12.1.3): what was once a maker, and the name of a compressor.
            guard entry.content.count >= 78 else { throw FrameStream.damaged }
            for range in [0..<6, 8..<24, 42..<74] { try overwriting.fill(entry.part(range), with: 0, of: bytes) }
            for inner in try MP4Box.boxes(in: entry.part(78..<entry.content.count), of: bytes, &overwriting) {
                switch inner.kind {
                case configuration: try configurationRecord(inner, coding, &overwriting)
                case "pasp", "btrt", "clap", "fiel", "clli", "mdcv":
                    guard inner.content.count <= 32 else { throw FrameStream.damaged }
                case "colr":
                    // Numbers; a profile of colour has text in it.
                    let kind = try inner.bytes(0..<4, bytes)
                    guard kind.elementsEqual("nclx".utf8) || kind.elementsEqual("nclc".utf8),
                        inner.content.count <= 16
                    else {
                        try inner.free(bytes, &overwriting)
                        continue
                    }
                default: try inner.free(bytes, &overwriting)
                }
            }
        }
    }

    /// AVC and HEVC Decoder Configuration Record (ISO 14496-15 5.3.3, 8.3.3): parameter sets, and messages in those of HEVC.
    private mutating func configurationRecord(
        _ box: MP4Box, _ coding: VideoCoding, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        var reader = bytes
        guard reader.skip(box.content.lowerBound) else { throw FrameStream.damaged }
        let end = box.content.upperBound
        func number(_ count: Int) throws(Sequestration) -> Int {
            guard end - reader.position >= count, let part = reader.take(count) else { throw FrameStream.damaged }
            return part.reduce(0) { $0 << 8 | Int($1) }
        }
        func units(_ count: Int) throws(Sequestration) {
            for _ in 0..<count {
                let length = try number(2)
                guard length <= end - reader.position else { throw FrameStream.damaged }
                try self.units.clean(count: length, &reader, &overwriting)
            }
        }
        let lengths: Int
        if coding == .hevc {
            let fixed = 22
            guard box.content.count > fixed, reader.skip(fixed - 1) else { throw FrameStream.damaged }
            lengths = try number(1) & 3 + 1
            for _ in 0..<(try number(1)) {
                _ = try number(1)
                try units(try number(2))
            }
        } else {
            guard try number(1) == 1 else { throw FrameStream.damaged }
            let profile = try number(3) >> 16
            lengths = try number(1) & 3 + 1
            try units(try number(1) & 0x1F)
            try units(try number(1))
            if [100, 110, 122, 144].contains(profile), end - reader.position >= 4 {
                _ = try number(3)
                try units(try number(1))
            }
        }
        guard lengths != 3, lengthCount == 0 || lengthCount == lengths else { throw FrameStream.damaged }
        lengthCount = lengths
        try overwriting.fill(reader.position..<end, with: 0, of: bytes)
    }
}

extension NALUnits {
    /// A unit of so many bytes, which come next.
    fileprivate mutating func clean(
        count: Int, _ reader: inout FragmentReader, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        guard count > 0 else { return }
        let end = reader.position + count
        begin()
        while reader.position < end, !passes {
            let position = reader.position
            guard let byte = reader.next() else { throw FrameStream.unreadable }
            try add(byte, at: position, &overwriting)
        }
        guard reader.skip(end - reader.position) else { throw FrameStream.damaged }
        try self.end(&overwriting)
    }
}
