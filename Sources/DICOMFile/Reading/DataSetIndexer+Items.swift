import DICOMCore
import DICOMEncoding

/// Items, fragments, and what ends them (PS3.5 7.5, A.4).
extension DataSetIndexer {
    /// A header within a sequence or fragments, or one of group FFFE within a data set.
    mutating func delimiter(_ header: ElementHeader) throws(ParseError) {
        let valueStart = position + header.byteCount
        switch (frame.content, header.tag) {
        case (.elements, .itemDelimitationItem):
            guard frame.hasUndefinedLength else { throw misplaced("an element: the item has a length") }
            close()
        case (.items, .item):
            try beginItem(header.length, valueStart: valueStart)
        case (.items, .sequenceDelimitationItem), (.fragments, .sequenceDelimitationItem):
            guard frame.hasUndefinedLength else { throw misplaced("an item: the sequence has a length") }
            close()
        case (.fragments, .item):
            guard case .bytes(let count) = header.length, Int(count) <= frame.end - valueStart else {
                throw error(.malformedFragments, "a fragment with a length of at most \(frame.end - valueStart) bytes")
            }
            frame.count += 1
            nodes[Int(frame.node)].number = frame.count
            position = valueStart + Int(count)
        case (.elements, _):
            throw misplaced("an element")
        case (.items, _):
            throw misplaced("an item or a sequence delimiter")
        case (.fragments, _):
            throw error(.malformedFragments, "a fragment or a sequence delimiter")
        }
    }

    private mutating func beginItem(_ length: ValueLength, valueStart: Int) throws(ParseError) {
        frame.count += 1
        let id = nodes.count
        guard case .bytes(let count) = length else {
            try append(
                .item, .UN, .item, valueStart: valueStart, valueEnd: valueStart, undefined: true, number: frame.count)
            push(.elements, id, end: frame.end, undefined: true, encoding: frame.encoding, depth: frame.depth)
            position = valueStart
            return
        }
        guard Int(count) <= frame.end - valueStart else {
            throw error(.lengthOverrunsParent, "an item of at most \(frame.end - valueStart) bytes")
        }
        let valueEnd = valueStart + Int(count)
        try append(
            .item, .UN, .item, valueStart: valueStart, valueEnd: valueEnd, undefined: false, number: frame.count)
        push(.elements, id, end: valueEnd, undefined: false, encoding: frame.encoding, depth: frame.depth)
        position = valueStart
    }

    /// The delimiter at `position` ends what is open. Its own length says nothing (it is to be zero) and is not used.
    private mutating func close() {
        nodes[Int(frame.node)].valueEnd = position
        position += 8
        finish()
    }

    /// What is open ends where its length says.
    mutating func closeAtEnd() throws(ParseError) {
        guard !frame.hasUndefinedLength else {
            let expected = frame.content == .elements ? "an item delimiter" : "a sequence delimiter"
            throw error(position == end ? .truncated : .missingDelimiter, expected)
        }
        finish()
    }
}

/// Errors, with the path that the stack knows.
extension DataSetIndexer {
    @inline(never)
    func error(_ code: ParseError.Code, _ expected: String, tag: Tag? = nil) -> ParseError {
        var steps: [AttributePath.Step] = []
        var open = tag
        for frame in stack.dropFirst() + (stack.isEmpty ? [] : [self.frame]) {
            let node = nodes[Int(frame.node)]
            if node.kind == .item, node.parent >= 0 {
                steps.append(AttributePath.Step(sequence: nodes[Int(node.parent)].tag, item: Int(node.number)))
            } else if frame.node == self.frame.node {
                open = tag ?? node.tag
            }
        }
        return ParseError(code, at: position, path: AttributePath(steps: steps, tag: open), expected: expected)
    }

    @inline(never)
    func tooLong(_ tag: Tag, _ length: Int, valueStart: Int) -> ParseError {
        let isNested = stack.contains { !$0.hasUndefinedLength && $0.node >= 0 } || frame.end < end
        let expected = "a value of at most \(frame.end - valueStart) bytes, not \(length)"
        return error(isNested ? .lengthOverrunsParent : .truncated, expected, tag: tag)
    }

    @inline(never)
    private func misplaced(_ expected: String) -> ParseError { error(.misplacedDelimiter, expected) }
}
