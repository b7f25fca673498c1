import Foundation
import Host
public import Inputs

/// What the results of a batch depend on besides their inputs. Two machines with one basis give one result for one item (P7).
public struct BatchBasis: Hashable, Sendable {
    public var ruleSetID: String
    public var revision: String
    /// Of the rule set with its lists.
    public var ruleSetDigest: String
    public var audience: String
    public var tier: Int
    /// Nil for an audience that gets nothing de-identified.
    public var keyFingerprint: String?
    /// Of the snapshot of the registry; nil for none.
    public var snapshotDigest: String?
    /// Of the certificates that vouch for signers; nil for none.
    public var signatureRoots: String?
    /// What recognises text in pixels, with its model; nil where nothing is read. Another one reads other things.
    public var recognition: String?
    /// What decodes and codes frames; nil where no pixels are changed.
    public var codecs: String?
    /// The time of decision, a DT.
    public var time: String
    /// Of cordon: another one may write other bytes.
    public var version: String

    public init(
        ruleSetID: String, revision: String, ruleSetDigest: String, audience: String, tier: Int,
        keyFingerprint: String?, snapshotDigest: String?, signatureRoots: String?, recognition: String?,
        codecs: String?,
        time: String, version: String
    ) {
        self.ruleSetID = ruleSetID
        self.revision = revision
        self.ruleSetDigest = ruleSetDigest
        self.audience = audience
        self.tier = tier
        self.keyFingerprint = keyFingerprint
        self.snapshotDigest = snapshotDigest
        self.signatureRoots = signatureRoots
        self.recognition = recognition
        self.codecs = codecs
        self.time = time
        self.version = version
    }

    /// SHA-256, 64 hexadecimal digits: the second half of an item's name.
    public var digest: String { ContentDigest(of: ("cordon-batch/1 basis\n" + json.text).utf8).hexadecimal }

    public var json: JSON {
        .object([
            "ruleSet": .object([
                "id": .string(ruleSetID), "revision": .string(revision), "digest": .string(ruleSetDigest),
            ]),
            "audience": .string(audience), "tier": .number(tier), "key": keyFingerprint.map { .string($0) },
            "snapshot": snapshotDigest.map { .string($0) }, "signatureRoots": signatureRoots.map { .string($0) },
            "recognition": recognition.map { .string($0) },
            "codecs": codecs.map { .string($0) }, "time": .string(time), "version": .string(version),
        ])
    }

    /// As `json` has it; nil for anything else.
    init?(_ value: Any?) {
        guard let object = value as? [String: Any], let rules = object["ruleSet"] as? [String: Any],
            let id = rules["id"] as? String, let revision = rules["revision"] as? String,
            let digest = rules["digest"] as? String, let audience = object["audience"] as? String,
            let tier = object["tier"] as? Int, let time = object["time"] as? String,
            let version = object["version"] as? String
        else { return nil }
        self.init(
            ruleSetID: id, revision: revision, ruleSetDigest: digest, audience: audience, tier: tier,
            keyFingerprint: object["key"] as? String, snapshotDigest: object["snapshot"] as? String,
            signatureRoots: object["signatureRoots"] as? String, recognition: object["recognition"] as? String,
            codecs: object["codecs"] as? String, time: time, version: version)
    }
}
