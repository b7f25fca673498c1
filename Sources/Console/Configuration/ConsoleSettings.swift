package import NIOSSL

/// Where a console listens, and with what it works.
package struct ConsoleSettings: Sendable {
    /// The registry's folder.
    package var registry: String
    /// Root file of the rule set that decisions are explained by.
    package var rules: String?
    /// Configuration of the gateway whose work is shown.
    package var gateway: String?
    /// Folder for what is handed over in matters; nil: nothing is handed over here.
    package var productions: String?
    /// File that says whose signatures count: `rules` is then a bundle that they have signed, and another one comes into force here.
    package var requireSigned: String?
    package var host = "127.0.0.1"
    /// 0 takes one that is free.
    package var port = 8090
    /// How browsers reach it, `https://console.example.org`; nil for what requests say. Forms are taken from there alone.
    package var origin: String?
    /// Nil: without TLS, on this machine alone.
    package var tls: TLSConfiguration?
    package var sessions = SessionStore.Limits()
    /// Who lets people in beside local accounts, or in place of them.
    package var identity: IdentitySettings?
    /// Whether accounts of the console, and their tokens, let anybody in.
    package var localAccounts = true

    package init(registry: String) { self.registry = registry }

    /// What browsers give as the origin of our own pages.
    func ownOrigin(host: String?) -> String { origin ?? "\(tls == nil ? "http" : "https")://\(host ?? "")" }
}
