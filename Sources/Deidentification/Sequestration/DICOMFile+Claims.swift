import DICOMCore
package import DICOMFile

extension DICOMFile {
    /// Whether the data set says of its pixels that they hold text: Burned In Annotation (0028,0301) with anything but
    /// NO, a value that cannot be read included.
    package var claimsBurnedInText: Bool { claim(.burnedInAnnotation) != nil }

    /// What an element at the top level claims by anything but NO, a value that cannot be read included; in words.
    func claim(_ tag: Tag) -> String? {
        guard let node = dataSet.child(tag) else { return nil }
        guard let values = try? values(of: node) else { return "\(tag) cannot be read" }
        return values.allSatisfy { $0.isEmpty || $0 == "NO" } ? nil : "\(tag) does not say NO"
    }
}
