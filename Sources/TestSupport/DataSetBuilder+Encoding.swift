public import DICOMCore

extension DataSetBuilder {
    /// The data set alone, without preamble and file meta information.
    public func encoded(_ encoding: ElementEncoding = .explicitLittleEndian) -> [UInt8] {
        parts.flatMap { $0.encoded(encoding) }
    }

    /// A file of PS3.10: 128 zeros (or the preamble given), `DICM`, file meta information, the data set. In a deflated
    /// syntax the data set is wrapped into stored blocks (RFC 1951 3.2.4), which every inflater reads.
    ///
    /// - Parameter fileMeta: stands for the elements of group 0002 behind the group length; nil makes the usual ones.
    public func file(
        _ syntax: TransferSyntax = .explicitLittleEndian, fileMeta: DataSetBuilder? = nil,
        preamble: [UInt8] = [UInt8](repeating: 0, count: 128)
    ) -> [UInt8] {
        let meta =
            (fileMeta
            ?? DataSetBuilder()
            .bytes(.fileMetaInformationVersion, .OB, [0, 1])
            .text(.mediaStorageSOPClassUID, .UI, "1.2.840.10008.5.1.4.1.1.7")
            .text(.mediaStorageSOPInstanceUID, .UI, "2.25.1")
            .text(.transferSyntaxUID, .UI, syntax.uid)
            .text(.implementationClassUID, .UI, "2.25.2")).encoded(.explicitLittleEndian)
        let length = DataSetBuilder().integers(.fileMetaInformationGroupLength, .UL, meta.count).encoded()
        let body = encoded(syntax.encoding)
        return preamble + Array("DICM".utf8) + length + meta + (syntax.isDeflated ? Self.storedDeflate(body) : body)
    }

    /// Deflate without compression, padded to an even length.
    public static func storedDeflate(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65535)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            result.append(rest.isEmpty ? 1 : 0)
            result += [UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)]
            result += [UInt8(truncatingIfNeeded: ~count), UInt8(truncatingIfNeeded: ~count >> 8)]
            result += block
        } while !rest.isEmpty
        return result.count % 2 == 0 ? result : result + [0]
    }
}

extension DataSetBuilder.Part {
    func encoded(_ encoding: ElementEncoding) -> [UInt8] {
        switch self {
        case .raw(let bytes): return bytes
        case .element(let tag, let vr, let bytes):
            var value = bytes.count % 2 == 0 ? bytes : bytes + [vr.padding]
            if encoding.isBigEndian { value = swapped(value, unit: vr.unitSize) }
            return header(tag, vr, UInt32(value.count), encoding) + value
        case .fragments(let tag, let vr, let fragments):
            var result = header(tag, vr, .max, encoding)
            for fragment in fragments {
                let value = fragment.count % 2 == 0 ? fragment : fragment + [0]
                result += delimiter(.item, UInt32(value.count), encoding) + value
            }
            return result + delimiter(.sequenceDelimitationItem, 0, encoding)
        case .sequence(let tag, let vr, let length, let itemLength, let items):
            let inner = vr == .UN ? ElementEncoding.implicitLittleEndian : encoding
            var content: [UInt8] = []
            for item in items {
                let value = item.encoded(inner)
                content += delimiter(.item, itemLength == .defined ? UInt32(value.count) : .max, inner) + value
                if itemLength == .undefined { content += delimiter(.itemDelimitationItem, 0, inner) }
            }
            guard length == .undefined else { return header(tag, vr, UInt32(content.count), encoding) + content }
            return header(tag, vr, .max, encoding) + content + delimiter(.sequenceDelimitationItem, 0, inner)
        }
    }

    private func header(_ tag: Tag, _ vr: VR, _ length: UInt32, _ encoding: ElementEncoding) -> [UInt8] {
        var result = number(tag.group, encoding) + number(tag.element, encoding)
        guard encoding.isExplicit else { return result + number(length, encoding) }
        result += [UInt8(truncatingIfNeeded: vr.code), UInt8(truncatingIfNeeded: vr.code >> 8)]
        if vr.hasLongLength { return result + [0, 0] + number(length, encoding) }
        return result + number(UInt16(truncatingIfNeeded: length), encoding)
    }

    private func delimiter(_ tag: Tag, _ length: UInt32, _ encoding: ElementEncoding) -> [UInt8] {
        number(tag.group, encoding) + number(tag.element, encoding) + number(length, encoding)
    }

    private func number<T: FixedWidthInteger>(_ value: T, _ encoding: ElementEncoding) -> [UInt8] {
        let bytes = (0..<T.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        return encoding.isBigEndian ? bytes.reversed() : bytes
    }

    private func swapped(_ bytes: [UInt8], unit: Int) -> [UInt8] {
        guard unit > 1 else { return bytes }
        return stride(from: 0, to: bytes.count, by: unit).flatMap { bytes[$0..<min($0 + unit, bytes.count)].reversed() }
    }
}
