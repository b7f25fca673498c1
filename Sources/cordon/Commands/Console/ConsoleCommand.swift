import ArgumentParser

/// `cordon console`: pages for the people who decide.
struct ConsoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console",
        abstract: "Serves pages for the people who decide, and keeps their accounts.",
        discussion: """
            What is on them, and who may do what, is in docs/console.md.

            Examples:
              cordon console account add anna --role reviewer --registry /srv/cordon --as root
              cordon console serve --config /etc/cordon/console.xml
            """,
        subcommands: [ConsoleServe.self, ConsoleAccount.self])
}
