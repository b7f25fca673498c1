internal import Host
internal import Registry

extension Exchange {
    /// A page in the common frame.
    ///
    /// - Parameter title: what the page is, first in the browser's title.
    func page(_ template: String, _ title: String, status: Int = 200, _ values: [String: Any]) -> ConsoleAnswer {
        var all = values
        all["pageTitle"] = title
        all["form"] = session?.formToken ?? ""
        all["styleSheet"] = StylePages.address
        all["asksCode"] = session?.isLocal ?? true
        all["proved"] = session?.proved.map { isFresh($0) } ?? false
        all["here"] = PercentText.encode(request.path)
        if let session {
            all["who"] = ["name": session.person.name, "roles": Words.list(session.roles)]
            all["navigation"] = session.mustChangePassword ? [] : navigation()
            // Told once.
            if let notice = session.notice {
                all["notice"] = notice
                if let secret { console.sessions.setNotice(nil, secret) }
            }
        }
        return ConsoleAnswer(status, console.templates.html(template, all))
    }

    /// Whether what the identity provider said a while ago counts.
    private func isFresh(_ proved: Instant) -> Bool {
        time < proved.adding(seconds: console.settings.identity?.fresh ?? 0)
    }

    private static let sections: [(path: String, name: String, permission: Permission)] = [
        ("/", "Overview", .ownAccount),
        ("/queue", "Queue", .seeStudies),
        ("/studies", "Studies", .seeStudies),
        ("/holds", "Holds", .seeHolds),
        ("/break-glass", "Break-glass", .seeGrants),
        ("/break-glass/new", "Emergency", .askForGlass),
        ("/rules", "Rules", .seeRules),
        ("/log", "Log", .seeLog),
        ("/operations", "Operations", .seeOperations),
        ("/accounts", "Accounts", .manageAccounts),
    ]

    private func navigation() -> [[String: Any]] {
        Self.sections.filter { may($0.permission) }.map { section in
            let isHere =
                section.path == "/"
                ? request.path == "/"
                : request.path == section.path
                    || request.path.hasPrefix(section.path + "/")
            return ["path": section.path, "name": section.name, "here": isHere]
        }
    }
}
