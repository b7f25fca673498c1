import DICOMCore
package import DICOMFile
package import Deidentification
import RuleEngine
package import RuleLanguage

/// Cleans pixels as a profile says. Made once for a profile, used for any number of instances on any number of threads.
package struct ProfilePixelCleaner: PixelCleaner {
    private let settings: PixelSettings
    private let conditions: DataConditions
    private let codecs: PixelCodecs
    private let keepsAll: Bool
    private let recognition: TextRecognition
    private let ruleSet: RuleSet
    private let scratch: String?

    /// Nil for a profile that says nothing of pixels.
    ///
    /// - Parameter keepsAll: as of `InstanceCleaning`.
    package init?(
        _ profile: Profile, in ruleSet: RuleSet, codecs: PixelCodecs = .installed,
        recognition: TextRecognition = .installed, keepsAll: Bool = false, scratch: String? = nil
    ) {
        guard !profile.pixels.isEmpty else { return nil }
        settings = profile.pixels
        conditions = DataConditions(profile.pixels.areas.map(\.condition), in: ruleSet)
        self.codecs = codecs
        self.keepsAll = keepsAll
        self.recognition = recognition
        self.ruleSet = ruleSet
        self.scratch = scratch
    }

    package func clean(
        _ file: DICOMFile, _ content: PixelContent, text: @escaping (String) -> IdentifyingText
    ) throws(Sequestration) -> CleanedPixels? {
        let areas = try matching(file)
        guard !areas.isEmpty else { return nil }
        let names = areas.map { "`\($0.id)`" }.joined(separator: ", ")
        guard content.node.tag == .pixelData else {
            // Float and Double Float Pixel Data: maps of measures, of which nobody expects areas.
            guard areas.allSatisfy(\.shapes.isEmpty) else {
                throw Sequestration("its pixels cannot be cleaned as \(names) says: they are floating-point numbers")
            }
            return nil
        }
        do throws(UncleanablePixels) {
            // Nothing need be read of an image in which nothing is to be black.
            guard areas.contains(where: { !$0.shapes.isEmpty }) else {
                // What an image says of itself counts for more than what others of its kind are known for.
                guard !file.claimsBurnedInText else {
                    return CleanedPixels(isConfident: false, doubt: "\(names) says that such images have no text")
                }
                return CleanedPixels(
                    attributes: CleanedAttributes(file, isChanged: false, hasAreas: false).elements, isConfident: true,
                    notes: ["known to have no text, by \(names)"])
            }
            let layout = try PixelLayout(file)
            let mask = try Self.mask(areas, file, layout)
            let cleaning = InstanceCleaning(
                file, layout, content, codecs: codecs, decodesLossy: settings.decodesLossy, keepsAll: keepsAll,
                scratch: scratch)
            let removals = areas.flatMap(\.shapes).compactMap(\.textRemoval)
            var reading = TextCleaning(
                FrameSource(file, layout, content, codecs: codecs), removals, areas: mask, in: ruleSet,
                recognition: recognition, text: text)
            let result = try cleaning.blackOut { (number) throws(UncleanablePixels) in
                removals.isEmpty ? mask : try reading.mask(number)
            }
            let attributes = CleanedAttributes(
                file, isChanged: result.changedCount > 0, wasLossy: result.wasLossy,
                hasAreas: !mask.isEmpty || reading.frameCount > 0)
            var notes = [
                "black by \(names): \(mask.pixelCount) pixels of a frame; frames that changed: "
                    + "\(result.changedCount) of \(layout.frames)"
            ]
            if !removals.isEmpty { notes.append(reading.note) }
            return CleanedPixels(
                elements: result.elements, attributes: attributes.elements, removed: attributes.removed,
                removesIcons: true, changedCount: result.changedCount, isConfident: true, notes: notes)
        } catch {
            throw Sequestration("its pixels cannot be cleaned as \(names) says: \(error.reason)")
        }
    }

    /// - Throws: also for an area that lies outside of the image, or an image that names no part that is to go: whoever
    ///   said so saw other images, and where the text of this one is nobody said.
    private static func mask(
        _ areas: [PixelAreas], _ file: DICOMFile, _ layout: PixelLayout
    ) throws(UncleanablePixels) -> PixelMask {
        var mask = PixelMask(columns: layout.columns, rows: layout.rows)
        // Text is another one in every frame.
        for shape in areas.flatMap(\.shapes) where shape.textRemoval == nil {
            let part = try PixelMask([shape], of: file, layout)
            guard !part.isEmpty else { throw UncleanablePixels("a part that they name has no pixel of it") }
            mask.add(part)
        }
        return mask
    }

    /// - Throws: where nobody can tell whether areas are of this image.
    private func matching(_ file: DICOMFile) throws(Sequestration) -> [PixelAreas] {
        var result: [PixelAreas] = []
        for (areas, truth) in zip(settings.areas, conditions.truths(of: file)) {
            switch truth {
            case .true: result.append(areas)
            case .false: continue
            case .unknown:
                throw Sequestration("it cannot be told whether the areas `\(areas.id)` of pixels are of this image")
            }
        }
        return result
    }
}
