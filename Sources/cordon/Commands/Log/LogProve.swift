import ArgumentParser
import CustodyLog
import Inputs
import Registry

struct LogProve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Prints a proof that needs nothing but keys to be verified.",
        subcommands: [Inclusion.self, Consistency.self])

    struct Inclusion: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inclusion",
            abstract: "That an entry stands on the log (C2SP tlog-proof).",
            discussion: """
                With `--leaf FILE` the entry itself is written too: the bytes that the proof is about.

                Example: cordon log prove inclusion 17 --leaf 17.leaf --registry /srv/cordon > 17.tlog-proof
                """)

        @Argument(help: "The entry's number, from 0 on.")
        var index: Int

        @Option(name: .long, help: ArgumentHelp("In the tree of which checkpoint; the last one.", valueName: "leaves"))
        var size: Int?

        @Option(name: .long, help: ArgumentHelp("Write the entry's bytes to a new file.", valueName: "file"))
        var leaf: String?

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let (registry, folder) = try site.log()
            let (checkpoint, note) = try signed(folder, size)
            let index = index
            let (proof, bytes) = try registry.onLog { log in
                (
                    LogProof(
                        index: index, path: try log.inclusionProof(of: index, size: checkpoint.size), checkpoint: note),
                    try log.leafBytes(at: index) ?? []
                )
            }
            try proving {
                guard let policy = try folder.policy() else { return }
                try proof.verify(leaf: bytes, policy: TrustPolicy(logs: policy.logs))
            }
            if let leaf { try NamedFile.create(bytes, leaf) }
            StandardOutput.write(proof.bytes)
        }
    }

    struct Consistency: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "consistency",
            abstract: "That the log extends what it was (C2SP tlog-witness).",
            discussion: """
                The older size is that of a checkpoint that somebody has. A witness takes what this prints.

                Example: cordon log prove consistency 120 --registry /srv/cordon > extension
                """)

        @Argument(help: "How many entries the older tree has.")
        var earlier: Int

        @Option(name: .long, help: ArgumentHelp("To the tree of which checkpoint; the last one.", valueName: "leaves"))
        var size: Int?

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let (registry, folder) = try site.log()
            let (checkpoint, note) = try signed(folder, size)
            let earlier = earlier
            let (proof, root) = try registry.onLog { log in
                (
                    ExtensionProof(
                        earlier: earlier, path: try log.consistencyProof(from: earlier, to: checkpoint.size),
                        checkpoint: note),
                    try log.root(size: earlier)
                )
            }
            try proving {
                guard let policy = try folder.policy() else { return }
                try proof.verify(root: root, policy: TrustPolicy(logs: policy.logs))
            }
            StandardOutput.write(proof.bytes)
        }
    }
}

/// The checkpoint of a size, or the last one.
private func signed(_ folder: LogFolder, _ size: Int?) throws(RunError) -> (Checkpoint, SignedNote) {
    let found = try proving {
        try (size.map { try folder.checkpoint(size: $0) } ?? folder.latest()).map {
            (try Checkpoint(text: $0.text), $0)
        }
    }
    guard let found else {
        throw RunError(.arguments, "there is no such checkpoint; sign one with: cordon log checkpoint")
    }
    return found
}
