import ArgumentParser
import Inputs
import Vault

/// `cordon vault limit`.
struct VaultLimit: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limit",
        abstract: "Sets how much the vault may take, and what stays free beside it.",
        discussion: """
            At a limit nothing more is taken until there is slack again: senders keep what they have and try later.

            Example: cordon vault limit --registry site --bytes 2T --reserve 50G
            """)

    @OptionGroup var options: RegistryOptions

    @Option(name: .long, help: ArgumentHelp("Originals in the vault's own folder: 500G, 2T.", valueName: "size"))
    var bytes: ByteCount?

    @Flag(name: .long, help: "As many bytes as fit.")
    var noBytes = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Free space to keep on the file system; a twentieth of it, 10G at most, if never given.", valueName: "size")
    )
    var reserve: ByteCount?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Once full, go on when so many hundredths of limit and reserve are free again.", valueName: "n"))
    var slack: Int64?

    mutating func validate() throws {
        guard slack.map({ (0...100).contains($0) }) ?? true else { throw ValidationError("--slack is 0 to 100") }
        guard bytes == nil || !noBytes else { throw ValidationError("--bytes and --no-bytes do not go together") }
    }

    func run() throws {
        try withSiteErrors {
            let vault = try options.site().vault
            // A damaged file of limits is replaced by what is given now.
            var limits = (try? vault.limits()) ?? Limits()
            if let bytes { limits.bytes = bytes.bytes }
            if noBytes { limits.bytes = nil }
            if let reserve { limits.reserve = reserve.bytes }
            if let slack { limits.slack = slack }
            try vault.set(limits)
            let usage = try vault.usage()
            let limit = limits.bytes.map { "at most \(ByteCount.text($0))" } ?? "as much as fits"
            StandardOutput.print("\(limit), and \(ByteCount.text(usage.reserve)) stay free")
        }
    }
}
