import CRE2

/// A regular expression that runs in linear time (RE2). Found anywhere in a text unless it is anchored.
@safe
public final class TextPattern: Sendable {
    public let source: String
    public let isCaseSensitive: Bool
    nonisolated(unsafe) let compiled: OpaquePointer

    /// What RE2 said of a pattern that it does not take.
    public struct CompileError: Error, Hashable, Sendable {
        public var reason: String
    }

    /// What one pattern may need: enough for a thousand alternatives, and a bound (P9).
    static let maximumMemory: Int64 = 16 << 20

    public init(_ source: String, isCaseSensitive: Bool = true) throws(CompileError) {
        var source = source
        var reason = [CChar](repeating: 0, count: 256)
        // SAFETY: RE2 copies the pattern, and writes at most `reason.count` bytes, terminator included.
        let pattern = source.withUTF8 { text in
            unsafe reason.withUnsafeMutableBufferPointer { reason in
                unsafe text.withMemoryRebound(to: CChar.self) { text in
                    unsafe cre2_compile(
                        text.baseAddress, text.count, isCaseSensitive, Self.maximumMemory, reason.baseAddress,
                        reason.count)
                }
            }
        }
        guard let pattern = unsafe pattern else {
            let message = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw CompileError(reason: String(decoding: message, as: UTF8.self))
        }
        self.source = source
        self.isCaseSensitive = isCaseSensitive
        unsafe self.compiled = pattern
    }

    deinit { unsafe cre2_free(compiled) }

    /// Whether the pattern is found in the text.
    public func isFound(in text: String) -> Bool {
        var text = text
        // SAFETY: the text outlives the call; RE2 objects may be used from several threads.
        return text.withUTF8 { bytes in
            unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe cre2_find(compiled, $0.baseAddress, $0.count) }
        }
    }
}
