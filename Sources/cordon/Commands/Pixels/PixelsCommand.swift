import ArgumentParser

/// `cordon pixels`: what stands in the pixels of single files.
struct PixelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pixels",
        abstract: "Finds text in the pixels of single files, and makes parts of them black.",
        discussion: """
            De-identification does the same for whole studies, where a profile has `pixels`: see `cordon apply`.
            """,
        subcommands: [PixelsClean.self, PixelsDetect.self])
}
