import DICOMCore
import RuleLanguage

/// CTP's local look-up table: a properties file of `kind/key = replacement`. A replacement that begins with `@` and holds a
/// slash is another key.
struct CTPLookupTable {
    private var entries: [String: String] = [:]
    private var kinds: [String: [String]] = [:]

    /// CTP follows as many.
    static let maximumSteps = 10

    init(_ bytes: [UInt8], file: String) throws(ImportFailure) {
        let text = ScriptText(file: file, bytes: bytes)
        if let bad = text.firstBadByte() {
            throw ImportFailure(
                "wrong-encoding", "the bytes from \(bad) on are not UTF-8", at: text.location(at: bad),
                hint: "save the file as UTF-8")
        }
        for line in JavaProperties(text).lines where !line.isComment {
            guard let slash = line.key.firstIndex(of: "/") else { continue }
            if entries.updateValue(line.value.trimmed, forKey: line.key) == nil {
                kinds[String(line.key[..<slash]), default: []].append(String(line.key[line.key.index(after: slash)...]))
            }
        }
    }

    /// What each key of a kind becomes; without keys that lead nowhere, empty ones, and those that become nothing.
    func rows(of kind: String) -> [(key: String, value: String)] {
        (kinds[kind] ?? []).sorted().compactMap { key in
            guard !key.trimmed.isEmpty, let value = value(of: "\(kind)/\(key)"), !value.isEmpty else { return nil }
            return (key.trimmed, value)
        }
    }

    private func value(of key: String) -> String? {
        var key = key
        for _ in 0..<Self.maximumSteps {
            guard let value = entries[key] else { return nil }
            guard value.hasPrefix("@"), value.contains("/") else { return value }
            key = String(value.dropFirst()).trimmed
        }
        return nil
    }
}

enum Tags {
    static let patientName = Tag(0x0010, 0x0010)
    static let patientID = Tag(0x0010, 0x0020)
}
