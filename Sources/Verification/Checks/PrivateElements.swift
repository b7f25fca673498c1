import DICOMCore
import DICOMDictionary
import DICOMFile

/// Private elements that came through. Of the Basic Profile none may; with Retain Safe Private those that Table E.3.10-1
/// or the original's own Private Data Element Characteristics (0008,0300) call safe.
enum PrivateElements {
    static func issues(in output: DICOMFile, original: DICOMFile?, options: DeidentificationOptions) -> [Comparison
        .Issue]
    {
        guard output.dataSet.nodes.contains(where: { $0.tag.isPrivate && !$0.tag.isPrivateCreator }) else { return [] }
        let before = original.map { file in Set(file.dataSet.nodes.indices.compactMap { identity($0, file) }) }
        let stated = original.map(statedSafe) ?? []
        var issues: [Comparison.Issue] = []
        for (node, element) in output.dataSet.nodes.enumerated() where element.kind != .item {
            guard let identity = identity(node, output), element.valueLength > 0, !element.tag.isPrivateCreator else {
                continue
            }
            // One that the original has not is of the de-identifier.
            if let before, !before.contains(identity) { continue }
            if options.contains(.retainSafePrivate) {
                guard !isWithinSafe(node, output, stated) else { continue }
            }
            issues.append(
                .init(
                    category: .privateElement, place: "\(output.dataSet.path(of: node))",
                    detail: output.dataSet.creator(of: node) == nil
                        ? "a private element without a creator" : "a private element that is not known to be safe"))
        }
        return issues
    }

    private static func identity(_ node: Int, _ file: DICOMFile) -> String? {
        let tag = file.dataSet.nodes[node].tag
        guard tag.isPrivate, file.dataSet.nodes[node].kind != .item else { return nil }
        return "\(hexadecimal(tag.group))\(hexadecimal(tag.element).suffix(2)) \(file.dataSet.creator(of: node) ?? "")"
    }

    /// The element itself, or a private sequence around it, is known to be safe.
    private static func isWithinSafe(_ node: Int, _ file: DICOMFile, _ stated: Set<String>) -> Bool {
        var node = node
        while true {
            if let creator = file.dataSet.creator(of: node) {
                let tag = file.dataSet.nodes[node].tag
                if SafePrivateTable.contains(tag, creator: creator) { return true }
                let block = "\(hexadecimal(tag.group)) \(creator)"
                if stated.contains(block) || stated.contains("\(block) \(tag.element & 0xFF)") { return true }
            }
            let parent = file.dataSet.nodes[node].parent
            guard parent >= 0 else { return false }
            node = Int(parent)
        }
    }

    /// Blocks, and elements of blocks, that the data set states to identify nobody.
    private static func statedSafe(_ file: DICOMFile) -> Set<String> {
        guard let sequence = file.dataSet.child(Tag(0x0008, 0x0300)) else { return [] }
        var safe: Set<String> = []
        for item in file.dataSet.children(of: sequence) {
            func values(_ element: UInt16) -> [String] {
                file.dataSet.child(Tag(0x0008, element), of: item).map {
                    TextValues.lenient(of: $0, in: file, .dataSet)
                } ?? []
            }
            guard let group = values(0x0301).first.flatMap(UInt16.init), let creator = values(0x0302).first else {
                continue
            }
            let block = "\(hexadecimal(group)) \(creator)"
            switch values(0x0303).first {
            case "SAFE": safe.insert(block)
            case "MIXED": for element in values(0x0304) { safe.insert("\(block) \(element)") }
            default: break
            }
        }
        return safe
    }
}
