import DICOMCore

/// Failed SOP Instance UID List (0008,0058), the one element of the identifier in the last response to a C-MOVE or C-GET.
enum FailedInstances {
    /// Nil for a transfer syntax that deflates, in which the list is left out. As many UIDs as a length of two bytes allows.
    static func encoded(_ instances: [String], transferSyntax: String) -> [UInt8]? {
        let syntax = TransferSyntax(uid: transferSyntax)
        guard !syntax.isDeflated else { return nil }
        var value: [UInt8] = []
        for instance in instances where instance.utf8.count <= UID.maximumLength {
            guard value.count + 1 + instance.utf8.count <= 65_534 else { break }
            if !value.isEmpty { value.append(UInt8(ascii: "\\")) }
            value += instance.utf8
        }
        if !value.count.isMultiple(of: 2) { value.append(0) }
        let count = value.count
        let high = UInt8(truncatingIfNeeded: count >> 8), low = UInt8(truncatingIfNeeded: count)
        return switch syntax.encoding {
        case .implicitLittleEndian: [8, 0, 0x58, 0, low, high, 0, 0] + value
        case .explicitLittleEndian: [8, 0, 0x58, 0, 0x55, 0x49, low, high] + value
        case .explicitBigEndian: [0, 8, 0, 0x58, 0x55, 0x49, high, low] + value
        }
    }
}
