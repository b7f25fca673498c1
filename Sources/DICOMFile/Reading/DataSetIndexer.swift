import DICOMCore
import DICOMDictionary
import DICOMEncoding

/// Makes the index of a data set from whatever part of its bytes it is given, and asks for the part it needs next: a flat
/// loop with a stack of its own. It never looks at bytes it only skips.
///
/// Strict about structure: every length is compared with what encloses it before it is used. Lenient, by name, about
/// - elements out of order and tags that come twice: carried as they are;
/// - odd lengths, wrong group lengths, reserved bytes that are not zero: not looked at;
/// - NULs behind the data set up to its end: padding to a sector, carried as it is;
/// - delimiters that state a length, which is to be zero: see `close()`;
/// - VRs that PS3.5 does not know: see `unknownHeader(…)`;
/// - UN of defined length that the dictionary knows as a sequence, or that begins as one: read as one when its bytes are
///   one to the end.
struct DataSetIndexer {
    /// What the indexer must see to go on.
    struct Wanted {
        var offset: Int
        var count: Int
    }

    struct Frame {
        enum Content { case elements, items, fragments }

        var content: Content
        /// The sequence or item; -1 at the top level.
        var node: Int32
        /// Nothing in it lies behind this.
        var end: Int
        var hasUndefinedLength: Bool
        /// Of what is in it.
        var encoding: ElementEncoding
        /// Items or fragments so far.
        var count: Int32 = 0
        /// Of the elements in it.
        var depth: UInt8
        /// Set when this is a sequence only if it can be read as one: what to go back to.
        var trial: Trial?
    }

    struct Trial {
        var creators: Int
    }

    let limits: ParseLimits
    /// End of the bytes that there are.
    let end: Int
    /// Where reading began.
    let start: Int
    /// File meta information: the data set ends before the first element of another group.
    let onlyGroup: UInt16?
    /// What is kept of the top level; the rest is read over.
    let selection: ElementSelection
    /// Where NULs behind the last element begin, or `end`.
    private(set) var dataSetEnd: Int
    var position: Int
    var nodes: [DataSetIndex.Node] = []
    var creators = PrivateCreators()
    var frame: Frame
    var stack: [Frame] = []
    private var trials = 0
    private var isInPadding = false
    /// Nodes and creators that were read over: they count for the limits as those that are kept.
    private var passedOver = 0
    private var creatorsPassedOver = 0
    /// Of creators, when the sequence at the top level began that is open.
    private var creatorsBefore = 0

    init(
        _ range: Range<Int>, encoding: ElementEncoding, limits: ParseLimits, onlyGroup: UInt16? = nil,
        selection: ElementSelection = .everything
    ) {
        self.limits = limits
        self.selection = selection
        self.start = range.lowerBound
        self.end = range.upperBound
        self.onlyGroup = onlyGroup
        self.dataSetEnd = range.upperBound
        self.position = range.lowerBound
        self.frame = Frame(
            content: .elements, node: -1, end: range.upperBound, hasUndefinedLength: false, encoding: encoding, depth: 0
        )
        nodes.reserveCapacity(min(selection.isEverything ? 512 : 32, range.count / 8 + 1))
        stack.reserveCapacity(8)
    }

    /// Reads on with the bytes from `base`; nil when the data set is read to its end.
    mutating func run(_ bytes: borrowing RawSpan, base: Int) throws(ParseError) -> Wanted? {
        while true {
            do throws(ParseError) {
                return try scan(bytes, base: base)
            } catch {
                guard takeBackTrial(error) else { throw error }
            }
        }
    }

    /// The index, once `run` has returned nil.
    consuming func finished() -> DataSetIndex {
        let encoding = stack.first?.encoding ?? frame.encoding
        return DataSetIndex(
            nodes: nodes, range: start..<dataSetEnd, encoding: encoding, creators: creators, selection: selection)
    }

    /// The index of what was read before `run` threw: whole elements, and what was open ends where reading stopped.
    consuming func beginning() -> DataSetIndex {
        while !stack.isEmpty {
            nodes[Int(frame.node)].valueEnd = position
            finish()
        }
        return DataSetIndex(
            nodes: nodes, range: start..<position, encoding: frame.encoding, creators: creators, selection: selection)
    }

    private mutating func scan(_ bytes: borrowing RawSpan, base: Int) throws(ParseError) -> Wanted? {
        let windowEnd = base &+ bytes.byteCount
        while true {
            if isInPadding { return try skipPadding(bytes, base: base) }
            if position == frame.end {
                if stack.isEmpty { return nil }
                try closeAtEnd()
                continue
            }
            guard position >= base, windowEnd &- position >= ElementHeader.longest || windowEnd >= end else {
                return Wanted(offset: position, count: ElementHeader.longest)
            }
            let found = ElementHeader.read(
                from: bytes, at: position &- base, end: frame.end &- base, encoding: frame.encoding)
            guard var header = found else {
                if stack.isEmpty, end - position < 8 {
                    beginPadding()
                    continue
                }
                throw error(.truncated, "a header of 8 or 12 bytes, \(frame.end - position) are left")
            }
            if frame.content == .elements, !header.tag.isDelimiter {
                if stack.isEmpty {
                    if let onlyGroup, header.tag.group != onlyGroup {
                        dataSetEnd = position
                        return nil
                    }
                    if header.tag.rawValue == 0 {
                        beginPadding()
                        continue
                    }
                }
                if frame.encoding.isExplicit, header.vr.headerForm == .unknown {
                    switch try unknownHeader(header, bytes, base: base) {
                    case .read(let form): header = form
                    case .wanted(let wanted): return wanted
                    }
                }
                if let wanted = try element(header, bytes, base: base, windowEnd: windowEnd) { return wanted }
            } else {
                try delimiter(header)
            }
        }
    }
}

