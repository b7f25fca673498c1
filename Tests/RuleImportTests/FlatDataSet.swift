import DICOMCore
import DICOMFile
import Foundation

/// A data set as a map from places to values, whoever wrote it: CTP as DICOM JSON, or we as a file.
struct FlatDataSet {
    struct Value: Equatable {
        var vr: String
        /// Nil for bytes.
        var texts: [String]?
        /// Of bytes; items of a sequence.
        var count = 0

        var isEmpty: Bool { texts.map { $0.allSatisfy(\.isEmpty) } ?? (count == 0) }

        /// Whether both say the same: numbers as numbers, texts without blanks around them.
        func says(_ other: Value) -> Bool {
            guard let texts, let others = other.texts else { return count == other.count }
            let left = texts.map(Self.plain), right = others.map(Self.plain)
            if left == right { return true }
            if isEmpty, other.isEmpty { return true }
            guard left.count == right.count else {
                return left.joined(separator: "\\") == right.joined(separator: "\\")
            }
            return zip(left, right).allSatisfy { one, two in
                if one == two { return true }
                let digits = one.filter(\.isHexDigit), others = two.filter(\.isHexDigit)
                if vr == "AT", digits == others { return true }
                guard ["DS", "IS", "FL", "FD", "US", "SS", "UL", "SL"].contains(vr), let number = Double(one),
                    let second = Double(two)
                else { return false }
                return abs(number - second) <= max(abs(number), abs(second)) * 1e-5
            }
        }

        private static func plain(_ text: String) -> String {
            text.trimmingCharacters(in: .whitespaces.union(.controlCharacters)).precomposedStringWithCanonicalMapping
        }
    }

    /// `00100010`, `00081140/1/00081155`.
    private(set) var values: [String: Value] = [:]
    /// By the place of a private element, who reserved its block.
    private(set) var creators: [String: String] = [:]

    // MARK: - DICOM JSON

    init(json: [String: Any]) { add(json, prefix: "") }

    private mutating func add(_ dataSet: [String: Any], prefix: String) {
        for (tag, any) in dataSet {
            guard let element = any as? [String: Any], let vr = element["vr"] as? String else { continue }
            let place = prefix + tag.uppercased()
            if vr == "SQ" {
                let items = element["Value"] as? [Any] ?? []
                values[place] = Value(vr: vr, count: items.count)
                for (index, item) in items.enumerated() {
                    add(item as? [String: Any] ?? [:], prefix: "\(place)/\(index + 1)/")
                }
            } else if let bulk = element["bulk"] as? [String: Any] {
                values[place] = Value(vr: vr, count: bulk["length"] as? Int ?? -1)
            } else if let raw = element["raw"] as? String ?? element["InlineBinary"] as? String {
                let bytes = Data(base64Encoded: raw) ?? Data()
                let isText = element["raw"] != nil
                values[place] = Value(
                    vr: vr, texts: isText ? [String(decoding: bytes, as: UTF8.self)] : nil, count: bytes.count)
            } else {
                values[place] = Value(vr: vr, texts: (element["Value"] as? [Any] ?? []).map(Self.text))
            }
        }
    }

    private static func text(_ value: Any) -> String {
        if value is NSNull { return "" }
        if let name = value as? [String: Any] {
            var groups = ["Alphabetic", "Ideographic", "Phonetic"].map { name[$0] as? String ?? "" }
            while groups.count > 1, groups.last == "" { groups.removeLast() }
            return groups.joined(separator: "=")
        }
        return "\(value)"
    }

    // MARK: - Files

    init(_ file: DICOMFile) {
        var places: [Int: String] = [:]
        let nodes = file.dataSet.nodes
        for id in nodes.indices {
            let node = nodes[id]
            let parent = node.parent < 0 ? "" : (places[Int(node.parent)] ?? "") + "/"
            guard node.kind != .item else {
                places[id] = "\(parent)\(node.number)"
                continue
            }
            let place = parent + hexadecimal(node.tag.group) + hexadecimal(node.tag.element)
            places[id] = place
            switch node.kind {
            case .sequence: values[place] = Value(vr: "SQ", count: file.dataSet.children(of: id).count)
            case .fragments: values[place] = Value(vr: "OB", count: node.valueLength)
            default:
                let texts = try? file.values(of: id)
                values[place] = Value(vr: "\(node.vr)", texts: texts, count: node.valueLength)
            }
            if node.tag.isPrivate { creators[place] = file.creator(of: id) }
        }
    }

    /// Whether an element is within a sequence that is here as bytes of unknown kind.
    func holdsAsBytes(_ place: String) -> Bool {
        let parts = place.split(separator: "/")
        return stride(from: 1, to: parts.count, by: 2).contains { count in
            values[parts[..<count].joined(separator: "/")]?.vr == "UN"
        }
    }

    static func isNested(_ place: String) -> Bool { place.contains("/") }

    /// Of the element itself.
    static func tag(_ place: String) -> Tag? {
        UInt32(place.split(separator: "/").last ?? "", radix: 16).map { Tag(rawValue: $0) }
    }
}
