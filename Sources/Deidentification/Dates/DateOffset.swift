import DICOMEncoding

/// By how many days the dates of a patient move: never zero, and a secret. Times of day stay as they are, because whole
/// days move nothing within a day, so that a date and the time beside it are moved together.
struct DateOffset: Sendable, Hashable {
    let days: Int

    /// Nil beyond the years 1 to 9999, which is all that DA can say and a calendar knows.
    func shifted(_ date: DICOMDate) -> DICOMDate? {
        guard date.year >= 1, let shifted = DICOMDate(dayNumber: date.dayNumber + days), shifted.year >= 1 else {
            return nil
        }
        return shifted
    }

    /// A text with the dates in it moved, each written as it was. What is a date and cannot be moved, because it may be
    /// read in two ways or has no day or no century, gives way to the mark.
    func shifted(text: String, mark: String = "") -> String {
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        var copied = 0
        for found in DatesInText.find(in: bytes) {
            result += bytes[copied..<found.range.lowerBound]
            result += found.shifted(by: self, in: bytes) ?? Array(mark.utf8)
            copied = found.range.upperBound
        }
        return copied == 0 ? text : String(decoding: result + bytes[copied...], as: UTF8.self)
    }
}
