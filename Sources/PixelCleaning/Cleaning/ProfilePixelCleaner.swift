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
        _ file: DICOMFile, _ content: PixelContent, faces: FaceFinding?, text: @escaping (String) -> IdentifyingText
    ) throws(Sequestration) -> CleanedPixels? {
        let areas = try matching(file)
        let face = try face(file, content, faces)
        guard !areas.isEmpty || face != nil else { return nil }
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
            guard face != nil || areas.contains(where: { !$0.shapes.isEmpty }) else {
                return withoutText(file, names)
            }
            return try blackOut(file, content, areas, face, text)
        } catch {
            let what = areas.isEmpty ? "its face cannot be taken out" : "its pixels cannot be cleaned as \(names) says"
            throw Sequestration("\(what): \(error.reason)")
        }
    }

    /// What an image says of itself counts for more than what others of its kind are known for.
    private func withoutText(_ file: DICOMFile, _ names: String) -> CleanedPixels {
        guard !file.claimsBurnedInText else {
            return CleanedPixels(isConfident: false, doubt: "\(names) says that such images have no text")
        }
        return CleanedPixels(
            attributes: CleanedAttributes(file, isChanged: false, hasAreas: false).elements, isConfident: true,
            notes: ["known to have no text, by \(names)"])
    }

    private func blackOut(
        _ file: DICOMFile, _ content: PixelContent, _ areas: [PixelAreas], _ face: FaceCut?,
        _ text: @escaping (String) -> IdentifyingText
    ) throws(UncleanablePixels) -> CleanedPixels {
        let layout = try PixelLayout(file)
        var mask = try Self.mask(areas, file, layout)
        let textCount = mask.pixelCount
        if let face { mask.add(PixelMask(face, try SliceGeometry(file))) }
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
        var attributes = CleanedAttributes(
            file, isChanged: result.changedCount > 0, wasLossy: result.wasLossy,
            hasAreas: !mask.isEmpty || reading.frameCount > 0)
        var notes: [String] = []
        let names = areas.map { "`\($0.id)`" }.joined(separator: ", ")
        if !areas.isEmpty { notes.append("black by \(names): \(textCount) pixels of a frame") }
        if face != nil {
            // PS3.3 C.7.6.1: what is left shows nobody's face.
            attributes.elements.append(NewElement(tag: .recognizableVisualFeatures, vr: .CS, text: "NO"))
            notes.append("the face of the series taken out: \(mask.pixelCount - textCount) pixels")
        }
        notes[notes.count - 1] += "; frames that changed: \(result.changedCount) of \(layout.frames)"
        if !removals.isEmpty { notes.append(try reading.note()) }
        // Of its text nobody spoke who only spoke of faces, or of images without text of which this one says that it has some.
        let isOfText = areas.contains { !$0.shapes.isEmpty } || !areas.isEmpty && !file.claimsBurnedInText
        return CleanedPixels(
            elements: result.elements, attributes: attributes.elements, removed: attributes.removed,
            removesIcons: true, changedCount: result.changedCount, isConfident: isOfText,
            doubt: isOfText || areas.isEmpty ? "" : "\(names) says that such images have no text",
            hasCleanFaces: face != nil, notes: notes)
    }

    /// Where the face of the series is; nil where it shows none, or where faces stay.
    private func face(
        _ file: DICOMFile, _ content: PixelContent, _ faces: FaceFinding?
    ) throws(Sequestration) -> FaceCut? {
        guard settings.removesFaces, FaceHeader.isOfModality(file) else { return nil }
        switch faces {
        case nil:
            throw Sequestration("it may show a face, and faces are looked for in whole series, which nobody did")
        case .none?: return nil
        case .unknown(let reason)?:
            throw Sequestration("it may show a face, and nobody can tell where: \(reason)")
        case .cut(let cut)?:
            guard content.node.tag == .pixelData else {
                throw Sequestration("its series shows a face, and its pixels are floating-point numbers")
            }
            return cut
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
