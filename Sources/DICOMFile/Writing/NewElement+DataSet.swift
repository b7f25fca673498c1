public import DICOMCore

extension NewElement {
    /// A data set of these elements in order of their tags, without preamble and file meta information.
    public static func dataSet(
        _ elements: [NewElement], as encoding: ElementEncoding
    ) throws(EditedDataSet.EditError) -> [UInt8] {
        try NewElementEncoder(encoding: encoding, original: 0..<0).bytes(of: elements)
    }
}
