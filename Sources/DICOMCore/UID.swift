/// Unique identifiers (PS3.5 9): rules of their form. Values stay strings; this says which strings are UIDs.
public enum UID {
    /// The longest UID that PS3.5 9.1 allows.
    public static let maximumLength = 64

    /// Whether the text is a UID: digits in components that do not begin with a needless zero, joined by dots, at most
    /// 64 characters.
    public static func isValid(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= maximumLength else { return false }
        var componentLength = 0
        var beginsWithZero = false
        for byte in bytes {
            if byte == UInt8(ascii: ".") {
                guard componentLength > 0, !(beginsWithZero && componentLength > 1) else { return false }
                componentLength = 0
            } else {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return false }
                if componentLength == 0 { beginsWithZero = byte == UInt8(ascii: "0") }
                componentLength += 1
            }
        }
        return componentLength > 0 && !(beginsWithZero && componentLength > 1)
    }

    /// Root of UUID-derived UIDs (PS3.5 B.2).
    public static let uuidRoot = "2.25."

    /// Media Storage Directory Storage: the SOP class of a DICOMDIR (PS3.4 I).
    public static let mediaStorageDirectory = "1.2.840.10008.1.3.10"
}
