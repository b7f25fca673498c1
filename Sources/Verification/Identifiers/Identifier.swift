import DICOMCore

/// A value of the originals that may not stand in any output.
struct Identifier: Sendable {
    enum Kind: String, Hashable, Sendable {
        /// A name as a whole, in one of its orders.
        case name
        /// One component of a name: it counts in files of people whose data names it, or beside another component.
        case nameComponent
        /// An ID, a number, an address of mail: letters and digits.
        case number
        /// Words: an address, an institution, a place.
        case text
    }

    var kind: Kind
    /// Folded; for `showsValues`.
    var value: String
    /// Where it stands in an original.
    var source: Tag
    /// The people in whose files it stands; nil when they are too many to remember.
    var patients: Set<Int32>?
    /// Under these options it may stay.
    var options: DeidentificationOptions
}

/// What is read out of one original.
struct Harvest: Sendable {
    struct Text: Hashable, Sendable {
        var value: String
        var source: Tag
        var options: DeidentificationOptions

        static func precedes(_ one: Text, _ other: Text) -> Bool {
            (one.source, one.value) < (other.source, other.value)
        }
    }

    /// Patient ID and its issuer, or the study, or nothing.
    var patient = ""
    var names: Set<Text> = []
    var texts: Set<Text> = []
    var uids: Set<String> = []
    /// Days since 0000-03-01; dates of birth apart.
    var dates: Set<Int32> = []
    var birthDates: Set<Int32> = []
    var sopInstanceUID = ""
    var studyInstanceUID = ""
}
