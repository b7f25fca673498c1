import ArgumentParser

/// `cordon registry`: the file in which a site's memory is.
struct RegistryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "Backs up, restores and checks a registry; takes snapshots for workers.",
        discussion: """
            Examples:
              cordon registry backup --registry /srv/cordon /backup/2026-11-24.sqlite --as anna
              cordon registry check --registry /srv/cordon
              cordon registry snapshot --registry /srv/cordon /scratch/monday.snapshot --as anna
            """,
        subcommands: [
            RegistryBackupCommand.self, RegistryRestoreCommand.self, RegistryCheckCommand.self,
            RegistrySnapshotCommand.self, RegistryMeasureCommand.self,
        ])
}
