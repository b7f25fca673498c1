import ArgumentParser
import AuditTrail
import CustodyLog
import Host
import Inputs
import Registry

struct LogKey: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Makes the key of a log or of a witness, and prints what verifies it.",
        subcommands: [New.self, Show.self, Rotate.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new",
            abstract: "Makes a key.",
            discussion: """
                Of the log of a registry; or, with `--witness FILE`, of a witness. Its name stands in everything that it \
                signs: best an address without scheme that is yours. What is printed is given to whoever verifies.

                Examples:
                  cordon log key new hospital.example/custody --registry /srv/cordon
                  cordon log key new witness.example/w1 --witness witness.key
                """)

        @Argument(help: "The name, without blanks and plus signs.")
        var name: String

        @Option(name: .long, help: ArgumentHelp("A new file, for the key of a witness.", valueName: "file"))
        var witness: String?

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            if let witness {
                return try proving {
                    let key = try SigningKey(name: name, type: .cosignature)
                    try key.create(at: witness)
                    StandardOutput.print("\(key.verifier)")
                }
            }
            let folder = try LogKey.folder(site, making: true)
            try proving {
                guard FileSystem.status(folder.keyPath) == nil else {
                    throw LogError(.key, "the log has a key already; `cordon log key rotate` makes another")
                }
                StandardOutput.print("\(try folder.signingKey(makingFor: name).verifier)")
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Prints whose keys count for the log: its own, and those of witnesses (C2SP tlog-policy).")

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let folder = try LogKey.folder(site, making: false)
            guard let policy = try proving({ try folder.policy() }) else {
                throw RunError(.arguments, "the log has no key yet; make one with: cordon log key new NAME")
            }
            StandardOutput.write(policy.text)
        }
    }

    struct Rotate: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Makes a new key of the same name; what the old one signed counts as before.",
            discussion: "Example: cordon log key rotate --registry /srv/cordon --as ada")

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            let person = try site.actor()
            let (registry, folder) = try site.log()
            // The last word of the old key.
            _ = try registry.onLog { try folder.sign($0) }
            let key = try proving { try folder.rotateKey() }
            let event = CustodyEvent(
                .keyRotated, time: .now, actor: person.name,
                facts: [CustodyEvent.Fact("of", "log"), CustodyEvent.Fact("key", "\(key.verifier)")])
            _ = try asking { try registry.record(event) }
            StandardOutput.print("\(key.verifier)")
            try AuditSink.tell(registry, in: site.folder)
        }
    }

    /// - Parameter making: the registry, when it is not there.
    private static func folder(_ site: RegistryOptions, making: Bool) throws -> LogFolder {
        _ = try site.opened(making: making)
        guard let path = site.folder else {
            throw RunError(.arguments, "no registry is named: give `--registry DIR`, or set CORDON_REGISTRY")
        }
        return try proving { try LogFolder(registry: path) }
    }
}
