/// An MP4 file (ISO 14496-12, 14496-15): one track of video, described in boxes. Boxes of other kinds than decoding and
/// timing need become free space; so do tracks of text and metadata, whose samples become zeros.
struct MP4File {
    private let bytes: FragmentReader
    private let coding: VideoCoding

    init(_ bytes: FragmentReader, _ coding: VideoCoding) {
        self.bytes = bytes
        self.coding = coding
    }

    func clean(_ overwriting: inout Overwriting) throws(Sequestration) {
        var movie: MP4Box?
        var data: [MP4Box] = []
        var hasBrands = false
        for box in try MP4Box.boxes(in: 0..<bytes.count, of: bytes, mayBeOpen: true, &overwriting) {
            switch box.kind {
            case "ftyp" where !hasBrands && box.content.count <= Self.longestBrands: hasBrands = true
            case "mdat": data.append(box)
            case "moov":
                guard movie == nil else { throw FrameStream.damaged }
                movie = box
            case "moof", "mfra", "styp", "sidx", "ssix":
                throw Sequestration("an MP4 file is parted into movie fragments, which nobody here looks into")
            default: try box.free(bytes, &overwriting)
            }
        }
        guard let movie else { throw FrameStream.damaged }
        var samples = try video(in: movie, &overwriting)
        try clean(data, &samples, &overwriting)
        guard samples.units.hasPictures else { throw VideoStream.noPictures }
    }

    /// Brands are four characters each.
    private static let longestBrands = 64

    private func children(_ box: MP4Box, _ overwriting: inout Overwriting) throws(Sequestration) -> [MP4Box] {
        try MP4Box.boxes(in: box.content, of: bytes, &overwriting)
    }

    // MARK: The movie

    private func video(
        in movie: MP4Box, _ overwriting: inout Overwriting
    ) throws(Sequestration) -> MP4Samples {
        var result: MP4Samples?
        for box in try children(movie, &overwriting) {
            switch box.kind {
            case "mvhd": try clearTimes(box, &overwriting)
            case "trak":
                guard let samples = try track(box, &overwriting) else { continue }
                guard result == nil else { throw Sequestration("an MP4 file has more than one track of pictures") }
                result = samples
            case "mvex", "cmov":
                throw Sequestration("an MP4 file is parted or compressed in a way that nobody here looks into")
            default: try box.free(bytes, &overwriting)
            }
        }
        guard let result else { throw VideoStream.noPictures }
        return result
    }

    /// Nil for a track that goes.
    private func track(_ track: MP4Box, _ overwriting: inout Overwriting) throws(Sequestration) -> MP4Samples? {
        // Looked at before anything is overwritten in it: a track that goes, goes as a whole.
        var unused = Overwriting()
        let media = try children(track, &unused).first { $0.kind == "mdia" }
        guard let media, let handler = try children(media, &unused).first(where: { $0.kind == "hdlr" }) else {
            throw FrameStream.damaged
        }
        switch String(decoding: try handler.bytes(8..<12, bytes), as: UTF8.self) {
        case "vide": break
        case "soun": throw VideoStream.sound
        default:
            try track.free(bytes, &overwriting)
            return nil
        }
        var result: MP4Samples?
        for box in try children(track, &overwriting) {
            switch box.kind {
            case "tkhd": try clearTimes(box, &overwriting)
            case "edts":
                for list in try children(box, &overwriting) {
                    if list.kind == "elst" {
                        let width = try list.number(0..<1, bytes) == 1 ? 20 : 12
                        try cut(list, to: 8 + width * list.number(4..<8, bytes), &overwriting)
                    } else {
                        try list.free(bytes, &overwriting)
                    }
                }
            case "mdia": result = try self.media(box, &overwriting)
            default: try box.free(bytes, &overwriting)
            }
        }
        return result
    }

    private func media(_ media: MP4Box, _ overwriting: inout Overwriting) throws(Sequestration) -> MP4Samples {
        var result: MP4Samples?
        for box in try children(media, &overwriting) {
            switch box.kind {
            case "mdhd": try clearTimes(box, &overwriting)
            case "hdlr": try clearHandler(box, &overwriting)
            case "minf": result = try information(box, &overwriting)
            default: try box.free(bytes, &overwriting)
            }
        }
        guard let result else { throw FrameStream.damaged }
        return result
    }

