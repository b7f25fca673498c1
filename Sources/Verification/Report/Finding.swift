/// Something in an output that should not be there, or is not as it should be.
public struct Finding: Sendable, Hashable {
    /// In the order in which they are reported: what identifies comes first.
    public enum Category: String, Sendable, Hashable, CaseIterable {
        case name, number, text, birthDate, date, uid, kept, privateElement, age, burnedIn
        case uidConsistency, interval, required, type, changed, pixels, fileMeta, missing, unmatched

        /// For people.
        public var title: String {
            switch self {
            case .name: "Names"
            case .number: "Numbers and IDs"
            case .text: "Addresses, institutions and other identifying text"
            case .birthDate: "Dates of birth"
            case .date: "Dates"
            case .uid: "UIDs of the originals"
            case .kept: "Attributes of Table E.1-1 that are as they were"
            case .privateElement: "Private elements not known to be safe"
            case .age: "Ages above 89"
            case .burnedIn: "Pixels said to hold burned-in text"
            case .uidConsistency: "UIDs that are not replaced one for one"
            case .interval: "Dates that moved by another offset than the patient's"
            case .required: "What a de-identified data set must say"
            case .type: "Attributes that the IOD requires"
            case .changed: "Elements that should be as they were"
            case .pixels: "Pixels that should be as they were"
            case .fileMeta: "Preamble and file meta information"
            case .missing: "Originals without an output"
            case .unmatched: "Outputs without an original"
            }
        }
    }

    public var category: Category
    /// The output, by its number; of a missing original, the original's. From 1, in the order of their names.
    public var number: Int
    /// Its path below OUT; nil when the path itself identifies somebody and values are not shown.
    public var path: String?
    /// Where in the file: an attribute path, or in words.
    public var place: String
    /// What was found, without the value: `from PatientName (0010,0010)`.
    public var detail: String
    /// Only when values are asked for.
    public var value: String?
}
