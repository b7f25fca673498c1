import ArgumentParser

/// `cordon gateway`: the service between modalities, archives and research.
struct GatewayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gateway",
        abstract: "Takes studies from modalities, decides, and sends them on.",
        discussion: """
            One file says where it listens, whom it knows and what goes where (docs/gateway.md).

            Examples:
              cordon gateway check Examples/gateway/gateway.xml
              cordon gateway run --config Examples/gateway/gateway.xml
            """,
        subcommands: [
            GatewayRun.self, GatewayCheck.self, GatewayStatus.self, QueueCommand.self, SequesteredCommand.self,
            GatewayDecide.self, GatewayGrants.self,
        ])
}
