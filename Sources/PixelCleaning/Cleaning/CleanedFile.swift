import DICOMCore
public import DICOMFile
import Deidentification
public import RuleLanguage

/// One file whose pixels are cleaned and of which nothing else is changed.
public struct CleanedFile: Sendable {
    public var edits: [Edit]
    public var frameCount: Int
    public var changedCount: Int
    /// What was done; no values.
    public var notes: [String] = []

    /// Makes the same shapes of every frame black.
    public init(
        _ file: DICOMFile, _ shapes: [PixelShape], decodesLossy: Bool, codecs: PixelCodecs = .installed,
        recognition: TextRecognition = .installed
    ) throws(UncleanablePixels) {
        let source = try FrameSource(file, codecs: codecs)
        let mask = try PixelMask(shapes, of: file, source.layout)
        let cleaning = InstanceCleaning(
            file, source.layout, source.content, codecs: codecs, decodesLossy: decodesLossy, keepsAll: true)
        let removals = shapes.compactMap(\.textRemoval)
        let text: SingleFileText?
        do throws(Sequestration) {
            text = removals.contains { $0.extent == .identifying } ? try SingleFileText(file) : nil
        } catch {
            throw UncleanablePixels(error.reason)
        }
        var reading = TextCleaning(source, removals, areas: mask, in: nil, recognition: recognition) {
            text?.identifying(in: $0) ?? .nothing
        }
        let result = try cleaning.blackOut { (number) throws(UncleanablePixels) in
            removals.isEmpty ? mask : try reading.mask(number)
        }
        frameCount = source.layout.frames
        changedCount = result.changedCount
        if !removals.isEmpty { notes = [try reading.note()] }
        // Shapes outside of the image say nothing of its text.
        guard !mask.isEmpty || !removals.isEmpty else {
            edits = []
            return
        }
        let attributes = CleanedAttributes(file, isChanged: changedCount > 0, wasLossy: result.wasLossy)
        edits = Self.edits(result.elements, file)
        finish(file, attributes, removesIcons: true)
    }

    /// Makes black what a profile says.
    ///
    /// - Throws: also where the profile says nothing of this image.
    public init(
        _ file: DICOMFile, _ profile: Profile, in ruleSet: RuleSet, codecs: PixelCodecs = .installed
    ) throws(UncleanablePixels) {
        guard let cleaner = ProfilePixelCleaner(profile, in: ruleSet, codecs: codecs, keepsAll: true) else {
            throw UncleanablePixels("the profile says nothing of pixels")
        }
        let source = try FrameSource(file, codecs: codecs)
        let found: CleanedPixels?
        do throws(Sequestration) {
            let text = profile.pixels.comparesText ? try SingleFileText(file, profile, in: ruleSet) : nil
            found = try cleaner.clean(file, source.content, faces: nil) { text?.identifying(in: $0) ?? .nothing }
        } catch {
            throw UncleanablePixels(error.reason)
        }
        guard let found else { throw UncleanablePixels("the profile says nothing of the pixels of this image") }
        guard found.isConfident else {
            throw UncleanablePixels("it says that there is text in its pixels; \(found.doubt)")
        }
        frameCount = source.layout.frames
        changedCount = found.changedCount
        notes = found.notes
        var attributes = CleanedAttributes(file, isChanged: false, hasAreas: false)
        attributes.elements = found.attributes
        attributes.removed = found.removed
        edits = Self.edits(found.elements, file)
        finish(file, attributes, removesIcons: found.removesIcons)
    }

    /// What the data set says of itself, and what else shows the pixels.
    private mutating func finish(_ file: DICOMFile, _ attributes: CleanedAttributes, removesIcons: Bool) {
        var attributes = attributes
        let pictures = OtherPictures(file)
        if pictures.hasOverlays {
            attributes.elements.removeAll { $0.tag == .burnedInAnnotation }
            notes.append("Burned In Annotation stays as it is: there is an overlay, and nobody looks at what it says")
        }
        edits += attributes.edits(file)
        guard removesIcons, !pictures.nested.isEmpty else { return }
        edits += pictures.nested.map { Edit.remove($0) }
        notes.append("pictures within items are removed: they may show the pixels as they were")
    }

    private static func edits(_ elements: [Tag: NewElement], _ file: DICOMFile) -> [Edit] {
        elements.values.sorted { $0.tag < $1.tag }.map { element in
            file.dataSet.child(element.tag).map { .replace($0, element) } ?? .insert(into: nil, element)
        }
    }
}
