import Host
import Inputs
import RuleEngine
import RuleLanguage

/// What became of one input, as the journal keeps it. Everything else that a record says follows from the rules and the
/// inputs, which every run reads again.
struct Outcome: Hashable, Sendable {
    enum Result: String, Hashable, Sendable {
        case release, flag, deidentify, sequester, refused
        /// It is no DICOM, and was left alone.
        case ignored

        init(_ disposition: Disposition) {
            self =
                switch disposition {
                case .release: .release
                case .flag: .flag
                case .deidentify: .deidentify
                case .sequester: .sequester
                }
        }
    }

    var key: InputKey
    var result: Result
    /// Of the input's fingerprint; empty for an input that was never read.
    var fingerprint = ""
    var size = 0
    var input: ContentDigest?
    /// Of all that the output depends on besides the input's bytes.
    var basis = ""
    var output: ContentDigest?
    var outputSize = 0
    /// Relative to OUT.
    var path: String?
    /// Why it was refused or left alone, or sequestered though no rule said so.
    var reason: String?
    var notes: [String] = []
    /// Dispositions and digests of copies that this outcome took the place of.
    var withdrew: [String] = []

    /// As fields of a line.
    var fields: [String] {
        [
            key.text, result.rawValue, fingerprint, "\(size)", input?.hexadecimal ?? "", basis,
            output?.hexadecimal ?? "",
            "\(outputSize)", path ?? "", reason ?? "", withdrew.joined(separator: " "),
        ] + notes
    }

    init(key: InputKey, result: Result, reason: Refusal? = nil) {
        self.key = key
        self.result = result
        self.reason = reason?.description
    }

    /// Whether what the input says has counted.
    var wasRead: Bool { result != .ignored && !fingerprint.isEmpty }

    init?(fields: [String]) {
        func optional(_ index: Int) -> String? { fields[index].isEmpty ? nil : fields[index] }
        guard fields.count >= 11, let key = InputKey(fields[0]), let result = Result(rawValue: fields[1]),
            let size = Int(fields[3]), let outputSize = Int(fields[7])
        else { return nil }
        self.init(key: key, result: result)
        fingerprint = fields[2]
        self.size = size
        input = optional(4).map(ContentDigest.init(hexadecimal:))
        basis = fields[5]
        output = optional(6).map(ContentDigest.init(hexadecimal:))
        self.outputSize = outputSize
        path = optional(8)
        reason = optional(9)
        withdrew = fields[10].split(separator: " ").map(String.init)
        notes = Array(fields[11...])
    }
}
