/// The tag of a data element: group and element number, ordered as elements are in a data set (PS3.5 7.1).
@frozen
public struct Tag: Hashable, Comparable, Sendable {
    /// Group in the upper, element in the lower sixteen bits.
    public let rawValue: UInt32

    @inlinable
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    @inlinable
    public init(_ group: UInt16, _ element: UInt16) {
        self.rawValue = UInt32(group) << 16 | UInt32(element)
    }

    @inlinable public var group: UInt16 { UInt16(truncatingIfNeeded: rawValue >> 16) }
    @inlinable public var element: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

    @inlinable
    public static func < (left: Tag, right: Tag) -> Bool { left.rawValue < right.rawValue }

    /// Odd groups belong to vendors (PS3.5 7.8). Groups 0001 to 0007 and FFFF may not be used and are private here too,
    /// so that what they hold is never taken for an element of the standard.
    @inlinable public var isPrivate: Bool { group & 1 == 1 }

    /// `(gggg,0010)` to `(gggg,00FF)` of an odd group reserve a block of private elements (PS3.5 7.8.1).
    @inlinable public var isPrivateCreator: Bool { isPrivate && element >= 0x0010 && element <= 0x00FF }

    /// `(gggg,0000)`: the length of the group, retired except in file meta information and commands (PS3.5 7.2).
    @inlinable public var isGroupLength: Bool { element == 0 }

    /// Item, Item Delimitation Item, Sequence Delimitation Item: they have no VR (PS3.5 7.5).
    @inlinable public var isDelimiter: Bool { group == 0xFFFE }

    /// For a private element `(gggg,bbee)`, the element `(gggg,00bb)` that names its creator.
    @inlinable public var privateCreatorTag: Tag? {
        guard isPrivate, element >= 0x1000 else { return nil }
        return Tag(group, element >> 8)
    }
}

extension Tag: CustomStringConvertible {
    /// `(0010,0020)`, in capitals, as PS3.6 prints it.
    public var description: String {
        // Said of every element that a rule looked at.
        var bytes = Array("(0000,0000)".utf8)
        for digit in 0..<4 {
            bytes[1 + digit] = Self.digit(group >> UInt16(12 - 4 * digit))
            bytes[6 + digit] = Self.digit(element >> UInt16(12 - 4 * digit))
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ value: UInt16) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value & 0xF)
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}

/// Four hexadecimal digits, in capitals.
public func hexadecimal(_ value: UInt16) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: 4 - digits.count) + digits
}

extension Tag {
    /// Reads `(0010,0020)`, `0010,0020` or `00100020`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var digits = Substring(text)
        if digits.first == "(" {
            guard digits.last == ")" else { return nil }
            digits = digits.dropFirst().dropLast()
        }
        let plain =
            digits.utf8.count == 9
            ? digits.split(separator: ",", omittingEmptySubsequences: false).joined() : String(digits)
        guard plain.utf8.count == 8, plain.utf8.allSatisfy({ isHexadecimal($0) }), let value = UInt32(plain, radix: 16)
        else { return nil }
        if digits.utf8.count == 9, digits.dropFirst(4).first != "," { return nil }
        self.init(rawValue: value)
    }
}

func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
        UInt8(ascii: "A")...UInt8(ascii: "F"):
        true
    default: false
    }
}
