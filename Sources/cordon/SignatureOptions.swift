import ArgumentParser
import DigitalSignatures
import Host
import Inputs
import RuleLanguage

/// Whom the site trusts to sign.
struct SignatureOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Certificates (PEM) of authorities that vouch for signers of data sets, for rules that ask for signatures.",
            valueName: "file"))
    var signatureRoots: String?

    /// SHA-256 of the file; nil where none is named.
    func digest() throws -> String? {
        guard let path = signatureRoots else { return nil }
        do {
            return ContentDigest(of: try FileAccess.read(path, limit: 16 << 20).bytes).hexadecimal
        } catch {
            throw RunError(.arguments, "--signature-roots: the file cannot be read")
        }
    }

    func verifier() throws -> SignatureVerifier {
        guard let path = signatureRoots else { return try SignatureVerifier(roots: nil) }
        do {
            return try SignatureVerifier(roots: FileAccess.read(path, limit: 16 << 20).bytes)
        } catch let error as SignatureError {
            throw RunError(.arguments, "--signature-roots: \(error)")
        } catch {
            throw RunError(.arguments, "--signature-roots: the file cannot be read")
        }
    }
}
