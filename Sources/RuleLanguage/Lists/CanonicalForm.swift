@_spi(_Unicode) import Swift

/// One spelling for texts that are canonically equivalent (Unicode NFC): `é` may be one scalar or two. Characters that nobody
/// sees are left out, as they are of values before these are compared, and so are blanks of any kind around the text: a cell
/// that was copied from a page or out of a table has them, and no value has.
enum CanonicalForm {
    static func of(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let scalars = String(decoding: text, as: UTF8.self)._nfc.filter { !$0.properties.isDefaultIgnorableCodePoint }
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for scalar in scalars[first...last] { bytes.append(contentsOf: UTF8.encode(scalar) ?? .init()) }
        return bytes
    }
}
