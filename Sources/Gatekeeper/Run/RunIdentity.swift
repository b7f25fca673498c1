import Host
import Glibc
import Inputs

/// What a run's result depends on besides its inputs. It is kept in OUT, and only the same may go on there: half of an
/// output by one rule set and half by another would be by none.
struct RunIdentity: Hashable, Sendable {
    var ruleSetID: String
    var revision: String
    /// Of the rule set with its lists.
    var ruleSetDigest: String
    var audience: String
    var tier: Int
    /// Nil for an audience that gets nothing de-identified.
    var keyFingerprint: String?
    /// Whether a registry was asked and told.
    var hasRegistry = false
    /// What recognises text in pixels, with its model; nil where nothing is read. Another one reads other things.
    var recognition: String?
    /// What decodes and codes frames; nil where no pixels are changed. Another one may make other bytes.
    var codecs: String?
    /// The time of decision, a DT.
    var time: String
    /// Of cordon: another one may write other bytes, and one that was mended should.
    var version = BatchRun.version

    private static let header = "cordon run 1"

    private var members: [(name: String, value: String)] {
        [
            ("ruleset", ruleSetID), ("revision", revision), ("digest", ruleSetDigest), ("audience", audience),
            ("tier", "\(tier)"), ("version", version), ("key", keyFingerprint ?? "none"),
            ("registry", hasRegistry ? "some" : "none"), ("recognition", recognition ?? "none"),
            ("codecs", codecs ?? "none"), ("time", time),
        ]
    }

    var text: String {
        let lines = members.map { "\($0.name)\t\(LineText.escaped($0.value))" }
        let body = ([Self.header] + lines).joined(separator: "\n") + "\n"
        return body + "check\t\(ContentDigest(of: body.utf8).hexadecimal)\n"
    }

    /// The time of decision of the run that made an output folder, where one did.
    static func time(in output: String) -> String? {
        guard let bytes = try? FileSystem.contents("\(output)/.cordon/run") else { return nil }
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("time\t") }
        return line.map { LineText.unescaped(String($0.dropFirst(5))) }
    }

    /// What distinguishes this run from the one that made OUT, in words; nil when it is the same.
    /// - Parameter usesRecordedTime: no time was given, and the one of the first start counts.
    mutating func difference(from text: String, usesRecordedTime: Bool) throws(RunError) -> String? {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let body = lines.dropLast(2).map { $0 + "\n" }.joined()
        guard lines.count > 2, lines.removeLast().isEmpty,
            lines.removeLast() == "check\t" + ContentDigest(of: body.utf8).hexadecimal,
            lines.first == Self.header
        else {
            throw RunError(
                .output, "what OUT says of the run that made it is damaged (`.cordon/run`); name another folder")
        }
        var recorded: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { recorded[String(parts[0])] = LineText.unescaped(String(parts[1])) }
        }
        if usesRecordedTime, let time = recorded["time"] { self.time = time }
        let names = [
            "ruleset": "rule set", "revision": "revision of the rule set", "digest": "content of the rule set",
            "audience": "audience", "tier": "tier", "version": "version of cordon", "key": "key",
            "registry": "registry (`--registry`)", "recognition": "recognition of text in pixels",
            "codecs": "codecs of frames", "time": "time (`--at`)",
        ]
        // One that was begun before codecs were written down, and needs none, is the same.
        if recorded["codecs"] == nil { recorded["codecs"] = "none" }
        let changed = members.filter { recorded[$0.name] != $0.value }.map { names[$0.name] ?? $0.name }
        return changed.isEmpty ? nil : changed.joined(separator: ", ")
    }
}

/// Text in a line of fields parted by tabs.
enum LineText {
    static func escaped(_ text: String) -> String {
        // Nearly every field is such; and there are dozens for each input.
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\t": result += "\\t"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
        var result = ""
        var isEscaped = false
        for scalar in text.unicodeScalars {
            if isEscaped {
                switch scalar {
                case "t": result += "\t"
                case "n": result += "\n"
                case "r": result += "\r"
                default: result.unicodeScalars.append(scalar)
                }
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
