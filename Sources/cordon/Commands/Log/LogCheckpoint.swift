import ArgumentParser
import CustodyLog
import Inputs
import Registry

struct LogCheckpoint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Signs what the log is now, and prints it.",
        discussion: """
            It signs nothing that does not extend what was signed last: the older root, every new entry and the way from one \
            to the other are checked first. Give checkpoints away: whoever has one can be shown later that nothing was \
            changed. The format is that of C2SP tlog-checkpoint.

            Example: cordon log checkpoint --registry /srv/cordon > today.checkpoint
            """)

    @Flag(name: .long, help: "Print the last one that was signed; sign nothing.")
    var last = false

    @Option(name: .long, help: ArgumentHelp("Print the one of this size; sign nothing.", valueName: "leaves"))
    var size: Int?

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    func run() throws {
        let (registry, folder) = try site.log()
        let note: SignedNote?
        if let size {
            note = try proving { try folder.checkpoint(size: size) }
        } else if last {
            note = try proving { try folder.latest() }
        } else {
            note = try registry.onLog { try folder.sign($0) }
        }
        guard let note else { throw RunError(.arguments, "no such checkpoint was signed") }
        StandardOutput.write(note.bytes)
    }
}
