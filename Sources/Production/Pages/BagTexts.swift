internal import Host
internal import Inputs
internal import Registry

/// What a bag says of itself in plain text.
struct BagTexts {
    var order: ProductionOrder
    var report: ProductionReport
    var software: SoftwareIdentity

    static let format = "urn:cordon:production:1"

    /// RFC 8493 2.2.2.
    func bagInfo(count: Int, size: Int) -> String {
        """
        Bag-Software-Agent: cordon \(order.version)
        Bagging-Date: \(order.time.description.prefix(10))
        External-Description: Originals held in a legal matter, with decisions, custody log and proofs
        External-Identifier: \(line(order.matter))
        Payload-Oxum: \(size).\(count)

        """
    }

    /// The same, for programs.
    var production: String {
        JSON.object([
            "format": .string(Self.format), "matter": .string(order.matter), "producedBy": .string(order.person.name),
            "reason": .string(order.reason), "time": .string(order.time.description),
            "instances": .number(report.instances), "bytes": .number(report.bytes), "studies": .number(report.studies),
            "absent": .number(report.absent), "uncertain": .number(report.uncertain),
            "entries": .number(report.entries), "decisions": .number(report.decisions),
            "audiences": .strings(Set(order.audiences).sorted()), "missingRuleSets": .strings(report.missingRules),
            "openings": .string(order.withholdsOpenings ? "withheld" : "told"),
            "software": .object([
                "name": .string("cordon"), "version": .string(order.version), "executable": .string(software.digest),
                "system": .string(software.system), "clock": .string(software.clock),
            ]),
            "fingerprints": .array(
                report.fingerprints.map {
                    .object(["role": .string($0.role), "name": .string($0.name), "sha256": .string($0.digest)])
                }),
        ]).indentedText + "\n"
    }

    var readMe: String {
        """
        PRODUCTION IN THE MATTER \(line(order.matter))

        THIS FOLDER HOLDS PERSONAL AND MEDICAL DATA, on purpose: it is handed over in a legal matter. It names patients, in
        images, tables and pages. Keep it as the order under which you received it says, encrypted where it travels, and
        destroy it when it is no longer needed.

        What it is
          A BagIt bag (RFC 8493). In it are \(report.instances) originals as they were received,
          \(report.entries) entries of the custody log that are about them, \(report.decisions) decisions with their
          explanations, the rules that decided, and proofs. Open index.html in a browser to look through it: it needs
          no network and runs no script.
        \(remarks)
        How to check it
          Run `python3 verify.py` in this folder (Python 3.8 or later, nothing else; `openssl`, if it is there, checks time
          stamps). It changes nothing. Any BagIt tool checks the digests too.
          Signatures are made with keys. Whose they are, this folder cannot prove of itself: compare the fingerprints below
          with those that you were told by other means, and give them to verify.py with --trust.

        \(report.fingerprints.map { "    \($0.role) \(line($0.name))\n      \($0.digest)\n" }.joined())
        How to read it
          data/originals/DIGEST.dcm          the bytes as they were received, called by their SHA-256
          data/released/AUDIENCE/DIGEST.dcm  what that audience gets of an original, if it was asked for
          metadata/originals.csv             each original: UIDs, patient, when it came and from where
          metadata/absent.csv                originals whose bytes had been removed before
          metadata/released.csv              what became of each original for each audience
          metadata/holds.jsonl               the holds of the matter
          metadata/decisions.jsonl           decisions, with explanations, as they were recorded
          metadata/rules/                    rule sets that decided; their lists are told by digest alone, as they name others
          metadata/custody.csv, .html        who, as what, when, what and why, from the log
          metadata/log/                      entries of the log with proofs, openings, checkpoints, time stamps
          metadata/keys.txt                  public keys
          metadata/certification.txt         a draft, for counsel
          metadata/production.json           this page for programs
          receipt/                           what the log says of this folder: made last
          manifest-*.txt, tagmanifest-*.txt  digests of every file

        Made \(order.time) by \(line(order.person.name))
        with cordon \(software.version), executable with SHA-256
          \(software.digest)
        on \(software.system).
        Times are by \(software.clock).

        """
    }