extension DataSetIndexer {
    /// Behind the last element: NULs, and nothing else, up to the end.
    private mutating func beginPadding() {
        isInPadding = true
        dataSetEnd = position
    }

    private mutating func skipPadding(_ bytes: borrowing RawSpan, base: Int) throws(ParseError) -> Wanted? {
        guard position >= base, position < base + bytes.byteCount else {
            return position == end ? nil : Wanted(offset: position, count: 1)
        }
        while position < base + bytes.byteCount {
            guard bytes.littleEndian(UInt8.self, at: position - base) == 0 else {
                throw error(.trailingBytes, "another element, or nothing but NULs to the end")
            }
            position += 1
        }
        return position == end ? nil : Wanted(offset: position, count: 1)
    }

    /// One element or the beginning of a sequence; nil when it is read.
    @inline(__always)
    private mutating func element(
        _ header: ElementHeader, _ bytes: borrowing RawSpan, base: Int, windowEnd: Int
    ) throws(ParseError) -> Wanted? {
        let tag = header.tag
        let valueStart = position &+ header.byteCount
        let vr = frame.encoding.isExplicit ? header.vr : implicitVR(tag)
        guard case .bytes(let count) = header.length else {
            try beginUndefinedLength(tag, vr, valueStart: valueStart)
            return nil
        }
        let length = Int(truncatingIfNeeded: count)
        guard length <= frame.end &- valueStart else { throw tooLong(tag, length, valueStart: valueStart) }
        if tag.isPrivateCreator, length <= PrivateCreators.longestName {
            guard valueStart &+ length <= windowEnd else {
                return Wanted(offset: position, count: header.byteCount + length)
            }
            guard creators.count + creatorsPassedOver < PrivateCreators.most else {
                throw error(.tooManyElements, "at most \(PrivateCreators.most) private creators", tag: tag)
            }
            creators.add(bytes.copy(valueStart - base..<valueStart + length - base), at: tag, parent: frame.node)
        }
        var beginsAsSequence = false
        if vr == .UN, tag.isPrivate, length >= 8 {
            guard valueStart &+ 8 <= windowEnd else {
                return Wanted(offset: position, count: header.byteCount + 8)
            }
            beginsAsSequence = bytes.littleEndian(UInt32.self, at: valueStart - base) == Self.itemInLittleEndian
        }
        if vr == .SQ || vr == .UN, let kind = sequenceKind(tag, vr, length, beginsAsSequence) {
            try beginSequence(
                tag, vr, valueStart: valueStart, length: length, encoding: kind.encoding, isTrial: kind.isTrial)
            return nil
        }
        try append(tag, vr, .element, valueStart: valueStart, valueEnd: valueStart &+ length, undefined: false)
        position = valueStart &+ length
        return nil
    }

    @inline(__always)
    mutating func append(
        _ tag: Tag, _ vr: VR, _ kind: DataSetIndex.Kind, valueStart: Int, valueEnd: Int, undefined: Bool,
        number: Int32 = 0
    ) throws(ParseError) {
        guard nodes.count &+ passedOver < min(limits.nodes, Int(Int32.max)) else {
            throw error(.tooManyElements, "at most \(limits.nodes) elements and items", tag: tag)
        }
        // What has others below it is dropped when it ends: until then they need their parent.
        if kind == .element, frame.depth == 0, !selection.contains(tag) {
            passedOver &+= 1
            return
        }
        nodes.append(
            DataSetIndex.Node(
                tag: tag, vr: vr, kind: kind, encoding: frame.encoding, depth: frame.depth,
                hasUndefinedLength: undefined,
                start: position, valueStart: valueStart, valueEnd: valueEnd, parent: frame.node,
                subtreeEnd: Int32(truncatingIfNeeded: nodes.count &+ 1), number: number))
    }

    /// In implicit VR the dictionary says the VR (PS3.5 6.2.2), for private elements that of whoever reserved the block.
    private func implicitVR(_ tag: Tag) -> VR {
        if tag.isGroupLength { return .UL }
        guard tag.isPrivate else { return StandardDictionary.vr(of: tag) ?? .UN }
        if tag.isPrivateCreator { return .LO }
        guard let block = tag.privateCreatorTag, let creator = creators.name(at: block, parent: frame.node) else {
            return .UN
        }
        let element = UInt8(truncatingIfNeeded: tag.element)
        return PrivateDictionary.entry(creator: creator, group: tag.group, element: element)?.vr ?? .UN
    }

