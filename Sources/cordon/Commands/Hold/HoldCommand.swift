import ArgumentParser

/// `cordon hold`: orders to preserve bytes as they are.
struct HoldCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold",
        abstract: "Places, reviews and releases legal holds, and hands over what is held.",
        discussion: """
            A hold keeps every byte of what it is about as it was received, and the keys and labels that belong to it. \
            Several may stand over one study; the last release frees it. Who placed a hold does not release it, and a \
            release is wished for by two people. Everything is recorded, with who did it.

            Examples:
              cordon hold place --matter 2026-117 --custodian Legal --authority "District court" \\
                --reason "suit over a fall" --patient 4711 --as anna
              cordon hold release 3 --reason settled --as bert
              cordon hold release 3 --reason settled --as carla
            """,
        subcommands: [
            HoldPlace.self, HoldList.self, HoldShow.self, HoldReview.self, HoldRelease.self, HoldDecline.self,
            HoldPublish.self, HoldImport.self, HoldExport.self, HoldVerify.self,
        ])
}
