import ArgumentParser

/// `cordon import`: other tools' scripts as rule sets.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Turns another tool's scripts into a rule set.",
        discussion: """
            Every statement of a script is translated, translated with a difference that is said, or named as not carried \
            over, with its place and why. What is not carried over becomes what lets no more pass: a removal, or studies that \
            stay.

            Exit status: 1 when something was not carried over; 2 when a script cannot be read.
            """,
        subcommands: [ImportCTP.self, ImportDeid.self])
}
