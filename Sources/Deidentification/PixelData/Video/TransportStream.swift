/// An MPEG-2 transport stream (ISO 13818-1 2.4): packets of 188 bytes, or of 192 with a time before each. Packets of
/// video and of the tables that lead to it stay; all others become null packets.
struct TransportStream<Units: CodedUnits> {
    private enum Role: Hashable {
        case association, programMap, video
        /// Packets that have a clock in their adaptation field, and nothing else that is known.
        case clock
    }

    private let layout: TransportLayout
    private let coding: VideoCoding
    private let makeUnits: () -> Units
    private var roles: [Int: Role] = [0: .association]
    private var awaitedMaps: Set<Int> = []
    private var hasAssociation = false
    private var sections: [Int: SectionGathering] = [:]
    private var videos: [Int: PESPackets<Units>] = [:]
    /// Whether streams are looked for, before anything is overwritten.
    private var isExploring = true

    init(_ layout: TransportLayout, _ coding: VideoCoding, units: @escaping () -> Units) {
        self.layout = layout
        self.coding = coding
        makeUnits = units
    }

    mutating func clean(_ stream: FragmentReader, _ overwriting: inout Overwriting) throws(Sequestration) {
        var unused = Overwriting()
        var packets = stream
        while !(hasAssociation && awaitedMaps.isEmpty), let packet = try layout.next(&packets) {
            try add(packet, &unused)
        }
        isExploring = false
        sections = [:]
        for (identification, role) in roles where role == .video { videos[identification] = PESPackets(makeUnits()) }
        guard !videos.isEmpty else { throw Sequestration("a transport stream has no video that is known") }
        packets = stream
        while let packet = try layout.next(&packets) { try add(packet, &overwriting) }
        for (_, gathering) in sections { try gathering.drop(&overwriting) }
        var hasPictures = false
        for identification in videos.keys.sorted() {
            guard var video = videos.removeValue(forKey: identification) else { continue }
            try video.finish(&overwriting)
            if video.stream.units.hasPictures { hasPictures = true }
        }
        guard hasPictures else { throw VideoStream.noPictures }
        // Less than a packet.
        try overwriting.fill(packets.position..<packets.count, with: 0, of: packets)
    }

    private mutating func add(_ packet: TransportPacket, _ overwriting: inout Overwriting) throws(Sequestration) {
        guard !packet.isDamaged, packet.hasContent, let role = roles[packet.identification] else {
            return isExploring ? () : try packet.becomeNull(&overwriting)
        }
        if isExploring, role == .video || role == .clock { return }
        guard !packet.isScrambled else { throw Sequestration("a video stream is scrambled") }
        try packet.cleanAdaptation(&overwriting)
        guard let payload = packet.payload, !payload.isEmpty else { return }
        switch role {
        case .clock:
            for index in payload { try packet.put(0xFF, at: index, &overwriting) }
        case .video:
            var video = videos.removeValue(forKey: packet.identification) ?? PESPackets(makeUnits())
            if packet.isUnitStart { try video.begin(&overwriting) }
            try video.add(packet.bytes[payload], at: packet.start + payload.lowerBound, &overwriting)
            videos[packet.identification] = video
        case .association, .programMap:
            var gathering = sections.removeValue(forKey: packet.identification) ?? SectionGathering()
            for section in try gathering.add(packet, payload, &overwriting) {
                guard let table = try table(section.bytes, role, at: packet.identification) else {
                    try section.drop(&overwriting)
                    continue
                }
                if table.bytes.count < section.bytes.count, section.isFollowed {
                    throw Sequestration("tables of a transport stream follow each other within a packet")
                }
                let padding = [UInt8](repeating: 0xFF, count: section.bytes.count - table.bytes.count)
                for (index, byte) in (table.bytes + padding).enumerated() {
                    try overwriting.put(byte, over: section.bytes[index], at: section.positions[index])
                }
            }
            sections[packet.identification] = gathering
        }
    }

    /// What a section becomes; nil for one that is not of use.
    private mutating func table(
        _ section: [UInt8], _ role: Role, at identification: Int
    ) throws(Sequestration) -> ProgramTable? {
        if role == .association {
            guard let table = ProgramTable.association(section) else { return nil }
            hasAssociation = true
            for identification in table.programMaps where roles[identification] != .programMap {
                try assign(.programMap, to: identification)
                awaitedMaps.insert(identification)
            }
            return table
        }
        guard let table = ProgramTable.map(section, isKept: { coding.streamTypes.contains($0) }) else { return nil }
        for stream in table.streams {
            if coding.streamTypes.contains(stream.kind) {
                try assign(.video, to: stream.identification)
            } else if VideoCoding.soundTypes.contains(stream.kind) {
                throw VideoStream.sound
            } else if VideoCoding.pictureTypes.contains(stream.kind) {
                throw VideoStream.anotherCoding
            }
        }
        if let clock = table.clock, roles[clock] == nil, clock != TransportPacket.null { try assign(.clock, to: clock) }
        awaitedMaps.remove(identification)
        return table
    }

    private mutating func assign(_ role: Role, to identification: Int) throws(Sequestration) {
        guard roles[identification] != role else { return }
        guard isExploring, roles[identification] == nil || roles[identification] == .clock else {
            throw Sequestration("the streams of a transport stream change within it")
        }
        roles[identification] = role
    }
}
