import DICOMCore
import DICOMEncoding

/// Explicit VR with a VR that PS3.5 does not define: a typing error (`??`, two blanks), or one of the future.
extension DataSetIndexer {
    enum Answer {
        case read(ElementHeader)
        case wanted(Wanted)
    }

    /// Nobody says whether the length has 16 bits, as in most writers' errors, or 32, as in VRs to come (PS3.5 6.2). It is
    /// taken as the one of both that leads to another element or to the end of the item; if both do, or neither, the
    /// data set is refused: never two readings.
    func unknownHeader(
        _ header: ElementHeader, _ bytes: borrowing RawSpan, base: Int
    ) throws(ParseError) -> Answer {
        var fitting: [ElementHeader] = []
        for form in forms(header, bytes, base: base) {
            guard case .bytes(let count) = form.length else { continue }
            let next = position + form.byteCount + Int(count)
            guard next <= frame.end else { continue }
            if next == frame.end, !frame.hasUndefinedLength {
                fitting.append(form)
                continue
            }
            let needed = min(next + ElementHeader.longest, end)
            guard needed <= base + bytes.byteCount else {
                // Two headers in one window: a value of another length is not looked for.
                guard needed - position <= 1 << 20 else { continue }
                return .wanted(Wanted(offset: position, count: needed - position))
            }
            if isFollowedWell(header.tag, header.vr, at: next, bytes, base: base) { fitting.append(form) }
        }
        guard fitting.count == 1, let form = fitting.first else {
            throw error(.malformedVR, "one of the value representations of PS3.5", tag: header.tag)
        }
        return .read(form)
    }

    private func forms(_ header: ElementHeader, _ bytes: borrowing RawSpan, base: Int) -> [ElementHeader] {
        let offset = position - base
        guard bytes.littleEndian(UInt16.self, at: offset + 6) == 0, frame.end - position >= 12 else { return [header] }
        let isBig = frame.encoding.isBigEndian
        let length = ValueLength(rawValue: bytes.integer(UInt32.self, at: offset + 8, bigEndian: isBig))
        return [header, ElementHeader(tag: header.tag, vr: header.vr, length: length, byteCount: 12)]
    }

    private func isFollowedWell(
        _ tag: Tag, _ vr: VR, at next: Int, _ bytes: borrowing RawSpan, base: Int
    ) -> Bool {
        let following = ElementHeader.read(
            from: bytes, at: next - base, end: frame.end - base, encoding: frame.encoding)
        guard let following else { return false }
        if following.tag == .itemDelimitationItem { return frame.content == .elements && frame.hasUndefinedLength }
        // Writers that leave VRs blank do so in many elements on end.
        return following.tag > tag && !following.tag.isDelimiter && (following.vr.isDefined || following.vr == vr)
    }
}
