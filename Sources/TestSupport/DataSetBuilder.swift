public import DICOMCore

/// Data sets for tests, in three lines:
///
///     DataSetBuilder().text(.patientID, .LO, "X1")
///         .sequence(Tag(0x0040, 0xA730), length: .undefined, [DataSetBuilder().text(.codeValue, .SH, "1")])
///         .file(.explicitLittleEndian)
///
/// Elements are written in the order given, right or wrong; nothing is checked, so that tests can say wrong things.
public struct DataSetBuilder: Sendable, Hashable {
    /// How a sequence or an item says where it ends.
    public enum Length: Sendable, Hashable, CaseIterable { case defined, undefined }

    public indirect enum Part: Sendable, Hashable {
        /// Value bytes in little endian order; padded to an even length, and swapped by VR in big endian.
        case element(Tag, VR, [UInt8])
        /// A sequence; written as UN, its contents are implicit little endian (PS3.5 6.2.2).
        case sequence(Tag, VR, length: Length, itemLength: Length, items: [DataSetBuilder])
        /// Encapsulated: the offset table first, then fragments.
        case fragments(Tag, VR, [[UInt8]])
        /// Bytes as they are.
        case raw([UInt8])
    }

    public var parts: [Part]

    public init(_ parts: [Part] = []) { self.parts = parts }

    public func adding(_ part: Part) -> DataSetBuilder { DataSetBuilder(parts + [part]) }

    public func text(_ tag: Tag, _ vr: VR, _ text: String) -> DataSetBuilder {
        adding(.element(tag, vr, Array(text.utf8)))
    }

    /// Bytes in little endian order.
    public func bytes(_ tag: Tag, _ vr: VR, _ bytes: [UInt8]) -> DataSetBuilder { adding(.element(tag, vr, bytes)) }

    /// Numbers of the VR's width: US, UL, UV, OW, …
    public func integers(_ tag: Tag, _ vr: VR, _ values: Int...) -> DataSetBuilder {
        let bytes = values.flatMap { value in
            (0..<vr.unitSize).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        return adding(.element(tag, vr, bytes))
    }

    public func sequence(
        _ tag: Tag, vr: VR = .SQ, length: Length = .defined, itemLength: Length? = nil, _ items: [DataSetBuilder]
    ) -> DataSetBuilder {
        adding(.sequence(tag, vr, length: length, itemLength: itemLength ?? length, items: items))
    }

    public func fragments(_ tag: Tag, _ vr: VR, _ fragments: [[UInt8]]) -> DataSetBuilder {
        adding(.fragments(tag, vr, fragments))
    }

    /// A private block: the creator at `(group,00bb)` and elements at `(group,bbee)`.
    public func privateBlock(
        group: UInt16, block: UInt8, creator: String, _ elements: [(element: UInt8, vr: VR, text: String)]
    ) -> DataSetBuilder {
        var builder = text(Tag(group, UInt16(block)), .LO, creator)
        for part in elements {
            builder = builder.text(Tag(group, UInt16(block) << 8 | UInt16(part.element)), part.vr, part.text)
        }
        return builder
    }

    public func raw(_ bytes: [UInt8]) -> DataSetBuilder { adding(.raw(bytes)) }
}
