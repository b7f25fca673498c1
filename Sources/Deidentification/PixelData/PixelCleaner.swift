package import DICOMCore
package import DICOMFile

/// Cleans pixels as a profile says (PS3.15 E.3.1, Clean Pixel Data Option). This module asks; who can read pixels answers.
package protocol PixelCleaner: Sendable {
    /// What becomes of the pixels of an instance; nil when nothing in the profile speaks of it.
    ///
    /// - Parameters:
    ///   - content: what stays of Pixel Data; nil where there is none that is cleaned.
    ///   - faces: what was found in the series of the instance; nil where nobody looked.
    ///   - text: what of a text identifies the patient or others.
    /// - Throws: when it cannot be cleaned, or nobody can tell whether it is to be.
    func clean(
        _ file: DICOMFile, _ content: PixelContent, faces: FaceFinding?, text: @escaping (String) -> IdentifyingText
    ) throws(Sequestration) -> CleanedPixels?
}

/// What takes the place of Pixel Data that was cleaned.
package struct CleanedPixels: Sendable {
    /// Pixel Data and its tables; empty when no pixel is another one now.
    package var elements: [Tag: NewElement]
    /// What the data set says of itself then: at the top level, in place of what is there or beside it.
    package var attributes: [NewElement]
    /// At the top level: pictures of the pixels as they were.
    package var removed: [Tag]
    /// Whether icons within items go, too: each may be a picture of the pixels as they were.
    package var removesIcons: Bool
    /// How many frames are not what they were.
    package var changedCount: Int
    /// Whether nothing that identifies is left in the pixels, as the profile says that can be told.
    package var isConfident: Bool
    /// Why not, when it is not.
    package var doubt: String
    /// Whether a face was taken out (113102).
    package var hasCleanFaces: Bool
    /// For the record.
    package var notes: [String]

    package init(
        elements: [Tag: NewElement] = [:], attributes: [NewElement] = [], removed: [Tag] = [],
        removesIcons: Bool = false,
        changedCount: Int = 0, isConfident: Bool, doubt: String = "",
        hasCleanFaces: Bool = false, notes: [String] = []
    ) {
        self.elements = elements
        self.attributes = attributes
        self.removed = removed
        self.removesIcons = removesIcons
        self.changedCount = changedCount
        self.isConfident = isConfident
        self.doubt = doubt
        self.hasCleanFaces = hasCleanFaces
        self.notes = notes
    }
}
