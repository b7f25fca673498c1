/// A file as it is written: elements with their attributes as text, comments and blank lines where they stand.
indirect enum SourceNode {
    case element(SourceElement)
    /// What stands between `<!--` and `-->`.
    case comment(String)
    /// What stands between `<?` and `?>`.
    case instruction(String)
}

/// A node among its siblings.
struct PlacedNode {
    var node: SourceNode
    /// Whether an empty line stands before it.
    var hasBlankBefore = false
    /// A comment behind an element on its line.
    var isBehindElement = false
}

struct SourceElement {
    /// With its prefix.
    var name: String
    /// In the order of the file; values with references resolved.
    var attributes: [(name: String, value: String)]
    var children: [PlacedNode] = []
    /// That stands directly in it.
    var text = ""

    var elements: [SourceElement] {
        children.compactMap { if case .element(let element) = $0.node { element } else { nil } }
    }

    var localName: String { name.split(separator: ":").last.map(String.init) ?? name }
}
