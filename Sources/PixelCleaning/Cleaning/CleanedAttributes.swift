package import DICOMCore
package import DICOMFile

/// What a data set says of itself once its pixels were cleaned (PS3.15 E.3.1, PS3.3 C.7.6.1).
package struct CleanedAttributes {
    /// Each takes the place of what is there, or comes in.
    package var elements: [NewElement] = []
    /// What goes: pictures of the pixels as they were.
    package var removed: [Tag] = []

    /// - Parameters:
    ///   - isChanged: whether any pixel is another one.
    ///   - wasLossy: whether frames that were compressed with loss were decoded, and coded again without.
    ///   - hasAreas: whether some are to be black: where they were before, an icon may still show what they were.
    package init(_ file: DICOMFile, isChanged: Bool, wasLossy: Bool = false, hasAreas: Bool = true) {
        elements.append(NewElement(tag: .burnedInAnnotation, vr: .CS, text: "NO"))
        if hasAreas, file.dataSet.child(.iconImageSequence) != nil { removed.append(.iconImageSequence) }
        guard isChanged else { return }
        // Pixels are no longer those that were made (C.7.6.1.1.2).
        if let node = file.dataSet.child(.imageType), let values = try? file.values(of: node),
            values.first == "ORIGINAL"
        {
            let new = ["DERIVED"] + values.dropFirst()
            elements.append(NewElement(tag: .imageType, vr: .CS, text: new.joined(separator: "\\")))
        }
        // Whatever was compressed with loss stays known to be (C.7.6.1.1.5).
        guard wasLossy || Self.lossy.contains(file.transferSyntax.uid) else { return }
        elements.append(NewElement(tag: .lossyImageCompression, vr: .CS, text: "01"))
        guard wasLossy else { return }
        // The frames themselves say no more that anything was lost, nor how.
        let coding = FrameCoding(file.transferSyntax)
        let method = coding == .jpeg2000 ? "ISO_15444_1" : coding == .jpegLS ? "ISO_14495_1" : nil
        if let method, file.text(.lossyImageCompressionMethod) == nil {
            elements.append(NewElement(tag: .lossyImageCompressionMethod, vr: .CS, text: method))
        }
        if file.text(.derivationDescription) == nil {
            elements.append(NewElement(tag: .derivationDescription, vr: .ST, text: Self.derivation))
        }
    }

    private static let derivation =
        "Parts were made black: decoded from a compression with loss, and compressed again without more"

    private static let lossy: Set<String> = Set(
        ["50", "51", "81"].map { "1.2.840.10008.1.2.4.\($0)" })

    /// As edits of a data set of which nothing else of this is edited.
    package func edits(_ file: DICOMFile) -> [Edit] {
        elements.map { element in
            file.dataSet.child(element.tag).map { .replace($0, element) } ?? .insert(into: nil, element)
        } + removed.compactMap { file.dataSet.child($0) }.map { .remove($0) }
    }
}

extension Tag {
    static let imageType = Tag(0x0008, 0x0008)
    static let derivationDescription = Tag(0x0008, 0x2111)
    static let lossyImageCompression = Tag(0x0028, 0x2110)
    static let lossyImageCompressionMethod = Tag(0x0028, 0x2114)
    static let iconImageSequence = Tag(0x0088, 0x0200)
}
