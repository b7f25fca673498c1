import DICOMCore
import DICOMDictionary

/// What people call an attribute of which the evidence has the place.
public enum AttributeName {
    /// `PatientID (0010,0020)`; the place alone where the dictionary knows no keyword.
    public static func of(_ attribute: String) -> String {
        guard let last = attribute.split(separator: "/").last, let tag = Tag(last),
            let entry = StandardDictionary.entry(for: tag), !entry.keyword.isEmpty
        else { return attribute }
        return "\(entry.keyword) \(attribute)"
    }
}
