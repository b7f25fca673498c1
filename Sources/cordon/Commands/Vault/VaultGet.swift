import ArgumentParser
import CustodyLog
import Glibc
import Host
import Inputs
import Registry
import Vault

/// `cordon vault get`.
struct VaultGet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Gives an original back, to the byte, and records who had it.",
        discussion: """
            The bytes are compared with their digest before OUT has its name: there is never a file that is half of it, \
            or damaged.

            Example: cordon vault get --registry site --as 'R. Keeper' 9f86d081… original.dcm
            """)

    @Argument(help: "The SHA-256 of the original, 64 hexadecimal digits.")
    var digest: String

    @Argument(help: "A file that is not there yet, or `-` for standard output.")
    var out: String

    @OptionGroup var options: RegistryOptions

    func run() throws {
        try withSiteErrors {
            let person = try options.actor()
            let site = try options.site(making: nil)
            guard out == "-" || FileSystem.status(out) == nil else {
                throw RunError(.arguments, "OUT is there already and is not overwritten; name another file")
            }
            let original = try site.vault.original(digest)
            // Who had it is on record before they have it.
            try site.registry.record(
                CustodyEvent(.viewed, time: .now, actor: person.name, facts: [CustodyEvent.Fact("digest", digest)]))
            if out == "-" {
                try original.forEachPiece { StandardOutput.write(Array($0)) }
            } else {
                do { try write(original) } catch let error as SystemError {
                    throw RunError.output(error, "the original cannot be written")
                }
            }
        }
    }

    private func write(_ original: Descriptor) throws {
        var random = SystemRandomNumberGenerator()
        let temporary = "\(out).\(random.next()).part"
        do {
            var file = try DurableFile(temporaryPath: temporary, mode: 0o600)
            try original.forEachPiece { try file.write($0) }
            guard try file.finish().hexadecimal == digest else {
                throw VaultError(.corrupt, "its bytes changed while they were written", digest: digest)
            }
            try FileSystem.give(temporary, its: out)
            try FileSystem.flushFolder(PathBytes(out).absolute.folder.text)
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
