import DICOMCore

extension DataSetBuilder {
    /// A data set of elements that the standard knows with the VRs it gives them, so that implicit and explicit VR read the
    /// same; with sequences in any form and private blocks, to a depth.
    public static func random(_ generator: inout SeededGenerator, depth: Int = 3) -> DataSetBuilder {
        var result = DataSetBuilder()
        for (tag, vr) in choices where generator.below(3) > 0 {
            switch vr {
            case .SQ:
                guard depth > 0, generator.below(3) == 0 else { continue }
                let items = (0..<generator.below(4)).map { _ in random(&generator, depth: depth - 1) }
                result = result.sequence(
                    tag, length: generator.pick(Length.allCases), itemLength: generator.pick(Length.allCases), items)
            case .LO where tag.isPrivateCreator:
                result = result.text(tag, .LO, "CREATOR \(generator.below(3))")
            default:
                // Within an explicit data set a private UN is opaque; in an implicit one nobody knows better.
                let count = generator.below(5) * max(vr.unitSize, 2)
                let bytes = (0..<count).map { _ in
                    vr.isText ? UInt8(0x30 + generator.below(10)) : UInt8(generator.below(256))
                }
                result = result.bytes(tag, vr, bytes)
            }
        }
        return result
    }

    private static let choices: [(Tag, VR)] = [
        (Tag(0x0008, 0x0005), .CS), (Tag(0x0008, 0x0008), .CS), (Tag(0x0008, 0x0016), .UI), (Tag(0x0008, 0x0018), .UI),
        (Tag(0x0008, 0x0020), .DA), (Tag(0x0008, 0x1032), .SQ), (Tag(0x0008, 0x1115), .SQ), (Tag(0x0008, 0x1140), .SQ),
        (Tag(0x0009, 0x0010), .LO), (Tag(0x0009, 0x1001), .UN), (Tag(0x0009, 0x1002), .UN), (Tag(0x0010, 0x0010), .PN),
        (Tag(0x0010, 0x0020), .LO), (Tag(0x0010, 0x1002), .SQ), (Tag(0x0018, 0x9073), .FD), (Tag(0x0020, 0x0032), .DS),
        (Tag(0x0028, 0x0009), .AT), (Tag(0x0028, 0x0010), .US), (Tag(0x0029, 0x0011), .LO), (Tag(0x0029, 0x1180), .UN),
        (Tag(0x0040, 0x0275), .SQ), (Tag(0x0040, 0xA730), .SQ), (Tag(0x0066, 0x0016), .OF), (Tag(0x0070, 0x0022), .FL),
        (Tag(0x7FE0, 0x0010), .OW), (Tag(0xFFFC, 0xFFFC), .OB),
    ]
}
