public import DICOMCore
public import DICOMEncoding

extension DICOMFile {
    /// The values of an element as text, for any VR that has text or numbers: trailing padding gone, split at
    /// backslashes (unless the VR is one text), decoded by the Specific Character Set that applies at that place,
    /// numbers in decimal, AT as `(gggg,eeee)`. Empty for an element without a value. UN is read by the VR of the
    /// dictionary when it has one. Throws for bytes, sequences, and whatever cannot be decoded.
    public func values(of node: DataSetIndex.NodeID, in part: Part = .dataSet) throws(ValueError) -> [String] { [] }

    /// The first value at the top level, nil when absent, empty or unreadable: for SOP class, UIDs, transfer syntax.
    public func text(_ tag: Tag) -> String? { nil }
}
