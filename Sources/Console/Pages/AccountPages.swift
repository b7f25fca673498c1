internal import CustodyLog
internal import Host
internal import Registry

/// Accounts, for those who look after them.
enum AccountPages {
    static let routes: [ConsoleRoute] = [
        .page("/accounts", .manageAccounts) { exchange in
            let linked = try exchange.registry.linkedPersons()
            let rows = try exchange.console.accounts.accounts().map { account -> [String: Any] in
                [
                    "name": account.name, "path": PercentText.encode(account.name), "roles": Words.list(account.roles),
                    "locked": account.isLocked(at: exchange.time) ? account.lockedUntil.map(Words.time) ?? "" : "",
                    "failures": account.failures, "disabled": account.isDisabled,
                    "lastLogin": account.lastLogin.map(Words.time) ?? "never", "codes": account.recoveryCodes,
                    "own": account.name == exchange.session?.account,
                    "others": others(of: account.name, linked).joined(separator: ", "),
                ]
            }
            return exchange.page(
                "accounts", "Accounts", ["accounts": rows, "registry": exchange.console.settings.registry])
        },
        .action("/accounts/{account}/unlock", .manageAccounts) { exchange in
            let account = try exchange.console.accounts.unlock(
                exchange.values["account"] ?? "", recording: recording("unlocked", exchange))
            return exchange.done("\(account.name) may try again.", "/accounts")
        },
        .action("/accounts/{account}/disable", .manageAccounts, needsCode: true) { exchange in
            let name = exchange.values["account"] ?? ""
            let own = try exchange.person()
            guard AccountStore.key(name) != AccountStore.key(own.name) else {
                throw ConsoleProblem.invalid("Nobody disables their own account: another administrator does.")
            }
            let account = try exchange.console.accounts.setDisabled(
                true, name, recording: recording("disabled", exchange))
            exchange.console.sessions.endAll(of: account.name)
            return exchange.done("\(account.name) does not come in any more.", "/accounts")
        },
        .action("/accounts/{account}/enable", .manageAccounts, needsCode: true) { exchange in
            let account = try exchange.console.accounts.setDisabled(
                false, exchange.values["account"] ?? "", recording: recording("enabled", exchange))
            return exchange.done("\(account.name) may come in again.", "/accounts")
        },
        .action("/accounts/{account}/same-person", .manageAccounts, needsCode: true) { exchange in
            guard let account = try exchange.console.accounts.account(exchange.values["account"] ?? ""),
                let one = Person(account.name)
            else { throw ConsoleProblem.notFound }
            guard let other = Person(try exchange.line("name", "The other name", longest: 512)) else {
                throw ConsoleProblem.invalid("A name has 1 to 128 printable characters.")
            }
            try exchange.registry.link(one, with: other, by: exchange.person(), at: exchange.time)
            return exchange.done("\(one) and \(other) count as one person from now on.", "/accounts")
        },
    ]

    /// Other names of who has an account.
    static func others(of name: String, _ linked: [[Person]]) -> [String] {
        guard let person = Person(name), let names = linked.first(where: { $0.contains { $0.isSame(as: person) } })
        else { return [] }
        return names.filter { !$0.isSame(as: person) }.map(\.name)
    }

    private static func recording(_ what: String, _ exchange: Exchange) -> AccountStore.Recording {
        { account in
            try exchange.console.record(
                .accountChanged, by: exchange.person().name, at: exchange.time,
                [("account", account.name), ("change", what)])
        }
    }
}
