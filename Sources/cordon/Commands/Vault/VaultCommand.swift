import ArgumentParser

/// `cordon vault`: the originals.
struct VaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault",
        abstract: "Keeps original bytes as they were received, checks them, gives them back.",
        discussion: """
            Each original is kept once, under the SHA-256 of its bytes, encrypted unless the vault was made `--plain`. \
            What is told as stored outlasts a power cut. Lost keys are lost images: back up DIR/keys, apart from the vault.
            """,
        subcommands: [
            VaultInit.self, VaultAdd.self, VaultGet.self, VaultList.self, VaultCheckCommand.self, VaultRotate.self,
            VaultMove.self, VaultDelete.self, VaultLimit.self, VaultInfo.self,
        ])
}
