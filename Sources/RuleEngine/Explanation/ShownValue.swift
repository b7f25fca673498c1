import DICOMCore
import DICOMFile

/// The value at a path that evidence names, for those who may see it.
struct ShownValue {
    /// The longest that is shown.
    static let limit = 64
    let text: String

    /// Nil where the path leads to no element, or to one without readable values.
    init?(_ path: String, in file: DICOMFile) {
        var place: DataSetIndex.NodeID?
        var part = DICOMFile.Part.dataSet
        for step in path.split(separator: "/") {
            if let tag = Tag(step) {
                part = tag.group == 0x0002 ? .fileMeta : .dataSet
                let index = part == .fileMeta ? file.fileMeta : file.dataSet
                guard let node = index.child(tag, of: place) else { return nil }
                place = node
            } else if let number = Int32(step), let sequence = place {
                let item = file.dataSet.childRange(of: sequence).first { file.dataSet.nodes[$0].number == number }
                guard let item else { return nil }
                place = item
            } else {
                return nil
            }
        }
        guard let node = place else { return nil }
        let index = part == .fileMeta ? file.fileMeta : file.dataSet
        if index.nodes[node].kind == .item, let coded = try? CodedItem(node, in: file), !coded.codes.isEmpty {
            text = coded.codes.map { "\($0.code) \($0.system)" }.joined(separator: ", ")
            return
        }
        guard index.nodes[node].kind == .element, let values = try? file.values(of: node, in: part) else { return nil }
        let whole = values.joined(separator: "\\")
        // Characters that move a terminal's cursor are shown as what they are.
        let safe = whole.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        let shown = safe.prefix(Self.limit).joined()
        text = safe.count > Self.limit ? "\"\(shown)…\"" : "\"\(shown)\""
    }
}
