internal import CustodyLog
internal import Host
internal import Registry

/// Accounts, for those who look after them.
enum AccountPages {
    static let routes: [ConsoleRoute] = [
        .page("/accounts", .manageAccounts) { exchange in
            let rows = try exchange.console.accounts.accounts().map { account -> [String: Any] in
                [
                    "name": account.name, "path": PercentText.encode(account.name), "roles": Words.list(account.roles),
                    "locked": account.isLocked(at: exchange.time) ? account.lockedUntil.map(Words.time) ?? "" : "",
                    "failures": account.failures, "disabled": account.isDisabled,
                    "lastLogin": account.lastLogin.map(Words.time) ?? "never", "codes": account.recoveryCodes,
                    "own": account.name == exchange.session?.account,
                ]
            }
            return exchange.page(
                "accounts", "Accounts", ["accounts": rows, "registry": exchange.console.settings.registry])
        },
        .action("/accounts/{account}/unlock", .manageAccounts) { exchange in
            let account = try exchange.console.accounts.unlock(exchange.values["account"] ?? "")
            return try changed(account, "unlocked", "\(account.name) may try again.", exchange)
        },
        .action("/accounts/{account}/disable", .manageAccounts, needsCode: true) { exchange in
            let name = exchange.values["account"] ?? ""
            let own = try exchange.person()
            guard AccountStore.key(name) != AccountStore.key(own.name) else {
                throw ConsoleProblem.invalid("Nobody disables their own account: another administrator does.")
            }
            let account = try exchange.console.accounts.setDisabled(true, name)
            exchange.console.sessions.endAll(of: account.name)
            return try changed(account, "disabled", "\(account.name) does not come in any more.", exchange)
        },
        .action("/accounts/{account}/enable", .manageAccounts, needsCode: true) { exchange in
            let account = try exchange.console.accounts.setDisabled(false, exchange.values["account"] ?? "")
            return try changed(account, "enabled", "\(account.name) may come in again.", exchange)
        },
    ]

    private static func changed(
        _ account: Account, _ what: String, _ notice: String, _ exchange: Exchange
    ) throws -> ConsoleAnswer {
        let person = try exchange.person()
        try exchange.console.record(
            .accountChanged, by: person.name, at: exchange.time, [("account", account.name), ("change", what)])
        return exchange.done(notice, "/accounts")
    }
}
