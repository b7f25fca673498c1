import DICOMCore
import DICOMFile
import TestSupport

/// The simplest writer there could be: a tree that is changed and encoded anew. What `EditedDataSet` makes of the bytes
/// has to be the same.
struct DataSetTree {
    var root: DataSetBuilder

    /// A place in the tree: the indexes of part, item, part, item, …
    typealias Place = [Int]

    /// Every element and every item (and the root), as places.
    func places(_ builder: DataSetBuilder, _ prefix: Place = []) -> (elements: [Place], items: [Place]) {
        var elements: [Place] = []
        var items: [Place] = [prefix]
        for (index, part) in builder.parts.enumerated() {
            elements.append(prefix + [index])
            guard case .sequence(_, _, _, _, let children) = part else { continue }
            for (number, item) in children.enumerated() {
                let inner = places(item, prefix + [index, number])
                elements += inner.elements
                items += inner.items
            }
        }
        return (elements, items)
    }

    /// The node of a place: indexes count in the order of the file.
    func node(_ place: Place, _ index: DataSetIndex) -> Int? {
        var node: Int?
        for step in place {
            let children = index.children(of: node)
            guard children.indices.contains(step) else { return nil }
            node = children[step]
        }
        return node
    }

    static func changed(
        _ builder: DataSetBuilder, at place: ArraySlice<Int>, _ change: (inout DataSetBuilder) -> Void
    ) -> DataSetBuilder {
        var result = builder
        guard let part = place.first, let number = place.dropFirst().first else {
            change(&result)
            return result
        }
        guard case .sequence(let tag, let vr, let length, let itemLength, var items) = result.parts[part] else {
            return result
        }
        items[number] = changed(items[number], at: place.dropFirst(2), change)
        result.parts[part] = .sequence(tag, vr, length: length, itemLength: itemLength, items: items)
        return result
    }
}

extension DataSetBuilder.Part {
    var tag: Tag {
        switch self {
        case .element(let tag, _, _), .fragments(let tag, _, _), .sequence(let tag, _, _, _, _): tag
        case .raw: Tag(0, 0)
        }
    }
}

extension NewElement {
    var part: DataSetBuilder.Part {
        switch value {
        case .bytes(let bytes): .element(tag, vr, bytes)
        case .original, .samples, .spilled, .fragments: .raw([])
        case .items(let items):
            .sequence(
                tag, vr, length: .defined, itemLength: .defined,
                items: items.map { DataSetBuilder($0.sorted { $0.tag < $1.tag }.map(\.part)) })
        }
    }
}
