import ArgumentParser
import Glibc
import Host
import Inputs
import Production

/// `cordon hold verify`: what somebody handed over, checked.
struct HoldVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks a bag that was handed over: integrity, authorship, time, completeness, redaction.",
        discussion: """
            The same questions as `verify.py` in the bag asks, answered by other code. Status 0 when all is PASS, 1 for FAIL, \
            2 for ERROR, 3 for UNCONFIRMED: nothing is wrong, and the proof ends in a key that came with the bag. Compare its \
            fingerprint with what you were told by other means, and give it with `--trust`.

            Example: cordon hold verify --trust 24ce7bf9… out/117
            """)

    @Argument(help: ArgumentHelp("The bag.", valueName: "bag"))
    var bag: String

    @Option(
        name: .long,
        help: ArgumentHelp("A fingerprint that you were told by other means; again for each.", valueName: "fingerprint")
    )
    var trust: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("Certificates of time stamping authorities that you trust, PEM.", valueName: "file"))
    var tsaCa: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let verification = BagVerification(
            trusting: trust, authorities: try tsaCa.map { try Self.certificates($0) })
        let verdicts = try ProductionText.wrapping { try verification.run(bag) }
        if json {
            StandardOutput.print(ProductionText.json(verdicts).indentedText)
        } else {
            StandardOutput.print(ProductionText.lines(verdicts).joined(separator: "\n"))
        }
        if verdicts.status != 0 { Glibc.exit(verdicts.status) }
    }

    /// A file of certificates.
    static func certificates(_ path: String) throws(RunError) -> [UInt8] {
        let contents = try? FileSystem.contents(path)
        guard let bytes = contents, String(decoding: bytes, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----")
        else {
            throw RunError(.arguments, "`--tsa-ca` is not a file with certificates in PEM")
        }
        return bytes
    }
}
