import CMSEnvelope
import Crypto
import RuleLanguage

/// Those for whom a profile encrypts originals.
struct Recipients: Sendable {
    private let certificates: [RecipientCertificate]
    /// Where each comes from, for messages.
    private let paths: [String]
    private let randomness: HMAC<SHA256>
    /// Why nothing can be encrypted for them.
    let fault: String?

    /// - Parameter isNeeded: whether the profile encrypts anything.
    init(_ recipients: [Recipient], key: DeidentificationKey, isNeeded: Bool) {
        var certificates: [RecipientCertificate] = []
        var fault = isNeeded && recipients.isEmpty ? "the profile encrypts and names no recipient" : nil
        // In the order of their bytes: what they are called, and in which order they are named, does not matter.
        let ordered = recipients.sorted { $0.certificate.lexicographicallyPrecedes($1.certificate) }
        for recipient in ordered {
            do throws(EnvelopeError) {
                certificates.append(try RecipientCertificate(pem: recipient.certificate))
            } catch {
                fault = fault ?? "the recipient's certificate `\(recipient.path)` cannot be used: \(error)"
            }
        }
        if certificates.count > Envelope.mostRecipients {
            fault = fault ?? "the profile names more than \(Envelope.mostRecipients) recipients"
        }
        self.certificates = certificates
        self.fault = fault
        paths = ordered.map(\.path)
        randomness = key.authenticator(.envelope)
    }

    /// Why they cannot be used at a time of decision, a DT; nil when they can.
    func objection(at time: String) -> String? {
        if let fault { return fault }
        for (certificate, path) in zip(certificates, paths) {
            do throws(EnvelopeError) {
                try certificate.requireValid(at: time)
            } catch {
                return "the recipient's certificate `\(path)` cannot be used: \(error)"
            }
        }
        return nil
    }

    /// Encrypts. The same content for the same recipients by the same key is the same envelope (P7): what is random
    /// elsewhere is here a keyed hash of both, which without the key is as good as random, and another one for each
    /// content.
    func seal(_ content: [UInt8]) throws(Sequestration) -> [UInt8] {
        var hash = randomness
        for part in certificates.map(\.bytes) + [content] {
            withUnsafeBytes(of: UInt64(part.count).bigEndian) { hash.update(data: $0) }
            hash.update(data: part)
        }
        let seed = SymmetricKey(data: hash.finalize())
        let count = Envelope.Randomness.byteCount(recipients: certificates.count)
        let randomness = Envelope.Randomness(
            seen: Self.expand(seed, "seen", count), secret: Self.expand(seed, "secret", count))
        do throws(EnvelopeError) {
            return try Envelope.seal(content, for: certificates, randomness: randomness)
        } catch {
            throw Sequestration("originals cannot be encrypted: \(error)")
        }
    }

    /// A stream of bytes of a seed: HKDF-Expand (RFC 5869 2.3), again and again, each with a number.
    private static func expand(_ seed: SymmetricKey, _ label: String, _ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        var number = 0
        while result.count < count {
            let part = HKDF<SHA256>.expand(
                pseudoRandomKey: seed, info: Array("\(label) \(number)".utf8), outputByteCount: 4096)
            result += part.withUnsafeBytes { Array($0) }
            number += 1
        }
        return Array(result.prefix(count))
    }
}
