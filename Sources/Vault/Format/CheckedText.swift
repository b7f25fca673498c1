import Crypto
import Host

/// A small file of lines, `name value`, behind a title and before a digest of all that stands above it. It is read only
/// as it was written, to the byte: whatever bit of it changed, it is refused.
struct CheckedText: Equatable {
    struct Line: Equatable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What it is, with the version of its form: `cordon vault 1`.
    let title: String
    var lines: [Line]

    init(title: String, lines: [Line]) {
        self.title = title
        self.lines = lines
    }

    /// Nil unless every byte is as `text` has it.
    init?(_ bytes: [UInt8], title: String) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        var rows = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard rows.popLast()?.isEmpty == true, rows.popLast() != nil, rows.first.map(String.init) == title else {
            return nil
        }
        self.title = title
        lines = rows.dropFirst().map { row in
            let parts = row.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            return Line(String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
        guard Array(self.text.utf8) == bytes else { return nil }
    }

    var text: String {
        let head = ([title] + lines.map { "\($0.name) \($0.value)" }).joined(separator: "\n") + "\n"
        return head + "check \(ContentDigest(of: head.utf8).hexadecimal.prefix(32))\n"
    }

    /// The first of the name.
    subscript(name: String) -> String? { lines.first { $0.name == name }?.value }

    func values(_ name: String) -> [String] { lines.filter { $0.name == name }.map(\.value) }
}
