public import DICOMCore

extension DICOMFile {
    /// All nodes that the pattern names, in the order of the file. A path into file meta matches nothing here.
    public func nodes(matching pattern: PathPattern) -> [DataSetIndex.NodeID] {
        pattern.isFileMeta ? [] : dataSet.nodes(matching: pattern, in: nil)
    }

    /// Within one item: the pattern begins there.
    public func nodes(matching pattern: PathPattern, in item: DataSetIndex.NodeID) -> [DataSetIndex.NodeID] {
        dataSet.nodes(matching: pattern, in: item)
    }

    /// In file meta information, where only group 0002 is.
    public func fileMetaNodes(matching pattern: PathPattern) -> [DataSetIndex.NodeID] {
        fileMeta.nodes(matching: pattern, in: nil)
    }
}

extension DataSetIndex {
    /// All nodes that a pattern names below an item (nil: in the whole data set), in the order of the file.
    public func nodes(matching pattern: PathPattern, in item: NodeID?) -> [NodeID] {
        if let item {
            guard nodes.indices.contains(item), nodes[item].kind == .item else { return [] }
        }
        var places: [NodeID?] = [item]
        for step in pattern.steps.dropLast(pattern.endsAtAnyDepth ? 1 : 0) {
            switch step {
            case .anyDepth: places = withItemsBelow(places)
            case .sequence(let element, let number): places = items(number, of: element, at: places)
            }
            if places.isEmpty { return [] }
        }
        if pattern.endsAtAnyDepth {
            // Places may lie within each other: what is below both counts once.
            var seen = -1
            var result: [NodeID] = []
            for place in places {
                for id in below(place) where id > seen && nodes[id].kind != .item && isMatch(id, pattern.element) {
                    result.append(id)
                }
                seen = max(seen, below(place).upperBound - 1)
            }
            return result
        }
        if case .standard(let tag) = pattern.element, pattern.steps.isEmpty, item == nil, isAscending {
            return child(tag).map { [$0] } ?? []
        }
        return places.flatMap { children(of: $0).filter { isMatch($0, pattern.element) } }.sorted()
    }

    /// What lies below a place, as a range of `nodes`.
    private func below(_ place: NodeID?) -> Range<NodeID> {
        guard let place else { return 0..<nodes.count }
        return place + 1..<Int(nodes[place].subtreeEnd)
    }

    /// The places themselves and every item below them, each once, in the order of the file.
    private func withItemsBelow(_ places: [NodeID?]) -> [NodeID?] {
        var result: [NodeID?] = []
        var seen = -1
        for place in places {
            if place == nil || (place ?? 0) > seen { result.append(place) }
            for id in below(place) where id > seen && nodes[id].kind == .item { result.append(id) }
            seen = max(seen, below(place).upperBound - 1)
        }
        return result
    }

    private func items(_ number: Int?, of element: PathPattern.Element, at places: [NodeID?]) -> [NodeID?] {
        places.flatMap { children(of: $0).filter { nodes[$0].kind == .sequence && isMatch($0, element) } }.sorted()
            .flatMap { children(of: $0) }
            .filter { number == nil || Int(nodes[$0].number) == number }
    }

    private func isMatch(_ id: NodeID, _ element: PathPattern.Element) -> Bool {
        let tag = nodes[id].tag
        switch element {
        case .standard(let wanted):
            return tag == wanted
        case .privateElement(let group, let creator, let element):
            guard tag.group == group, tag.element >= 0x1000, tag.element & 0xFF == UInt16(element) else { return false }
            return creators(of: id).contains(trimmedText(Array(creator.utf8)))
        case .repeating(let group, let element):
            return tag.element == element && tag.group & 0xFF00 == group & 0xFF00 && tag.group & 1 == 0
        }
    }
}

extension PathPattern {
    /// `**/X`: every X below, which needs no places but ranges.
    fileprivate var endsAtAnyDepth: Bool { steps.last == .anyDepth }
}
