import DICOMCore
import DICOMEncoding

extension NewElement {
    /// The element's bytes. Sequences and items get lengths, not delimiters: every reader takes those, and whoever skips
    /// a sequence need not read it.
    ///
    /// - Parameter path: of the place it goes to, for errors.
    func encoded(_ encoding: ElementEncoding, in path: AttributePath) throws(EditedDataSet.EditError) -> [UInt8] {
        let own = AttributePath(steps: path.steps, tag: tag)
        guard !tag.isDelimiter else { throw .misplaced(own) }
        var writer = ElementWriter(encoding)
        switch value {
        case .bytes(let bytes):
            guard vr != .SQ || bytes.isEmpty else { throw .misplaced(own) }
            let length = bytes.count + bytes.count % 2
            let vr = try writtenVR(length, encoding, own)
            writer.appendHeader(tag, vr, .bytes(UInt32(length)))
            writer.appendValue(bytes, self.vr)
        case .items(let items):
            guard vr == .SQ else { throw .misplaced(own) }
            var content = ElementWriter(encoding)
            for (index, item) in items.enumerated() {
                let step = AttributePath.Step(sequence: tag, item: index + 1)
                let elements = try Self.encoded(item, encoding, in: AttributePath(steps: path.steps + [step]))
                guard elements.count < UInt32.max else { throw .tooLong(own) }
                content.appendHeader(.item, .UN, .bytes(UInt32(elements.count)))
                content.bytes += elements
            }
            guard content.bytes.count < UInt32.max else { throw .tooLong(own) }
            writer.appendHeader(tag, vr, .bytes(UInt32(content.bytes.count)))
            writer.bytes += content.bytes
        }
        return writer.bytes
    }

    /// The elements of one data set or item, in order of their tags.
    static func encoded(
        _ elements: [NewElement], _ encoding: ElementEncoding, in path: AttributePath
    ) throws(EditedDataSet.EditError) -> [UInt8] {
        var result: [UInt8] = []
        var previous: Tag?
        for element in elements.sorted(by: { $0.tag < $1.tag }) {
            guard element.tag != previous else {
                throw .alreadyThere(AttributePath(steps: path.steps, tag: element.tag))
            }
            previous = element.tag
            result += try element.encoded(encoding, in: path)
        }
        return result
    }

    /// Text too long for a 16-bit length becomes UN (PS3.5 6.2.2, note 4), which a reader takes for what the dictionary
    /// says; numbers would change their byte order with it and are refused. So does what has no VR of the standard.
    private func writtenVR(
        _ length: Int, _ encoding: ElementEncoding, _ path: AttributePath
    ) throws(EditedDataSet.EditError) -> VR {
        guard length < UInt32.max else { throw .tooLong(path) }
        guard encoding.isExplicit, vr.isDefined else { return encoding.isExplicit ? .UN : vr }
        guard vr.headerForm == .short, length > Int(UInt16.max) - 1 else { return vr }
        guard vr.isText else { throw .tooLong(path) }
        return .UN
    }
}
