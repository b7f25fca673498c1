package import DICOMFile
import DICOMCore
import Registry

/// A Key Object Selection that says that instances are not to be used (IHE RAD TF-3 4.66, Imaging Object Change
/// Management).
package struct RejectionNote: Hashable, Sendable {
    /// Of the DCM scheme: 113001, 113037, 113038, 113039.
    package var code: String
    /// The SOP Instance UIDs that it names, each once, sorted.
    package var instances: [String]

    private static let keyObjectSelection = "1.2.840.10008.5.1.4.1.1.88.59"

    /// Nil for every other file.
    package init?(_ file: DICOMFile) {
        guard file.text(.sopClassUID) == Self.keyObjectSelection else { return nil }
        let titles = file.dataSet.child(Tag(0x0040, 0xA043)).map { file.dataSet.children(of: $0) } ?? []
        guard let title = titles.first, Self.text(.codingSchemeDesignator, in: title, of: file) == "DCM",
            let code = Self.text(.codeValue, in: title, of: file), Act.rejectionCodes.contains(code)
        else { return nil }
        self.code = code
        // Current Requested Procedure Evidence Sequence; the content tree names no others (PS3.3 C.17.2.2).
        let series = PathPattern.Element.standard(Tag(0x0008, 0x1115)), images = Tag(0x0008, 0x1199)
        let pattern = PathPattern(
            steps: [
                .sequence(.standard(Tag(0x0040, 0xA375)), item: nil), .sequence(series, item: nil),
                .sequence(.standard(images), item: nil),
            ], element: .standard(Tag(0x0008, 0x1155)))
        let uids = file.nodes(matching: pattern).compactMap { (try? file.values(of: $0))?.first }
        instances = Set(uids).filter { !$0.isEmpty }.sorted()
    }

    private static func text(_ tag: Tag, in item: DataSetIndex.NodeID, of file: DICOMFile) -> String? {
        file.dataSet.child(tag, of: item).flatMap { (try? file.values(of: $0))?.first }
    }
}
