import DICOMCore
import DICOMFile

/// Whether pixel data claims or is likely to hold text or a face. Asked when the profile does not let such images pass.
///
/// - Burned In Annotation (0028,0301) or Recognizable Visual Features (0028,0302) is there and is not NO. A NO is not
///   believed of the kinds below: it is often false.
/// - The SOP class is one of `SOPClassKind.likelyBurnedIn`, or Conversion Type (0008,0064) says that the image was
///   scanned or captured.
/// - Image Type (0008,0008) has a word of `words`; or says SECONDARY where no position in the patient is given.
/// - Series Description (0008,103E) has a word of `descriptionWords`.
/// - The image is in colour though its modality measures grey: a capture of a screen.
struct BurnedInText {
    let file: DICOMFile
    let kind: SOPClassKind
    let sopClass: String

    /// Whole-slide labels and overviews show what is written on the slide; others are pictures of a screen.
    private static let words = [
        "SCREEN", "SAVE", "CAPTURE", "SNAPSHOT", "PRINT", "FILM", "REPORT", "DOSE", "PROTOCOL", "PASTE", "LABEL",
        "OVERVIEW",
    ].map { Array($0.utf8) }
    private static let descriptionWords = [
        "SCREEN", "SNAPSHOT", "CAPTURE", "DOSE REPORT", "DOSE RECORD", "DOSE INFO", "DOSE SUMMARY", "PATIENT PROTOCOL",
        "EXAM SUMMARY", "EXAM PROTOCOL", "SUMMARY SERIES", "SCANNED DOC",
    ].map { Array($0.utf8) }
    /// Classes whose IOD allows MONOCHROME only: CR, CT, MR, NM, PET, DX, mammography, intra-oral.
    private static let greyClasses: Set<String> = [
        "1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1", "2", "2.1", "4", "4.1", "20", "128", "130",
    ].reduce(into: []) { $0.insert(SOPClassKind.storage + $1) }

    /// - Parameters:
    ///   - isCleaned: whether text was taken out of the pixels.
    ///   - isFaceCleaned: whether a face was.
    func reason(isCleaned: Bool = false, isFaceCleaned: Bool = false) -> String? {
        guard file.dataSet.child(.pixelData) != nil else { return nil }
        if !isCleaned, let claim = file.claim(.burnedInAnnotation) { return claim }
        if !isFaceCleaned, let claim = file.claim(.recognizableVisualFeatures) { return claim }
        if isCleaned { return nil }
        if case .likelyBurnedIn(let what) = kind {
            return "its Pixel Data is likely to hold burned-in text: it is \(what)"
        }
        if file.dataSet.child(.conversionType) != nil {
            return "its Pixel Data is likely to hold burned-in text: Conversion Type (0008,0064) is there"
        }
        return imageType() ?? description() ?? colour()
    }

    private func imageType() -> String? {
        guard let node = file.dataSet.child(.imageType) else { return nil }
        guard let values = try? file.values(of: node) else { return "Image Type (0008,0008) cannot be read" }
        let upper = values.map { $0.uppercased() }
        if upper.contains(where: { Self.has(Self.words, $0) }) {
            return "its Pixel Data is likely to hold burned-in text: Image Type (0008,0008) says so"
        }
        if upper.count > 1, upper[1] == "SECONDARY", !isPlacedInPatient {
            return
                "its Pixel Data is likely to hold burned-in text: a SECONDARY image without a position in the patient"
        }
        return nil
    }

    private var isPlacedInPatient: Bool {
        file.dataSet.child(.imageOrientationPatient) != nil
            || file.dataSet.child(.perFrameFunctionalGroupsSequence) != nil
            || file.dataSet.child(.sharedFunctionalGroupsSequence) != nil
            || file.dataSet.child(.frameOfReferenceUID) != nil
    }

    private func description() -> String? {
        guard let node = file.dataSet.child(.seriesDescription), let values = try? file.values(of: node) else {
            return nil
        }
        let upper = values.map { $0.uppercased() }
        return upper.contains { Self.has(Self.descriptionWords, $0) }
            ? "its Pixel Data is likely to hold burned-in text: Series Description (0008,103E) says so" : nil
    }

    /// Whether one of the words, which are ASCII, stands anywhere in a text: by bytes, since each instance is asked some fifty times.
    private static func has(_ words: [[UInt8]], _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return words.contains { word in
            guard bytes.count >= word.count else { return false }
            return (0...(bytes.count - word.count)).contains { start in
                word.indices.allSatisfy { bytes[start + $0] == word[$0] }
            }
        }
    }

    private func colour() -> String? {
        guard Self.greyClasses.contains(sopClass), let value = file.text(.photometricInterpretation),
            !value.hasPrefix("MONOCHROME")
        else { return nil }
        return "its Pixel Data is likely to hold burned-in text: a colour image of a modality that has none"
    }
}

extension Tag {
    static let imageType = Tag(0x0008, 0x0008)
    static let conversionType = Tag(0x0008, 0x0064)
    static let seriesDescription = Tag(0x0008, 0x103E)
    static let imageOrientationPatient = Tag(0x0020, 0x0037)
    static let frameOfReferenceUID = Tag(0x0020, 0x0052)
    static let photometricInterpretation = Tag(0x0028, 0x0004)
    static let recognizableVisualFeatures = Tag(0x0028, 0x0302)
    static let perFrameFunctionalGroupsSequence = Tag(0x5200, 0x9230)
    static let sharedFunctionalGroupsSequence = Tag(0x5200, 0x9229)
}
