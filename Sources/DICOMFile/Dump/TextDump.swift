import DICOMCore
import DICOMDictionary
import DICOMEncoding

/// A file as text for people: one line for each element, item and run of fragments, in the order of the file.
///
///     (0008,0005) CS       10  SpecificCharacterSet                 ISO_IR 100
///     (0040,A730) SQ        u  ContentSequence                      1 item
///       1                   u
///         (0040,A010) CS        8  RelationshipType                     CONTAINS
///
/// The number is the length of the value in bytes; `u` is an undefined one.
///
/// Values are shown, unless they are not asked for; nothing in them reaches a terminal as a command.
public struct TextDump: Sendable {
    public struct Options: Sendable, Hashable {
        /// Values are patient data.
        public var showsValues = true
        /// Most characters of an element's values.
        public var longestText = 80
        /// Most bytes of a value without text.
        public var longestBinary = 16
        public var includesFileMeta = true

        public init() {}
    }

    private let file: DICOMFile
    private let options: Options

    public init(_ file: DICOMFile, options: Options = Options()) {
        self.file = file
        self.options = options
    }

    /// Hands over every line, without its line feed.
    public func lines<E: Error>(_ body: (String) throws(E) -> Void) throws(E) {
        if options.includesFileMeta {
            for node in file.fileMeta.nodes.indices { try body(line(node, .fileMeta)) }
        }
        for node in file.dataSet.nodes.indices { try body(line(node, .dataSet)) }
    }

    private func line(_ node: DataSetIndex.NodeID, _ part: DICOMFile.Part) -> String {
        let element = file.index(of: part).nodes[node]
        let indent = String(repeating: "  ", count: Int(element.depth) * 2 + (element.kind == .item ? -1 : 0))
        let length = element.hasUndefinedLength ? "u" : String(element.valueEnd - element.valueStart)
        if element.kind == .item { return indent + padded("\(element.number)", 13) + right(length, 8) }
        let head = "\(indent)\(element.tag) \(element.vr)\(right(length, 9))  \(padded(name(node, part), 36))"
        var end = head[...]
        let value = value(node, part)
        guard value.isEmpty else { return head + " " + value }
        while end.last == " " { end.removeLast() }
        return String(end)
    }

    /// Keyword, or the private element's name and creator.
    private func name(_ node: DataSetIndex.NodeID, _ part: DICOMFile.Part) -> String {
        let tag = file.index(of: part).nodes[node].tag
        if tag.isPrivateCreator { return "(private creator)" }
        guard tag.isPrivate else {
            if tag.isGroupLength { return "(group length)" }
            return StandardDictionary.entry(for: tag)?.keyword ?? "(unknown)"
        }
        guard part == .dataSet, let creator = file.creator(of: node) else { return "(private, without creator)" }
        let entry = PrivateDictionary.entry(
            creator: creator, group: tag.group, element: UInt8(truncatingIfNeeded: tag.element))
        return ControlCharacters.visible("{\(creator)}" + (entry.map { " " + $0.name } ?? ""))
    }

    private func value(_ node: DataSetIndex.NodeID, _ part: DICOMFile.Part) -> String {
        let element = file.index(of: part).nodes[node]
        switch element.kind {
        case .item: return ""
        case .sequence:
            let count = file.index(of: part).children(of: node).count
            return count == 1 ? "1 item" : "\(count) items"
        case .fragments: return element.number == 1 ? "1 fragment" : "\(element.number) fragments"
        case .element: break
        }
        guard options.showsValues, element.valueEnd > element.valueStart else { return "" }
        guard ValueDecoder.hasText(file.valueRepresentation(of: node, in: part)) else { return binary(node, part) }
        do throws(ValueError) {
            let values = try file.values(of: node, in: part).map { ControlCharacters.visible($0) }
            return shortened(values.joined(separator: "\\"))
        } catch {
            return "\(binary(node, part)) (\(error.code.rawValue): \(error.reason))"
        }
    }

    private func binary(_ node: DataSetIndex.NodeID, _ part: DICOMFile.Part) -> String {
        let element = file.index(of: part).nodes[node]
        let length = element.valueEnd - element.valueStart
        // Of very long values not even the beginning is read: it would take the whole of them into memory.
        guard length <= 1 << 20, let bytes = try? file.bytes(of: node, in: part) else { return "…" }
        let digits = bytes.prefix(options.longestBinary).map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return text.utf8.count == 1 ? "0" + text : text
        }
        return digits.joined(separator: " ") + (length > digits.count ? " …" : "")
    }

    private func shortened(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let end = scalars.index(scalars.startIndex, offsetBy: options.longestText, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return text }
        return String(scalars[..<end]) + "…"
    }
}

private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.unicodeScalars.count))
}

private func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.unicodeScalars.count)) + text
}
