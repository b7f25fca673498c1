import CRE2

extension TextPattern {
    /// Where the pattern is found, from left to right, without overlap: byte ranges in UTF-8 text.
    public func ranges(in text: [UInt8]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var start = 0
        while start <= text.count, let range = range(in: text, from: start) {
            result.append(range)
            // Behind an empty match the next is looked for one byte on.
            start = range.isEmpty ? range.upperBound + 1 : range.upperBound
        }
        return result
    }

    private func range(in text: [UInt8], from start: Int) -> Range<Int>? {
        var first = 0
        var end = 0
        // SAFETY: the bytes outlive the call; `start` is at most their count; RE2 writes two numbers within them.
        let isFound = unsafe text.withUnsafeBufferPointer { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe cre2_find_range(compiled, $0.baseAddress, $0.count, start, &first, &end)
            }
        }
        return isFound ? first..<end : nil
    }
}
