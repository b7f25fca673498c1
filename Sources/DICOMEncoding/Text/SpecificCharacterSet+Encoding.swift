public import DICOMCore

extension SpecificCharacterSet {
    /// The bytes of an element with these values: encoded, joined by backslashes, not padded. With code extensions, escape
    /// sequences are written as PS3.5 6.1.2.5.3 asks. Throws `malformedText` for a character that the set does not have,
    /// and for one that would be read as a delimiter of values.
    public func encode(_ values: [String], vr: VR) throws(ValueError) -> [UInt8] {
        var result: [UInt8] = []
        for (index, value) in values.enumerated() {
            if index > 0 { result.append(0x5C) }
            result += try encode(value, vr: vr)
        }
        guard values.count > 1, vr.isSingleText else { return result }
        throw ValueError(.malformedText, reason: "\(vr) has one value")
    }

    private func encode(_ value: String, vr: VR) throws(ValueError) -> [UInt8] {
        for scalar in value.unicodeScalars where !Self.mayBeWritten(scalar, vr: vr) {
            throw ValueError(.malformedText, reason: "a backslash or control character cannot be written in \(vr)")
        }
        // Delimiters and lines are the same in every form but the one whose lower half is not ASCII.
        guard vr.usesSpecificCharacterSet else { return try Self.encodeDefault(value) }
        switch form {
        case .utf8: return Array(value.utf8)
        case .chinese(let set): return try Self.encodeChinese(value, set: set)
        case .codes(let initial, let extensions):
            var encoder = CodeExtensionEncoder(initial: initial, extensions: extensions, vr: vr)
            return try encoder.encode(value)
        }
    }

    private static func mayBeWritten(_ scalar: Unicode.Scalar, vr: VR) -> Bool {
        if scalar == "\\" { return vr.isSingleText }
        if scalar == "\u{FFFD}" { return false }
        if scalar.value < 0x80 { return isPlain(UInt8(truncatingIfNeeded: scalar.value)) }
        return scalar.value >= 0xA0
    }

    static let notInSet = ValueError(
        .malformedText, reason: "the text has a character that the Specific Character Set in force does not have")

    private static func encodeDefault(_ value: String) throws(ValueError) -> [UInt8] {
        guard value.utf8.allSatisfy({ $0 < 0x80 }) else { throw notInSet }
        return Array(value.utf8)
    }

    private static func encodeChinese(_ value: String, set: CodedCharacterSet) throws(ValueError) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in value.unicodeScalars {
            if scalar.value < 0x80 {
                result.append(UInt8(truncatingIfNeeded: scalar.value))
            } else if let code = set.code(scalar) {
                result += [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)]
            } else if set == .gb18030, let code = FourByteCodes.code(scalar) {
                result += [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: code >> $0) }
            } else {
                throw notInSet
            }
        }
        return result
    }
}

/// Writes one value with as few escape sequences as going from left to right allows.
struct CodeExtensionEncoder {
    let initial: SpecificCharacterSet.Designation
    let extensions: [CodedCharacterSet]
    let vr: VR
    private var current: SpecificCharacterSet.Designation
    private var result: [UInt8] = []

    init(initial: SpecificCharacterSet.Designation, extensions: [CodedCharacterSet], vr: VR) {
        self.initial = initial
        self.extensions = extensions
        self.vr = vr
        self.current = initial
    }

    mutating func encode(_ value: String) throws(ValueError) -> [UInt8] {
        for scalar in value.unicodeScalars { try append(scalar) }
        reset()
        return result
    }

    private mutating func append(_ scalar: Unicode.Scalar) throws(ValueError) {
        if scalar.value < 0x20 || (vr == .PN && (scalar == "^" || scalar == "=")) {
            reset()
            result.append(UInt8(truncatingIfNeeded: scalar.value))
            return
        }
        if scalar == " " {
            // A space belongs to every set; behind a double-byte one the first set is written again, as others do.
            if current.g0.width == 2 { resetG0() }
            result.append(0x20)
            return
        }
        if write(scalar, in: current.g0, isG0: true) { return }
        if let set = current.g1, set.code(scalar) != nil {
            // The halves are independent, but few readers believe that while the lower one is double-byte.
            if current.g0.width == 2 { resetG0() }
            _ = write(scalar, in: set, isG0: false)
            return
        }
        if initial.g0.code(scalar) != nil {
            resetG0()
        } else if let escape = escape(for: scalar) {
            if !escape.isG0, current.g0.width == 2 { resetG0() }
            designate(escape)
        } else {
            throw SpecificCharacterSet.notInSet
        }
        guard write(scalar, in: current.g0, isG0: true) || write(scalar, in: current.g1, isG0: false) else {
            throw SpecificCharacterSet.notInSet
        }
    }

    private func escape(for scalar: Unicode.Scalar) -> EscapeSequence? {
        let sets = (initial.g1.map { [$0] } ?? []) + extensions
        return sets.first { $0.code(scalar) != nil }.flatMap(EscapeSequence.designating)
    }

    private mutating func designate(_ escape: EscapeSequence) {
        if escape.isG0 { current.g0 = escape.set } else { current.g1 = escape.set }
        result.append(EscapeSequence.escape)
        result += escape.bytes
    }

    private mutating func write(_ scalar: Unicode.Scalar, in set: CodedCharacterSet?, isG0: Bool) -> Bool {
        guard let set, let code = set.code(scalar) else { return false }
        // A yen sign has the code of the delimiter.
        if isG0, set.width == 1, code == 0x5C, !vr.isSingleText { return false }
        let upper: UInt16 = !isG0 && set.width == 2 ? 0x80 : 0
        if set.width == 2 { result.append(UInt8(truncatingIfNeeded: code >> 8 | upper)) }
        result.append(UInt8(truncatingIfNeeded: code | upper))
        return true
    }

    private mutating func resetG0() {
        guard current.g0 != initial.g0, let escape = EscapeSequence.designating(initial.g0) else { return }
        designate(escape)
    }

    /// Before a delimiter, a line's end and the end of the value what the first term says is in force.
    private mutating func reset() {
        resetG0()
        if current.g1 != initial.g1, let set = initial.g1, let escape = EscapeSequence.designating(set) {
            designate(escape)
        }
        current = initial
    }
}