    /// (FFFE,E000) as its four bytes are read.
    private static let itemInLittleEndian: UInt32 = 0xE000_FFFE

    /// Whether SQ or UN of defined length is read as a sequence, and how its items are encoded. A private dictionary may
    /// be wrong, and UN may hold anything: those two only on trial. A private UN is tried when its bytes begin as a
    /// sequence does, whether a dictionary knows it or not (PS3.5 6.2.2: the content of UN is implicit little endian).
    private func sequenceKind(
        _ tag: Tag, _ vr: VR, _ length: Int, _ beginsAsSequence: Bool
    ) -> (encoding: ElementEncoding, isTrial: Bool)? {
        if vr == .SQ { return (frame.encoding, tag.isPrivate && !frame.encoding.isExplicit) }
        if beginsAsSequence { return (.implicitLittleEndian, true) }
        guard frame.encoding.isExplicit, length >= 8, !tag.isPrivate, StandardDictionary.vr(of: tag) == .SQ else {
            return nil
        }
        return (.implicitLittleEndian, true)
    }

    private mutating func beginUndefinedLength(_ tag: Tag, _ vr: VR, valueStart: Int) throws(ParseError) {
        if tag == .pixelData || vr == .OB || vr == .OW, frame.encoding.isExplicit || !tag.isPrivate {
            let id = nodes.count
            try append(tag, vr, .fragments, valueStart: valueStart, valueEnd: valueStart, undefined: true)
            push(.fragments, id, end: frame.end, undefined: true, encoding: frame.encoding, depth: frame.depth)
            position = valueStart
            return
        }
        let isSequence = vr == .SQ || vr == .UN || tag.isPrivate && !frame.encoding.isExplicit
        guard isSequence else {
            throw error(.undefinedLengthNotAllowed, "a length: only SQ, UN, OB and OW may do without", tag: tag)
        }
        let inner = vr == .UN ? ElementEncoding.implicitLittleEndian : frame.encoding
        try beginSequence(tag, vr, valueStart: valueStart, length: nil, encoding: inner, isTrial: false)
    }

    private mutating func beginSequence(
        _ tag: Tag, _ vr: VR, valueStart: Int, length: Int?, encoding: ElementEncoding, isTrial: Bool
    ) throws(ParseError) {
        guard Int(frame.depth) < min(limits.depth, 255) else {
            throw error(.nestingTooDeep, "at most \(limits.depth) sequences within each other", tag: tag)
        }
        let id = nodes.count
        let valueEnd = length.map { valueStart + $0 }
        try append(
            tag, vr, .sequence, valueStart: valueStart, valueEnd: valueEnd ?? valueStart, undefined: length == nil)
        push(
            .items, id, end: valueEnd ?? frame.end, undefined: length == nil, encoding: encoding, depth: frame.depth + 1
        )
        if isTrial {
            frame.trial = Trial(creators: creators.count)
            trials += 1
        }
        position = valueStart
    }

    mutating func push(
        _ content: Frame.Content, _ node: Int, end: Int, undefined: Bool, encoding: ElementEncoding, depth: UInt8
    ) {
        if stack.isEmpty { creatorsBefore = creators.count }
        stack.append(frame)
        frame = Frame(
            content: content, node: Int32(truncatingIfNeeded: node), end: end, hasUndefinedLength: undefined,
            encoding: encoding, depth: depth)
    }

    mutating func pop() {
        let id = Int(frame.node)
        nodes[id].subtreeEnd = Int32(truncatingIfNeeded: nodes.count)
        if frame.trial != nil { trials -= 1 }
        if let outer = stack.popLast() { frame = outer }
    }

    /// Ends what is open, and drops it when it is of the top level and nobody asked for it.
    mutating func finish() {
        let id = Int(frame.node)
        pop()
        if frame.node < 0 { passOver(id) }
    }

    private mutating func passOver(_ id: Int) {
        guard !selection.isEverything, !selection.contains(nodes[id].tag) else { return }
        passedOver += nodes.count - id
        nodes.removeLast(nodes.count - id)
        // Nodes to come have the numbers of these, and other creators.
        guard creators.count > creatorsBefore else { return }
        creatorsPassedOver += creators.count - creatorsBefore
        creators.removeAll(after: creatorsBefore)
    }

    /// What was a sequence on trial and turned out to be none becomes an element of opaque bytes. Limits are no such
    /// reason: what goes beyond them is refused.
    private mutating func takeBackTrial(_ error: ParseError) -> Bool {
        guard trials > 0, error.code != .tooManyElements, error.code != .nestingTooDeep else { return false }
        while true {
            let id = Int(frame.node)
            let trial = frame.trial
            let valueEnd = frame.end
            pop()
            guard let trial else { continue }
            nodes.removeLast(nodes.count - id - 1)
            nodes[id].kind = .element
            nodes[id].isUnreadSequence = true
            nodes[id].subtreeEnd = Int32(truncatingIfNeeded: id + 1)
            creators.removeAll(after: trial.creators)
            position = valueEnd
            if frame.node < 0 { passOver(id) }
            return true
        }
    }
}
