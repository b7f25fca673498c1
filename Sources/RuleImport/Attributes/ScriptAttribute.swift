import DICOMCore
import DICOMDictionary

/// An attribute that a script names, as our language names it, with what the dictionaries know of its values.
struct ScriptAttribute: Hashable {
    /// `PatientName`, `(0018,1000)`, `(0029,{SIEMENS CSA HEADER}10)`, with a path before it where it is in an item.
    var text: String
    /// Empty when nobody knows.
    var vrs: [VR]
    /// Whether a data set may have several values of it.
    var hasSeveralValues: Bool

    init(_ tag: Tag) {
        let entry = StandardDictionary.entry(for: tag)
        text = Self.name(tag, entry)
        vrs = entry?.allowedVRs ?? []
        hasSeveralValues = entry?.multiplicity != "1"
    }

    init(group: UInt16, creator: String, element: UInt8) {
        let digits = hexadecimal(UInt16(element)).suffix(2)
        text = "(\(hexadecimal(group)),{\(creator)}\(digits))"
        let entry = PrivateDictionary.entry(creator: creator, group: group, element: element)
        vrs = entry.map { [$0.vr] } ?? []
        hasSeveralValues = entry?.multiplicity != "1"
    }

    /// In the first item of a sequence.
    func inFirstItem(of sequence: ScriptAttribute) -> ScriptAttribute {
        var inner = self
        inner.text = "\(sequence.text)/1/\(text)"
        return inner
    }

    /// At whatever depth.
    var anywhere: ScriptAttribute {
        var other = self
        if !text.hasPrefix("**/") { other.text = "**/" + text }
        return other
    }

    var isPrivate: Bool { text.contains("{") }
    /// Of file meta information.
    var isFileMeta: Bool { text.hasPrefix("(0002,") || StandardDictionary.entry(forKeyword: text)?.tag.group == 0x0002 }
    var isSequence: Bool { vrs.contains(.SQ) }
    var isText: Bool { vrs.isEmpty || vrs.contains(where: \.isText) }
    var isBinaryNumber: Bool { !vrs.isEmpty && vrs.allSatisfy(Self.binaryNumbers.contains) }
    var isNumber: Bool { isBinaryNumber || vrs == [.IS] || vrs == [.DS] }
    var isDate: Bool { vrs == [.DA] }
    var isPersonName: Bool { vrs == [.PN] }

    private static let binaryNumbers: Set<VR> = [.FD, .FL, .SL, .SS, .SV, .UL, .US, .UV]
    /// Whose values are never below zero.
    var isUnsigned: Bool { !vrs.isEmpty && vrs.allSatisfy { $0 == .US || $0 == .UL || $0 == .UV } }

    private static func name(_ tag: Tag, _ entry: StandardDictionary.Entry?) -> String {
        // The keyword of a repeating element means all of its groups.
        guard let entry, !entry.keyword.isEmpty, entry.tag == tag, tag.group & 0xFF00 != 0x5000,
            tag.group & 0xFF00 != 0x6000, StandardDictionary.entry(forKeyword: entry.keyword)?.tag == tag
        else { return "\(tag)" }
        return entry.keyword
    }
}
