import DICOMCore
import DICOMEncoding

/// New bytes, and runs of the original among them.
struct EncodedRuns {
    private(set) var runs: [EditPlan.Run] = []
    private(set) var byteCount = 0

    mutating func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        byteCount += bytes.count
        if case .new(let before)? = runs.last {
            runs[runs.count - 1] = .new(before + bytes)
        } else {
            runs.append(.new(bytes))
        }
    }

    mutating func append(original range: Range<Int>) {
        guard !range.isEmpty else { return }
        byteCount += range.count
        runs.append(.copy(range))
    }

    mutating func append(samples range: Range<Int>, _ bits: StoredBits) {
        guard !range.isEmpty else { return }
        byteCount += range.count
        runs.append(.samples(range, bits))
    }

    mutating func append(_ spill: Spill, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        byteCount += range.count
        runs.append(.spilled(spill, range))
    }

    mutating func append(_ other: EncodedRuns) {
        for run in other.runs {
            switch run {
            case .new(let bytes): append(bytes)
            case .copy(let range): append(original: range)
            case .samples(let range, let bits): append(samples: range, bits)
            case .spilled(let spill, let range): append(spill, range)
            }
        }
    }
}

/// Encodes new elements as the place they go to is.
struct NewElementEncoder {
    let encoding: ElementEncoding
    /// What `.original` may name: the data set's bytes.
    let original: Range<Int>

    /// Sequences and items get lengths, not delimiters: every reader takes those, and whoever skips a sequence need not
    /// read it.
    ///
    /// - Parameter path: of the place it goes to; asked for errors alone.
    func encode(_ element: NewElement, in path: () -> AttributePath) throws(EditedDataSet.EditError) -> EncodedRuns {
        func own() -> AttributePath { AttributePath(steps: path().steps, tag: element.tag) }
        guard !element.tag.isDelimiter else { throw .misplaced(own()) }
        var result = EncodedRuns()
        switch element.value {
        case .bytes(let bytes):
            guard element.vr != .SQ || bytes.isEmpty else { throw .misplaced(own()) }
            result.append(try header(element, bytes.count + bytes.count % 2, own))
            var writer = ElementWriter(encoding)
            writer.appendValue(bytes, element.vr)
            result.append(writer.bytes)
        case .original(let range):
            let isInside = range.lowerBound >= original.lowerBound && range.upperBound <= original.upperBound
            guard element.vr != .SQ, isInside else { throw .misplaced(own()) }
            result.append(try header(element, range.count + range.count % 2, own))
            result.append(original: range)
            if range.count % 2 == 1 { result.append([element.vr.padding]) }
        case .samples(let range, let bits):
            let isInside = range.lowerBound >= original.lowerBound && range.upperBound <= original.upperBound
            guard element.vr == .OW || element.vr == .OB, isInside else { throw .misplaced(own()) }
            result.append(try header(element, range.count + range.count % 2, own))
            result.append(samples: range, bits)
            if range.count % 2 == 1 { result.append([element.vr.padding]) }
        case .spilled(let spill, let range):
            let isInside = range.lowerBound >= 0 && range.upperBound <= spill.count
            guard element.vr != .SQ, isInside else { throw .misplaced(own()) }
            result.append(try header(element, range.count + range.count % 2, own))
            result.append(spill, range)
            if range.count % 2 == 1 { result.append([element.vr.padding]) }
        case .items(let items):
            guard element.vr == .SQ else { throw .misplaced(own()) }
            var content = EncodedRuns()
            for (index, item) in items.enumerated() {
                let step = AttributePath.Step(sequence: element.tag, item: index + 1)
                let elements = try encode(item, in: { AttributePath(steps: path().steps + [step]) })
                guard elements.byteCount < UInt32.max else { throw .tooLong(own()) }
                var writer = ElementWriter(encoding)
                writer.appendHeader(.item, .UN, .bytes(UInt32(elements.byteCount)))
                content.append(writer.bytes)
                content.append(elements)
            }
            result.append(try header(element, content.byteCount, own))
            result.append(content)
        case .fragments(let fragments):
            guard encoding == .explicitLittleEndian, element.vr == .OB || element.vr == .OW else {
                throw .misplaced(own())
            }
            result.append(try encode(fragments, of: element, own))
        }
        return result
    }

    private func encode(
        _ fragments: [NewElement.Fragment], of element: NewElement, _ path: () -> AttributePath
    ) throws(EditedDataSet.EditError) -> EncodedRuns {
        var result = EncodedRuns()
        var writer = ElementWriter(encoding)
        writer.appendHeader(element.tag, element.vr, .undefined)
        for fragment in fragments {
            let count = fragment.byteCount
            guard count < UInt32.max - 1 else { throw .tooLong(path()) }
            writer.appendHeader(.item, .UN, .bytes(UInt32(count + count % 2)))
            result.append(writer.bytes)
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
            writer = ElementWriter(encoding)
            if count % 2 == 1 { result.append([0]) }
        }
        writer.appendHeader(.sequenceDelimitationItem, .UN, .bytes(0))
        result.append(writer.bytes)
        return result
    }

    /// The elements of one data set or item, in order of their tags.
    func encode(_ elements: [NewElement], in path: () -> AttributePath) throws(EditedDataSet.EditError) -> EncodedRuns {
        var result = EncodedRuns()
        var previous: Tag?
        for element in elements.sorted(by: { $0.tag < $1.tag }) {
            guard element.tag != previous else {
                throw .alreadyThere(AttributePath(steps: path().steps, tag: element.tag))
            }
            previous = element.tag
            result.append(try encode(element, in: path))
        }
        return result
    }

    /// Text too long for a 16-bit length becomes UN (PS3.5 6.2.2, note 4), which a reader takes for what the dictionary
    /// says; numbers would change their byte order with it and are refused. What has no VR of the standard becomes UN, too.
    private func header(
        _ element: NewElement, _ length: Int, _ path: () -> AttributePath
    ) throws(EditedDataSet.EditError) -> [UInt8] {
        guard length < UInt32.max else { throw .tooLong(path()) }
        var vr = element.vr
        if encoding.isExplicit {
            if !vr.isDefined { vr = .UN }
            if vr.headerForm == .short, length > Int(UInt16.max) - 1 {
                guard vr.isText else { throw .tooLong(path()) }
                vr = .UN
            }
        }
        var writer = ElementWriter(encoding)
        writer.appendHeader(element.tag, vr, .bytes(UInt32(length)))
        return writer.bytes
    }
}
