internal import Crypto
internal import CustodyLog
internal import Foundation
internal import Host

/// Answers the five questions on a bag as `verify.py` does, by other code (docs/production.md).
public struct BagVerification: Sendable {
    /// Fingerprints of keys and certificates that were told by other means.
    public var trusted: Set<String>
    /// Certificates of time stamping authorities that are trusted, PEM; the bag's own count otherwise, by fingerprint.
    public var authorities: [UInt8]?

    /// - Parameter trusted: anything but hexadecimal digits in them is passed over.
    public init(trusting trusted: [String] = [], authorities: [UInt8]? = nil) {
        self.trusted = Set(trusted.map { $0.lowercased().filter(\.isHexDigit) })
        self.authorities = authorities
    }

    /// - Parameter questions: what is asked; what is not asked is not answered. Completeness needs integrity.
    public func run(
        _ path: String, only questions: Set<Question> = Set(Question.allCases)
    ) throws(ProductionError) -> BagVerdicts {
        guard FileSystem.status(path) != nil else { throw ProductionError(.arguments, "BAG is not there") }
        let bag = BagReader(root: path)
        var result = BagVerdicts()
        var digests: [String: BagFile.Digests] = [:]
        for question in Question.allCases where questions.contains(question) {
            result.verdicts[question] = Self.answer { verdict in
                switch question {
                case .integrity:
                    let integrity = try Integrity(bag)
                    digests = integrity.found
                    verdict = integrity.verdict
                case .authorship: try authorship(BagLog(bag), &verdict)
                case .time: try time(BagLog(bag), &verdict)
                case .completeness: try Completeness(BagLog(bag), digests).check(&verdict)
                case .redaction: try Redaction.check(BagLog(bag), &verdict)
                }
            }
        }
        return result
    }

    private static func answer(_ body: (inout Verdict) throws -> Void) -> Verdict {
        var verdict = Verdict()
        do {
            try body(&verdict)
        } catch let error as Wrong {
            verdict.add(.fail, error.text)
        } catch let error as LogError {
            verdict.add(.fail, error.message)
        } catch let error as SystemError {
            verdict.add(.error, "cannot be read: \(error)")
        } catch {
            verdict.add(.error, "cannot be checked: \(type(of: error))")
        }
        return verdict
    }

    private func word(_ fingerprints: [String]) -> (Verdict.Word, String) {
        if Set(fingerprints).isSubset(of: trusted) { return (.pass, ", which you trust") }
        return (.unconfirmed, ": compare \(fingerprints.sorted().joined(separator: ", ")), then give --trust")
    }

    private func authorship(_ log: BagLog, _ verdict: inout Verdict) throws {
        let ends = try log.ends()
        let keys = try log.keys()
        let policy = try TrustPolicy(
            logs: keys.filter { $0.role == "log" }.map(\.key),
            witnesses: keys.filter { $0.role == "witness" }.map(\.key))
        var signers: [VerifierKey] = []
        for signed in log.checkpoints {
            let verified = try policy.verify(signed.note)
            let found = [verified.key] + verified.cosignatures.map(\.witness)
            // Whoever signed is known, or nobody knows what the signature is worth.
            try require(
                signed.note.signatures.count == found.count,
                "`\(signed.name)` has a signature by a key that is not in the bag")
            for key in found where !signers.contains(key) { signers.append(key) }
        }
        let receipt = try log.receipt()
        try require(receipt.isIn(ends.receipt.checkpoint), "the receipt does not lead to its checkpoint")
        let manifest = ContentDigest(of: try log.bag.bytes("tagmanifest-sha256.txt")).hexadecimal
        try require(
            receipt.leaf.values("tag-manifest") == [manifest],
            "the receipt in the log is for another bag, or an earlier state")
        verdict.add(
            .pass,
            "by `\(receipt.leaf.actor)` at \(receipt.leaf.time), entry \(receipt.index) of `\(ends.receipt.checkpoint.origin)`"
        )
        for key in signers {
            let digest = ContentDigest(of: [key.type.rawValue] + key.bytes).hexadecimal
            let (word, hint) = word([digest])
            let isLog = key.type == .note
            verdict.add(isLog ? word : .pass, "signed by \(isLog ? "log" : "witness") `\(key.name)`\(hint)")
        }
    }

    private func time(_ log: BagLog, _ verdict: inout Verdict) throws {
        let own = try log.bag.optionalBytes("metadata/tsa.pem")
        for signed in log.checkpoints {
            for stamp in signed.stamps {
                guard let certificates = authorities ?? own else {
                    verdict.add(.unconfirmed, "`\(stamp)` is signed by somebody whose certificate is not here")
                    continue
                }
                let found = try TimeStamp.verify(log.bag.bytes(stamp), of: signed.bytes, authorities: certificates)
                let (word, hint) =
                    authorities == nil
                    ? word(PEM.certificates(certificates).map { ContentDigest(of: $0).hexadecimal }) : (.pass, "")
                verdict.add(
                    word, "`\(signed.name)`, \(signed.checkpoint.size) entries, existed at \(found.time)\(hint)")
            }
        }
        if verdict.findings.isEmpty {
            verdict.add(.unconfirmed, "there is no time stamp; times are those of the log's own clock")
        }
    }
}
