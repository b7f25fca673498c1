/// The text of a creator or a UID, without the blanks and NULs around it, which do not count (PS3.5 6.2, LO, UI). Beyond
/// ASCII it is read as UTF-8, else each byte as a character: it only has to be the same when written the same.
func trimmedText(_ value: [UInt8]) -> String {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0 }
    guard let first = value.firstIndex(where: { !isBlank($0) }), let last = value.lastIndex(where: { !isBlank($0) })
    else { return "" }
    let text = value[first...last]
    if let valid = String(validating: text, as: UTF8.self) { return valid }
    return String(String.UnicodeScalarView(text.map { Unicode.Scalar($0) }))
}
