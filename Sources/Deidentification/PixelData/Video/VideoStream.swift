/// Video in Pixel Data (PS3.5 8.2.5 to 8.2.13): an elementary stream, or one in a program stream, a transport stream or an
/// MP4 file. What is not pictures is overwritten in its place.
enum VideoStream {
    static let sound = Sequestration("a video stream has sound: a voice may be known, and may name the patient")
    static let anotherCoding = Sequestration("a video stream is coded otherwise than its transfer syntax says")
    static let noPictures = Sequestration("a video stream has no pictures as its transfer syntax says them")

    /// What is put in place of other bytes; nothing in a stream of pictures alone.
    ///
    /// - Throws: for a stream that is of another kind, is damaged, or has what cannot be taken out of it.
    static func overwriting(_ stream: FragmentReader, _ coding: VideoCoding) throws(Sequestration) -> Overwriting {
        switch coding {
        case .mpeg2: try overwriting(stream, coding) { MPEG2Units() }
        case .h264(let isStereo): try overwriting(stream, coding) { NALUnits(.h264(isStereo: isStereo)) }
        case .hevc: try overwriting(stream, coding) { NALUnits(.hevc) }
        }
    }

    private static func overwriting<Units: CodedUnits>(
        _ stream: FragmentReader, _ coding: VideoCoding, units: @escaping () -> Units
    ) throws(Sequestration) -> Overwriting {
        var result = Overwriting()
        guard let first = stream.bytes(of: 0..<min(stream.count, 12)), first.count == 12 else {
            throw stream.count < 12 ? FrameStream.damaged : FrameStream.unreadable
        }
        if let layout = TransportLayout(stream) {
            var transport = TransportStream(layout, coding, units: units)
            try transport.clean(stream, &result)
        } else if first[4..<8].elementsEqual("ftyp".utf8) {
            try MP4File(stream, coding).clean(&result)
        } else if first.starts(with: ProgramStream<Units>.packStart) {
            var program = ProgramStream(units())
            try program.clean(stream, &result)
        } else if first.starts(with: [0, 0, 1]) || first.starts(with: [0, 0, 0, 1]) {
            try elementary(stream, units(), &result)
        } else {
            throw Sequestration("a video stream is none of an elementary, program or transport stream and MP4 file")
        }
        return result
    }

    private static func elementary<Units: CodedUnits>(
        _ stream: FragmentReader, _ units: Units, _ overwriting: inout Overwriting
    ) throws(Sequestration) {
        var codes = StartCodeStream(units)
        var reader = stream
        while let piece = reader.nextPiece() { try codes.add(piece.bytes, at: piece.start, &overwriting) }
        guard !reader.hasFailed else { throw FrameStream.unreadable }
        try codes.finish(&overwriting)
        guard codes.units.hasPictures else { throw noPictures }
    }
}
