import ArgumentParser
import Console
import CustodyLog
import Host
import Inputs
import Registry

/// `cordon console account`: who comes in, for sites without an identity provider.
struct ConsoleAccount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account",
        abstract: "Makes accounts, gives them roles, resets and locks them.",
        discussion: """
            Roles: \(Role.allCases.map(\.rawValue).joined(separator: ", ")); docs/console.md says what each may do.

            Example: cordon console account add anna --role reviewer --registry /srv/cordon --as root
            """,
        subcommands: [
            Add.self, List.self, SetRoles.self, Reset.self, Disable.self, Enable.self, Unlock.self, SamePerson.self,
        ])

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add",
            abstract: "Makes an account; prints its password, its authenticator and recovery codes once.",
            discussion: """
                The address `otpauth://…` is for an authenticator: as a QR code (`qrencode -t utf8 ADDRESS`), or its `secret` by \
                hand. Who was given a password sets their own when they first come in.

                Example: cordon console account add anna --role reviewer --role auditor --as root
                """)

        @Argument(help: "As records will name the person.")
        var name: String

        @Option(
            name: .long, help: ArgumentHelp("A role; may be given several times.", valueName: "role"),
            transform: readRole)
        var role: [Role]

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        func run() throws {
            try change(site, "added", Set(role)) { accounts, recording in
                tell(name, try accounts.add(name, roles: Set(role), at: .now, recording: recording), json: json)
            }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists accounts.")

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        func run() throws {
            let accounts = try withAccountErrors { try store(site).accounts() }
            let now = Instant.now
            func state(_ account: Account) -> String {
                account.isDisabled ? "disabled" : account.isLocked(at: now) ? "locked" : "open"
            }
            guard !json else {
                let rows = accounts.map { account in
                    JSON.object([
                        "name": .string(account.name), "roles": .strings(account.roles.map(\.rawValue).sorted()),
                        "state": .string(state(account)), "lastLogin": account.lastLogin.map { .string("\($0)") },
                        "recoveryCodes": .number(account.recoveryCodes),
                    ])
                }
                return StandardOutput.print(JSON.object(["accounts": .array(rows)]).indentedText)
            }
            guard !accounts.isEmpty else { return StandardOutput.print("no accounts") }
            var table = Table(["name", "roles", "state", "last signed in"].map { Table.Column(title: $0) })
            for account in accounts {
                table.add([
                    account.name.printable, account.roles.map(\.rawValue).sorted().joined(separator: " "),
                    state(account), account.lastLogin.map { "\($0)" } ?? "never",
                ])
            }
            StandardOutput.print(table.lines(width: TerminalSize.columns).joined(separator: "\n"))
        }
    }

    struct SetRoles: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set-roles", abstract: "Gives an account other roles; its sessions end.")

        @Argument var name: String

        @Option(
            name: .long, help: ArgumentHelp("A role; may be given several times.", valueName: "role"),
            transform: readRole)
        var role: [Role]

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            try change(site, "roles", Set(role)) { accounts, recording in
                let account = try accounts.setRoles(Set(role), of: name, recording: recording)
                StandardOutput.print("\(account.name.printable) is \(role.map(\.rawValue).joined(separator: ", ")) now")
            }
        }
    }

    struct Reset: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset",
            abstract: "Gives a new password, authenticator and recovery codes, and unlocks.")

        @Argument var name: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        @Flag(name: .long, help: "Print JSON.")
        var json = false

        func run() throws {
            try change(site, "reset") { accounts, recording in
                tell(name, try accounts.reset(name, recording: recording), json: json)
            }
        }
    }

    struct Disable: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable", abstract: "Lets somebody in no more; their sessions end.")

        @Argument var name: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            try change(site, "disabled") { accounts, recording in
                let account = try accounts.setDisabled(true, name, recording: recording)
                StandardOutput.print("\(account.name.printable) does not come in any more")
            }
        }
    }

    struct Enable: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "enable", abstract: "Lets somebody in again.")

        @Argument var name: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            try change(site, "enabled") { accounts, recording in
                let account = try accounts.setDisabled(false, name, recording: recording)
                StandardOutput.print("\(account.name.printable) may come in again")
            }
        }
    }

    struct Unlock: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "unlock", abstract: "Forgets wrong attempts.")

        @Argument var name: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            try change(site, "unlocked") { accounts, recording in
                let account = try accounts.unlock(name, recording: recording)
                StandardOutput.print("\(account.name.printable) may try again")
            }
        }
    }

    struct SamePerson: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "same-person",
            abstract: "Says that two names are one person's: both count as one where two people must act.",
            discussion: """
                For who has an account here and comes in by an identity provider, too, or has two accounts. What either has signed \
                counts for both, earlier signatures too. It makes less possible and never more, and is not undone.

                Example: cordon console account same-person anna anna.meier@example.org --as root
                """)

        @Argument(help: "A name, as records have it.") var name: String
        @Argument(help: "The other one.") var other: String

        @OptionGroup(title: "Registry")
        var site: RegistryOptions

        func run() throws {
            guard let one = Person(name), let other = Person(other) else {
                throw RunError(.arguments, "a name has 1 to 128 printable characters, without blanks around it")
            }
            let person = try site.actor(), registry = try site.opened()
            try asking { try registry.link(one, with: other, by: person, at: .now) }
            StandardOutput.print("\(one.name.printable) and \(other.name.printable) count as one person from now on")
        }
    }
}

private func readRole(_ text: String) throws -> Role {
    guard let role = Role(rawValue: text) else {
        throw ValidationError("a role is one of \(Role.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return role
}

private func store(_ site: RegistryOptions) throws -> AccountStore {
    _ = try site.opened()
    guard let folder = site.folder else { throw RunError(.arguments, "no registry is named: give `--registry DIR`") }
    return try withAccountErrors { try AccountStore(folder: folder) }
}

/// Changes an account; that it is about to be another is on record before it is.
private func change(
    _ site: RegistryOptions, _ change: String, _ roles: Set<Role>? = nil,
    _ work: (AccountStore, AccountStore.Recording) throws -> Void
) throws {
    let person = try site.actor(), registry = try site.opened(), accounts = try store(site)
    try asking {
        try withAccountErrors {
            try work(accounts) { account in
                _ = try registry.record(
                    CustodyEvent(
                        .accountChanged, time: .now, actor: person.name,
                        facts: [
                            CustodyEvent.Fact("by", "command"), CustodyEvent.Fact("account", account.name),
                            CustodyEvent.Fact("change", change),
                        ]
                            + (roles.map {
                                [CustodyEvent.Fact("roles", $0.map(\.rawValue).sorted().joined(separator: " "))]
                            } ?? [])))
            }
        }
    }
}

/// What nobody is shown again.
private func tell(_ name: String, _ secrets: AccountSecrets, json: Bool) {
    guard !json else {
        return StandardOutput.print(
            JSON.object([
                "name": .string(name), "password": secrets.password.map { .string($0) },
                "authenticator": .string(secrets.authenticator), "recoveryCodes": .strings(secrets.recoveryCodes),
            ]).indentedText)
    }
    StandardOutput.print("account         \(name.printable)")
    if let password = secrets.password { StandardOutput.print("password        \(password)   (to be changed at once)") }
    StandardOutput.print("authenticator   \(secrets.authenticator)")
    for (place, code) in secrets.recoveryCodes.enumerated() {
        StandardOutput.print("\(place == 0 ? "recovery codes  " : "                ")\(code)")
    }
    StandardOutput.print("None of this is shown again.")
}
