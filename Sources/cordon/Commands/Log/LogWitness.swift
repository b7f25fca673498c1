import ArgumentParser
import CustodyLog
import Inputs
import Registry

struct LogWitness: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Says which witnesses count, and keeps what they cosigned.",
        subcommands: [Trust.self, Add.self])

    struct Trust: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "trust",
            abstract: "Names the witnesses, and how many of them must have cosigned a checkpoint.",
            discussion: """
                They take the place of those that were named before.

                Example: cordon log witness trust --quorum 2 KEY KEY KEY --registry /srv/cordon
                """)

        @Argument(help: "Verifier keys, as `cordon log key new --witness` prints them.")
        var keys: [String] = []

        @Option(name: .long, help: ArgumentHelp("How many of them.", valueName: "number"))
        var quorum: Int

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let (_, folder) = try site.log()
            try proving {
                guard let policy = try folder.policy() else {
                    throw LogError(.key, "the log has no key yet; make one with: cordon log key new NAME")
                }
                let witnesses = try keys.map { try VerifierKey($0) }
                let changed = try TrustPolicy(logs: policy.logs, witnesses: witnesses, quorum: quorum)
                try folder.write(policy: changed)
                StandardOutput.write(changed.text)
            }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Keeps cosignatures of a checkpoint, once they are verified.",
            discussion: """
                Example: cordon log witness add cosigned.checkpoint --registry /srv/cordon
                """)

        @Argument(help: "The cosigned checkpoint, as the witness gave it; `-` for standard input.")
        var file: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let (_, folder) = try site.log()
            let bytes = try NamedFile.contents(file, "checkpoint")
            try proving {
                let size = try Checkpoint(text: SignedNote(bytes: bytes).text).size
                StandardOutput.write(try folder.add(cosignatures: bytes, size: size).bytes)
            }
        }
    }
}

/// What a witness does, on a machine of its own.
struct LogCosign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cosign",
        abstract: "As a witness: cosigns a checkpoint that extends the last one seen.",
        discussion: """
            Needs no registry: a key, the keys of logs that are known, and a folder in which the last checkpoint of each log \
            is remembered. It says which size the proof must begin at when it begins elsewhere.

            Example: cordon log cosign --key witness.key --log KEY --state /srv/witness extension > cosigned.checkpoint
            """)

    @Argument(help: "What `cordon log prove consistency` printed; `-` for standard input.")
    var proof: String

    @Option(name: .long, help: ArgumentHelp("The witness's key.", valueName: "file"))
    var key: String

    @Option(name: .long, help: ArgumentHelp("A log's verifier key; may come again.", valueName: "key"))
    var log: [String]

    @Option(name: .long, help: ArgumentHelp("The folder of what was seen.", valueName: "folder"))
    var state: String

    func run() throws {
        let bytes = try NamedFile.contents(proof, "proof")
        try proving {
            let logs = try log.map { try VerifierKey($0) }
            let witness = try Witness(key: SigningKey(path: key), logs: logs, folder: state)
            StandardOutput.write(try witness.cosign(ExtensionProof(bytes: bytes)).bytes)
        }
    }
}
