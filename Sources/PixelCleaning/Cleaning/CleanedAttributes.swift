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
    ///   - hasAreas: whether some are to be black: where they were before, an icon may still show what they were.
    package init(_ file: DICOMFile, isChanged: Bool, hasAreas: Bool = true) {
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
        if Self.lossy.contains(file.transferSyntax.uid) {
            elements.append(NewElement(tag: .lossyImageCompression, vr: .CS, text: "01"))
        }
    }

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
    static let lossyImageCompression = Tag(0x0028, 0x2110)
    static let iconImageSequence = Tag(0x0088, 0x0200)
}
