import ArgumentParser
import Inputs
import RuleBundle
import RuleLanguage

/// `cordon bundle`: rule sets that are signed before they are used.
struct BundleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bundle",
        abstract: "Makes, signs and verifies rule sets that are given out as one file.",
        discussion: """
            A bundle holds a rule set with all files that it needs. Those whose keys a trust file names sign it; with \
            `--require-signed FILE` nothing else is used. `docs/bundles.md` says how.
            """,
        subcommands: [BundleMake.self, BundleSign.self, BundleVerify.self, BundleKey.self])
}

/// Gives errors of bundles the words of a command.
func bundling<Result>(_ work: () throws(BundleError) -> Result) throws(RunError) -> Result {
    do throws(BundleError) {
        return try work()
    } catch {
        throw RunError(.arguments, error.message)
    }
}

extension RuleBundle {
    /// What a person sees before signing.
    var summary: String {
        let count = manifest.files.count
        return "`\(manifest.id)` revision \(manifest.revision), digest \(manifest.digest.prefix(16)), "
            + "\(count) \(count == 1 ? "file" : "files")"
    }

    var json: JSON {
        .object([
            "id": .string(manifest.id),
            "revision": .number(manifest.revision),
            "digest": .string(manifest.digest),
            "root": .string(manifest.root),
            "files": .array(
                manifest.files.map { file in
                    .object([
                        "path": .string(file.path), "size": .number(file.size), "digest": .string(file.digest),
                    ])
                }),
            "signatures": .strings(signatures.map(\.identifier)),
        ])
    }
}
