import Host
import Inputs

/// A line of the journal: a checksum, a word that says what it is, and fields, parted by tabs.
enum JournalLine: Hashable, Sendable {
    /// These inputs are part of the run.
    case inputs([InputKey])
    /// A file is about to appear under this path, relative to OUT.
    case intent(String)
    case done(Outcome)
    /// The file is gone, and what took its place is on disk.
    case withdrawn(String)
    /// All lines up to here are on disk before the next is written.
    case commit

    var text: String {
        let fields: [String] =
            switch self {
            case .inputs(let keys): ["inputs"] + keys.map(\.text)
            case .intent(let path): ["intent", path]
            case .done(let outcome): ["done"] + outcome.fields
            case .withdrawn(let path): ["withdrawn", path]
            case .commit: ["commit"]
            }
        let body = fields.map(LineText.escaped).joined(separator: "\t")
        return "\(Self.checksum(body.utf8))\t\(body)\n"
    }

    /// Reads a line without its newline; nil when it is not whole.
    init?(_ bytes: some Collection<UInt8>) {
        let tab = UInt8(ascii: "\t")
        guard let end = bytes.firstIndex(of: tab) else { return nil }
        let body = bytes[bytes.index(after: end)...]
        guard bytes[..<end].elementsEqual(Self.checksum(body).utf8) else { return nil }
        let fields = body.split(separator: tab, omittingEmptySubsequences: false).map {
            LineText.unescaped(String(decoding: $0, as: UTF8.self))
        }
        switch (fields[0], fields.count) {
        case ("inputs", _):
            let keys = fields.dropFirst().compactMap { InputKey($0) }
            guard keys.count == fields.count - 1 else { return nil }
            self = .inputs(keys)
        case ("intent", 2): self = .intent(fields[1])
        case ("withdrawn", 2): self = .withdrawn(fields[1])
        case ("commit", 1): self = .commit
        case ("done", _):
            guard let outcome = Outcome(fields: Array(fields.dropFirst())) else { return nil }
            self = .done(outcome)
        default: return nil
        }
    }

    private static func checksum(_ body: some Sequence<UInt8>) -> String {
        let number = ContentDigest.prefix(of: body)
        return hexadecimalDigits((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - $0 * 8)) })
    }
}
