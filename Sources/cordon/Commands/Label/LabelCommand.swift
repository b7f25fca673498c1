import ArgumentParser

/// `cordon label`: what people say of patients, studies and instances.
struct LabelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "label",
        abstract: "Gives labels by hand, withdraws and lists them.",
        discussion: """
            A label of the registry counts in every run beside it, as if a rule had given it. It ends when it expires, or by \
            a withdrawal, which is a record of its own. While a hold covers what it is about, it is not withdrawn; one that \
            tells of a hold is withdrawn by two people.

            Examples:
              cordon label add vip --patient 4711 --reason "asked for it" --as anna
              cordon label withdraw 12 --reason "no longer in office" --as bert
            """,
        subcommands: [LabelAdd.self, LabelWithdraw.self, LabelList.self, LabelImport.self])
}
