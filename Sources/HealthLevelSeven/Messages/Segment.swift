/// A segment: a name of three characters, and fields by number.
public struct Segment: Hashable, Sendable {
    /// `PID`, `ZVI`.
    public let name: String
    /// Field 1 first. Of MSH, field 1 is the field separator and field 2 the encoding characters (2.14.9.1).
    public let fields: [Field]
    let delimiters: Delimiters
    let characterSet: MessageCharacterSet

    init(name: String, fields: [Field], _ delimiters: Delimiters, _ characterSet: MessageCharacterSet) {
        self.name = name
        self.fields = fields
        self.delimiters = delimiters
        self.characterSet = characterSet
    }

    /// A field by its number, from 1; absent where the segment is shorter.
    public subscript(_ number: Int) -> Field {
        number >= 1 && number <= fields.count ? fields[number - 1] : Field(raw: "", delimiters, characterSet)
    }
}
