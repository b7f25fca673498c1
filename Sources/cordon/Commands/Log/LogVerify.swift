import ArgumentParser
import CustodyLog
import Host
import Inputs
import Registry

struct LogVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Computes the whole log anew and holds it against all that was stored and signed.",
        discussion: """
            Every entry, every node, every opening of a personal fact; every checkpoint with its signatures and those of \
            witnesses; every time stamp, where `--authorities` names whom to believe. Whose keys count stands in the file `log/policy` of the \
            registry; give another with `--policy`, which you should have from elsewhere. Exit status 4 when something does \
            not fit; each thing is named.

            Example: cordon log verify --registry /srv/cordon --policy mine.policy
            """)

    @Option(name: .long, help: ArgumentHelp("Whose keys count (C2SP tlog-policy).", valueName: "file"))
    var policy: String?

    @Option(
        name: .long, help: ArgumentHelp("Certificates (PEM) of time stamping authorities.", valueName: "file"))
    var authorities: String?

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let (registry, folder) = try site.log()
        var findings: [String] = []
        let given = try policy.map { path in try proving { try TrustPolicy(text: NamedFile.text(path, "policy")) } }
        let trusted = try proving { try given ?? folder.policy() }
        let certificates = try authorities.map { try NamedFile.contents($0, "file of certificates") }
        var checkpoints: [Checkpoint] = []
        var verified = 0, cosigned = 0, stamps: [TimeStamp] = [], unchecked = 0
        for size in try proving({ try folder.sizes() }) {
            do throws(LogError) {
                guard let note = try folder.checkpoint(size: size) else { continue }
                let checkpoint = try Checkpoint(text: note.text)
                guard checkpoint.size == size else { throw LogError(.fork, "it speaks of another size") }
                checkpoints.append(checkpoint)
                // The newest must satisfy the whole policy; older ones were signed under what was asked for then.
                if let trusted {
                    let isLast = try folder.sizes().last == size
                    let needed =
                        isLast ? trusted : try TrustPolicy(logs: trusted.logs, witnesses: trusted.witnesses.map(\.key))
                    cosigned += try needed.verify(note).cosignatures.isEmpty ? 0 : 1
                    verified += 1
                }
            } catch {
                findings.append("the checkpoint of \(size): \(error)")
            }
            do throws(LogError) {
                let content = try folder.signedCheckpoint(size: size) ?? []
                for response in try folder.timeStamps(size: size) {
                    guard let certificates else {
                        unchecked += 1
                        continue
                    }
                    stamps.append(try TimeStamp.verify(response, of: content, authorities: certificates))
                }
            } catch {
                findings.append("a time stamp of the checkpoint of \(size): \(error)")
            }
        }
        let signed = checkpoints
        let check = try registry.onLog { try LogCheck.run($0, checkpoints: signed) }
        findings = check.findings.map(\.message) + findings
        if trusted == nil, !checkpoints.isEmpty { findings.append("nobody says whose keys count: the policy is gone") }
        if json {
            StandardOutput.print(
                JSON.object([
                    "sound": .bool(findings.isEmpty), "leaves": .number(check.size),
                    "root": .string(hexadecimalDigits(check.root.bytes)), "opened": .number(check.opened),
                    "erased": .number(check.erased), "checkpoints": .number(verified), "cosigned": .number(cosigned),
                    "timeStamps": .array(
                        stamps.map {
                            .object([
                                "time": .string("\($0.time)"), "authority": .string($0.authority),
                                "expired": .bool($0.isCertificateExpired),
                            ])
                        }), "unchecked": .number(unchecked), "findings": .strings(findings),
                ]).indentedText)
        } else {
            for finding in findings { StandardOutput.print(finding) }
            StandardOutput.print(
                "\(findings.isEmpty ? "sound" : "not sound"): \(check.size) leaves, root \(hexadecimalDigits(check.root.bytes))"
            )
            StandardOutput.print("personal facts: \(check.opened) open, \(check.erased) erased")
            StandardOutput.print("checkpoints: \(verified) signed, \(cosigned) cosigned, \(stamps.count) time stamps")
            if unchecked > 0 {
                StandardOutput.print("not checked: \(unchecked) time stamps; name whom you believe with --authorities")
            }
        }
        if !findings.isEmpty { throw ExitStatus.failed }
    }
}