    private var remarks: String {
        [
            order.withholdsOpenings ? openingsWithheld : "", report.absent > 0 ? absent : "",
            report.uncertain > 0 ? uncertain : "", report.missingRules.isEmpty ? "" : rulesMissing,
        ].joined()
    }

    private var uncertain: String {
        """
          \(report.uncertain) originals may or may not belong to the matter, since what names the patient cannot be read,
          or is another identity that is linked with the patient's. They are held, and not handed over.

        """
    }

    private var openingsWithheld: String {
        """
          What the log says of people is kept back: entries hold commitments (HMAC-SHA256 under a salt each), and
          metadata/log/withheld.jsonl names each that is not told.

        """
    }

    private var absent: String {
        """
          \(report.absent) originals had been removed before this was made, or were never kept: metadata/absent.csv names
          them.

        """
    }

    private var rulesMissing: String {
        """
          Rule sets that decided and are not here, by digest: \(report.missingRules.joined(separator: ", ")).

        """
    }

    /// - Parameter digest: of the list of digests of the payload.
    func certification(_ digest: String) -> String {
        """
        DRAFT FOR COUNSEL. NOT LEGAL ADVICE, AND NOT A CERTIFICATION UNTIL A QUALIFIED PERSON HAS COMPLETED AND SIGNED IT.
        Check it against the rules of the court; strike what does not apply; fill every blank (____).

        CERTIFICATION OF RECORDS GENERATED BY AN ELECTRONIC PROCESS AND OF DATA COPIED FROM AN ELECTRONIC DEVICE
        (Federal Rules of Evidence 902(13) and 902(14), with the requirements of Rule 902(11))

        Matter: \(line(order.matter))
        Court and case number: ________________________________

        I, ________________________________, declare:

        1. I am ________________________________ (position) at ________________________________ (institution). I am
           qualified to make this certification because ______________________________________________________________.

        2. The institution keeps images and documents in the DICOM format with a system that uses the software Cordon,
           version \(order.version) (executable with SHA-256 \(software.digest)), in the regular course of its
           activity.

        Process that generates the records (902(13))
        3. The software records each original when it is received, and every decision, hold, access and export, as an entry of
           an append-only log: a Merkle tree according to RFC 9162 with SHA-256, written in the same transaction as what it
           records. Signed checkpoints of the log (C2SP tlog-checkpoint, Ed25519) fix its contents; changing, removing or
           inserting an entry changes the root that was signed. The process produces an accurate result: __________________
           ________________________________________________________________ (basis of this knowledge).
        4. Times are by \(software.clock).
           Independent time stamps according to RFC 3161, where there are any, are in the folder.

        Process of digital identification (902(14))
        5. \(report.instances) originals (\(report.bytes) bytes) were copied from the institution's vault on \(order.time) by
           \(line(order.person.name)). Of each, the SHA-256 digest had been recorded when it was received. While copying, the
           digest of each copy was computed and compared with the recorded one; all agreed.
        6. The digests of all copies are listed in manifest-sha256.txt, whose own SHA-256 digest is
             \(digest)
        7. The digest of the list of all other files (tagmanifest-sha256.txt) is in the entry `produced` of the log, which is
           in receipt/entry.jsonl, with its proof.
        8. I compared the digests with verify.py / ________________________________ on ____________________, with the result
           ________________________________________________________________.

        Regular records (902(11), 803(6)(A) to (C)), if they are offered as such
        9. The records were made at or near the time by, or from information transmitted by, someone with knowledge; kept in the
           course of a regularly conducted activity; and making them was a regular practice of that activity: yes / no / see ____

        10. Reasonable written notice of the intent to offer the records was given to ______________________ on ____________,
            and the records and this certification were made available for inspection.

        I declare under penalty of perjury under the laws of ______________________ that the foregoing is true and correct.

        Executed on ____________________ at ______________________________

        ________________________________
        (signature)

        """
    }

    /// On one line.
    private func line(_ text: String) -> String {
        String(text.map { $0.isNewline ? " " : $0 })
    }
}