    private func information(_ box: MP4Box, _ overwriting: inout Overwriting) throws(Sequestration) -> MP4Samples {
        var result: MP4Samples?
        for box in try children(box, &overwriting) {
            switch box.kind {
            case "vmhd": try cut(box, to: 12, &overwriting)
            case "hdlr": try clearHandler(box, &overwriting)
            case "dinf":
                for inner in try children(box, &overwriting) {
                    if inner.kind == "dref" {
                        try references(inner, &overwriting)
                    } else {
                        try inner.free(bytes, &overwriting)
                    }
                }
            case "stbl":
                guard result == nil else { throw FrameStream.damaged }
                result = try MP4Samples(children(box, &overwriting), of: bytes, coding, &overwriting)
            default: try box.free(bytes, &overwriting)
            }
        }
        guard let result else { throw FrameStream.damaged }
        return result
    }

    /// When the file, the track or the media was made and changed: behind a version, four or eight bytes each.
    private func clearTimes(_ box: MP4Box, _ overwriting: inout Overwriting) throws(Sequestration) {
        let isLong = try box.number(0..<1, bytes) == 1
        let times = 4..<(isLong ? 20 : 12)
        guard times.upperBound <= box.content.count else { throw FrameStream.damaged }
        try overwriting.fill(box.part(times), with: 0, of: bytes)
        let counts = ["mvhd": [100, 112], "tkhd": [84, 96], "mdhd": [24, 36]]
        try cut(box, to: counts[box.kind]?[isLong ? 1 : 0] ?? box.content.count, &overwriting)
    }

    /// Makes zeros of what stands behind a box's content.
    private func cut(_ box: MP4Box, to count: Int, _ overwriting: inout Overwriting) throws(Sequestration) {
        guard count <= box.content.count else { throw FrameStream.damaged }
        try overwriting.fill(box.part(count..<box.content.count), with: 0, of: bytes)
    }

    /// Behind the handler's type: what is reserved (in QuickTime, a maker), and its name.
    private func clearHandler(_ box: MP4Box, _ overwriting: inout Overwriting) throws(Sequestration) {
        guard box.content.count >= 12 else { throw FrameStream.damaged }
        try overwriting.fill(box.part(12..<box.content.count), with: 0, of: bytes)
    }

    /// Where samples are: in the file itself. What stands there as a name or a place becomes zeros.
    private func references(_ box: MP4Box, _ overwriting: inout Overwriting) throws(Sequestration) {
        guard box.content.count >= 8 else { throw FrameStream.damaged }
        for entry in try MP4Box.boxes(in: box.part(8..<box.content.count), of: bytes, &overwriting) {
            guard try entry.number(0..<4, bytes) & 1 == 1 else {
                throw Sequestration("an MP4 file has its samples elsewhere")
            }
            try overwriting.fill(entry.part(4..<entry.content.count), with: 0, of: bytes)
        }
    }

    // MARK: The data

    /// Whatever is no sample of the video becomes zeros.
    private func clean(
        _ data: [MP4Box], _ samples: inout MP4Samples, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        var boxes = data.makeIterator()
        var box = boxes.next()
        var position = box?.content.lowerBound ?? 0
        while let sample = try samples.next() {
            while let current = box, sample.lowerBound >= current.content.upperBound, !sample.isEmpty {
                try overwriting.fill(position..<current.content.upperBound, with: 0, of: bytes)
                box = boxes.next()
                position = box?.content.lowerBound ?? 0
            }
            if sample.isEmpty { continue }
            guard let current = box, sample.lowerBound >= position, sample.upperBound <= current.content.upperBound
            else { throw Sequestration("the samples of an MP4 file do not follow each other in its data") }
            try overwriting.fill(position..<sample.lowerBound, with: 0, of: bytes)
            try samples.clean(sample, &overwriting)
            position = sample.upperBound
        }
        while let current = box {
            try overwriting.fill(position..<current.content.upperBound, with: 0, of: bytes)
            box = boxes.next()
            position = box?.content.lowerBound ?? 0
        }
    }
}
