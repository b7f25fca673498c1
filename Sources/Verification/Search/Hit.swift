import DICOMCore

/// Something of the originals that was found in some bytes.
struct Hit: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case name, number, text, uid, date, birthDate }

    var kind: Kind
    /// The attribute of an original that it was taken from; nil where many could be.
    var source: Tag?
    /// What was found, folded: printed only when asked for.
    var value: String
    /// Of a date: days, so that one that the patient's offset explains can be told from one that stayed.
    var day: Int32?
}

/// What bytes are, and so how much it takes to call a likeness a find.
enum ByteKind: Sendable {
    /// Words for people.
    case text
    /// A number, a date or a UID as text: only the whole value counts.
    case number
    /// Anything: private elements, documents, comments.
    case bytes
    /// Samples and entropy-coded data, in which any eight bytes come together by chance sooner or later.
    case pixels
}
