import Glibc

/// A call to the system that failed: which, and why. Knows no path, so that printing it tells nothing of a patient.
package struct SystemError: Error, Hashable, Sendable {
    package var code: Int32
    /// What was tried: `open`, `write`.
    package var call: String

    package init(code: Int32, call: String) {
        self.code = code
        self.call = call
    }

    /// The reason that the last call left in `errno`.
    package static func last(_ call: String) -> SystemError { SystemError(code: errno, call: call) }
}

extension SystemError: CustomStringConvertible {
    /// `permission denied`, in the system's words.
    package var description: String { Self.words(for: code) }

    /// The system's words for an error, beginning with a small letter.
    package static func words(for code: Int32) -> String {
        guard let text = strerror(code) else { return "error \(code)" }
        let words = String(cString: text)
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}
