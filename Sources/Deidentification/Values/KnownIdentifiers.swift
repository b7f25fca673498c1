import DICOMCore
import DICOMFile

/// What the instance itself says of who the patient is, to be looked for in text that stays: a description or a code's
/// meaning that has the patient's number, or first and last name, in it does not stay whatever the profile says of it.
///
/// A family name alone is not looked for. It may be an eponym, a part of the body or a word.
struct KnownIdentifiers {
    /// Lower case, ASCII folded.
    private var numbers: [[UInt8]] = []
    /// Family and given name, both of which must be there.
    private var names: [([UInt8], [UInt8])] = []

    var isEmpty: Bool { numbers.isEmpty && names.isEmpty }

    private static let numberTags = [Tag.patientID, Tag(0x0008, 0x0050), Tag(0x0010, 0x1000)]
    private static let nameTags = [Tag.patientName, Tag(0x0010, 0x1001), Tag(0x0010, 0x1005)]

    /// - Parameter isKept: whether the profile lets an attribute stay; then it is no secret.
    init(_ file: DICOMFile, isKept: (Tag) -> Bool) {
        for tag in Self.numberTags where !isKept(tag) {
            for value in Self.values(tag, file) {
                let number = trimmed(value)
                // Shorter ones, and words, are found by chance.
                guard number.count >= 5, number.contains(where: { $0 >= 0x30 && $0 <= 0x39 }) else { continue }
                numbers.append(number.map(Self.folded))
            }
        }
        for tag in Self.nameTags where !isKept(tag) {
            for value in Self.values(tag, file) {
                // Components of the alphabetic, ideographic and phonetic groups (PS3.5 6.2.1.2).
                for group in value.split(separator: UInt8(ascii: "=")) {
                    let parts = group.split(separator: UInt8(ascii: "^"), omittingEmptySubsequences: false)
                        .map { trimmed($0).map(Self.folded) }
                    guard parts.count > 1, parts[0].count > 1, parts[1].count > 1 else { continue }
                    if parts[0].count + parts[1].count >= 6 { names.append((parts[0], parts[1])) }
                }
            }
        }
    }

    private static func values(_ tag: Tag, _ file: DICOMFile) -> [ArraySlice<UInt8>] {
        guard let node = file.dataSet.child(tag), let value = try? file.bytes(of: node) else { return [] }
        return value.split(separator: .backslash)
    }

    private static func folded(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// Whether the text names the patient.
    func are(in text: Span<UInt8>) -> Bool {
        numbers.contains { Self.contains(text, $0) }
            || names.contains { Self.contains(text, $0.0) && Self.contains(text, $0.1) }
    }

    /// Whether one of several numbers is the patient's: a series with the patient's number has it for that reason.
    func are(inNumbers text: Span<UInt8>) -> Bool {
        numbers.contains { $0.count >= 6 && Self.contains(text, $0) }
    }

    private static func contains(_ text: Span<UInt8>, _ needle: [UInt8]) -> Bool {
        guard text.count >= needle.count else { return false }
        for start in 0...(text.count - needle.count) {
            var length = 0
            while length < needle.count, folded(text[start + length]) == needle[length] { length += 1 }
            if length == needle.count { return true }
        }
        return false
    }
}
