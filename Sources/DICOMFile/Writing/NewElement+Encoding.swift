import DICOMCore
import DICOMEncoding

/// Encodes new elements as the place they go to is.
struct NewElementEncoder {
    let encoding: ElementEncoding
    /// What `.original` may name: the data set's bytes.
    let original: Range<Int>

    /// Sequences and items get lengths, not delimiters: every reader takes those, and whoever skips a sequence need not
    /// read it.
    ///
    /// - Parameters:
    ///   - path: of the place it goes to; asked for errors alone.
    ///   - result: what it is appended to.
    func encode(
        _ element: NewElement, in path: () -> AttributePath, into result: inout EncodedRuns
    ) throws(EditedDataSet.EditError) {
        func own() -> AttributePath { AttributePath(steps: path().steps, tag: element.tag) }
        guard !element.tag.isDelimiter else { throw .misplaced(own()) }
        switch element.value {
        case .bytes(let bytes):
            guard element.vr != .SQ || bytes.isEmpty else { throw .misplaced(own()) }
            let length = bytes.count + bytes.count % 2
            let vr = try headerVR(element, length, own)
            result.append(as: encoding) { writer in
                writer.appendHeader(element.tag, vr, .bytes(UInt32(length)))
                writer.appendValue(bytes, element.vr)
            }
        case .original(let range):
            let isInside = range.lowerBound >= original.lowerBound && range.upperBound <= original.upperBound
            guard element.vr != .SQ, isInside else { throw .misplaced(own()) }
            try header(element, range.count + range.count % 2, own, into: &result)
            result.append(original: range)
            if range.count % 2 == 1 { result.append([element.vr.padding]) }
        case .samples(let range, let bits):
            let isInside = range.lowerBound >= original.lowerBound && range.upperBound <= original.upperBound
            guard element.vr == .OW || element.vr == .OB, isInside else { throw .misplaced(own()) }
            try header(element, range.count + range.count % 2, own, into: &result)
            result.append(samples: range, bits)
            if range.count % 2 == 1 { result.append([element.vr.padding]) }
        case .spilled(let spill, let range):
            let isInside = range.lowerBound >= 0 && range.upperBound <= spill.count
            guard element.vr != .SQ, isInside else { throw .misplaced(own()) }
            try header(element, range.count + range.count % 2, own, into: &result)
            result.append(spill, range)
            if range.count % 2 == 1 { result.append([element.vr.padding]) }
        case .items(let items):
            guard element.vr == .SQ else { throw .misplaced(own()) }
            var content = EncodedRuns()
            for (index, item) in items.enumerated() {
                let step = AttributePath.Step(sequence: element.tag, item: index + 1)
                var elements = EncodedRuns()
                try encode(item, in: { AttributePath(steps: path().steps + [step]) }, into: &elements)
                guard elements.byteCount < UInt32.max else { throw .tooLong(own()) }
                content.append(as: encoding) { $0.appendHeader(.item, .UN, .bytes(UInt32(elements.byteCount))) }
                content.append(elements)
            }
            try header(element, content.byteCount, own, into: &result)
            result.append(content)
        case .fragments(let fragments):
            guard encoding == .explicitLittleEndian, element.vr == .OB || element.vr == .OW else {
                throw .misplaced(own())
            }
            try encode(fragments, of: element, own, into: &result)
        }
    }

    private func encode(
        _ fragments: [NewElement.Fragment], of element: NewElement, _ path: () -> AttributePath,
        into result: inout EncodedRuns
    ) throws(EditedDataSet.EditError) {
        result.append(as: encoding) { $0.appendHeader(element.tag, element.vr, .undefined) }
        for fragment in fragments {
            let count = fragment.byteCount
            guard count < UInt32.max - 1 else { throw .tooLong(path()) }
            result.append(as: encoding) { $0.appendHeader(.item, .UN, .bytes(UInt32(count + count % 2))) }
            for part in fragment.parts {
                switch part {
                case .new(let bytes): result.append(bytes)
                case .original(let range):
                    guard range.lowerBound >= original.lowerBound, range.upperBound <= original.upperBound else {
                        throw .misplaced(path())
                    }
                    result.append(original: range)
                case .spilled(let spill, let range):
                    guard range.lowerBound >= 0, range.upperBound <= spill.count else { throw .misplaced(path()) }
                    result.append(spill, range)
                }
            }
            if count % 2 == 1 { result.append([0]) }
        }
        result.append(as: encoding) { $0.appendHeader(.sequenceDelimitationItem, .UN, .bytes(0)) }
    }

    /// The elements of one data set or item, in order of their tags.
    func encode(
        _ elements: [NewElement], in path: () -> AttributePath, into result: inout EncodedRuns
    ) throws(EditedDataSet.EditError) {
        var previous: Tag?
        for element in elements.sorted(by: { $0.tag < $1.tag }) {
            guard element.tag != previous else {
                throw .alreadyThere(AttributePath(steps: path().steps, tag: element.tag))
            }
            previous = element.tag
            try encode(element, in: path, into: &result)
        }
    }

    /// Elements that copy nothing, as bytes.
    func bytes(of elements: [NewElement]) throws(EditedDataSet.EditError) -> [UInt8] {
        var result = EncodedRuns()
        try encode(elements, in: { .root }, into: &result)
        return result.made
    }

    private func header(
        _ element: NewElement, _ length: Int, _ path: () -> AttributePath, into result: inout EncodedRuns
    ) throws(EditedDataSet.EditError) {
        let vr = try headerVR(element, length, path)
        result.append(as: encoding) { $0.appendHeader(element.tag, vr, .bytes(UInt32(length))) }
    }

    /// The VR that a header is written with. Text too long for a 16-bit length becomes UN (PS3.5 6.2.2, note 4), which a reader
    /// takes for what the dictionary says; numbers would change their byte order with it and are refused. What has no VR of
    /// the standard becomes UN, too.
    private func headerVR(
        _ element: NewElement, _ length: Int, _ path: () -> AttributePath
    ) throws(EditedDataSet.EditError) -> VR {
        guard length < UInt32.max else { throw .tooLong(path()) }
        var vr = element.vr
        if encoding.isExplicit {
            if !vr.isDefined { vr = .UN }
            if vr.headerForm == .short, length > Int(UInt16.max) - 1 {
                guard vr.isText else { throw .tooLong(path()) }
                vr = .UN
            }
        }
        return vr
    }
}
