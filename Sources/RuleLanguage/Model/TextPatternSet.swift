import CRE2

/// Many regular expressions that are looked for in one scan of a text (RE2::Set). All of them are case-sensitive, or none is.
@safe
public final class TextPatternSet: Sendable {
    private nonisolated(unsafe) let compiled: OpaquePointer
    private let count: Int

    /// What the automaton of all of them may need (P9). One that would need more says so, and they are asked one by one.
    package static let maximumMemory: Int64 = 64 << 20

    /// Nil when they cannot be compiled together. Patterns are known by their places from here on.
    public convenience init?(_ patterns: [TextPattern]) { self.init(patterns, memory: Self.maximumMemory) }

    /// - Parameter memory: of the automaton, in bytes; it grows with the texts that it sees.
    package init?(_ patterns: [TextPattern], memory: Int64) {
        guard let first = patterns.first, patterns.allSatisfy({ $0.isCaseSensitive == first.isCaseSensitive }),
            let set = unsafe cre2_set_new(first.isCaseSensitive, memory)
        else { return nil }
        count = patterns.count
        unsafe compiled = set
        for pattern in patterns {
            var source = pattern.source
            // SAFETY: RE2 copies the pattern.
            let isAdded = source.withUTF8 { text in
                unsafe text.withMemoryRebound(to: CChar.self) { unsafe cre2_set_add(set, $0.baseAddress, $0.count) }
            }
            guard isAdded else { return nil }
        }
        guard unsafe cre2_set_compile(set) else { return nil }
    }

    deinit { unsafe cre2_set_free(compiled) }

    /// The patterns that are found in the text; nil when the scan was given up, so that nothing is known.
    public func found(in text: String) -> [Int]? {
        var text = text
        // SAFETY: the text outlives the call; the set may be used from several threads.
        let isAny = text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) {
                unsafe cre2_set_finds_any(compiled, $0.baseAddress, $0.count)
            }
        }
        // Mostly none is, and to say which ones takes room for all of them.
        if isAny == 0 { return [] }
        var isKnown = true
        let numbers = unsafe [Int32](unsafeUninitializedCapacity: count) { numbers, used in
            // SAFETY: the text outlives the call, and at most `count` numbers are written; the set may be used from several threads.
            let found = text.withUTF8 { bytes in
                unsafe bytes.withMemoryRebound(to: CChar.self) {
                    unsafe cre2_set_find(compiled, $0.baseAddress, $0.count, numbers.baseAddress, count)
                }
            }
            isKnown = found >= 0
            used = max(0, Int(found))
        }
        return isKnown ? numbers.map(Int.init) : nil
    }
}
