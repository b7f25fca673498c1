@_spi(_Unicode) import Swift

/// One spelling for texts that are canonically equivalent (Unicode NFC): `é` may be one scalar or two.
enum CanonicalForm {
    static func of(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        for scalar in String(decoding: text, as: UTF8.self)._nfc {
            bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
        }
        return bytes
    }
}
