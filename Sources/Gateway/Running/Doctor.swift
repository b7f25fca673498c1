internal import AuditTrail
internal import CTimex
internal import Foundation
internal import Glibc
package import Host
internal import NIOSSL
internal import Vault

/// Is anything exposed that should not be? Looks at a configuration and at what it names, changes nothing, and connects nowhere.
package struct Doctor {
    private let configuration: GatewayConfiguration
    private let now: Instant
    private var list = CheckList()

    package init(_ configuration: GatewayConfiguration, now: Instant) {
        self.configuration = configuration
        self.now = now
    }

    package static func checkList(of configuration: GatewayConfiguration, now: Instant) -> CheckList {
        var doctor = Doctor(configuration, now: now)
        doctor.exposure()
        doctor.identities()
        doctor.peers()
        doctor.secrets()
        doctor.storage()
        doctor.recording()
        doctor.machine()
        return doctor.list
    }

    private static let loopback: Set<String> = ["127.0.0.1", "::1", "localhost"]

    // MARK: - Exposure

    private mutating func exposure() {
        for listener in configuration.dicom {
            look("DICOM", listener.host, listener.port, listener.tls, isOpen: false)
        }
        for listener in configuration.web { look("DICOMweb", listener.host, listener.port, listener.tls, isOpen: true) }
        for listener in configuration.mllp {
            look("HL7", listener.host, listener.port, listener.tls, isOpen: true)
            if listener.addresses.isEmpty, listener.tls?.clients == nil, !Self.loopback.contains(listener.host) {
                list.add(
                    "Exposure", .problem,
                    "HL7 at port \(listener.port): whoever reaches it may say that nobody is a VIP",
                    "write addresses=\"10.1.2.3\" at `mllp`, or `clients` at its `tls`")
            }
            if configuration.hl7 == nil {
                list.add(
                    "Exposure", .problem, "HL7 at port \(listener.port): nothing says what its codes mean",
                    "write `hl7`")
            }
        }
        guard let operations = configuration.operations else {
            return list.add(
                "Exposure", .note, "there is no listener for health and metrics", "write <operations port=\"8104\"/>")
        }
        let isHere = Self.loopback.contains(operations.host)
        list.add(
            "Exposure", isHere ? .fine : .warning,
            "health and metrics at \(operations.host):\(operations.port)" + (isHere ? "" : ", without a login"),
            isHere ? "" : "let it listen at 127.0.0.1, or let a firewall guard the port")
    }

    private mutating func look(
        _ what: String, _ host: String, _ port: Int, _ tls: GatewayConfiguration.ServerTLS?, isOpen: Bool
    ) {
        let name = "\(what) at \(host):\(port)"
        guard let tls else {
            if Self.loopback.contains(host) { return list.add("Exposure", .fine, "\(name), this machine alone") }
            let isEvery = host == "0.0.0.0" || host == "::"
            return list.add(
                "Exposure", isEvery || isOpen ? .problem : .warning,
                "\(name) without TLS" + (isEvery ? ", on every interface" : ""),
                isEvery ? "write `tls`, or the address of one interface of a guarded network" : "write `tls`")
        }
        list.add(
            "Exposure", tls.clients == nil && what != "DICOMweb" ? .warning : .fine,
            "\(name) with TLS \(tls.minimum) or newer" + (tls.clients == nil ? "" : " and certificates of clients"),
            tls.clients == nil && what != "DICOMweb" ? "write `clients`: without it only addresses tell who calls" : "")
        certificate(tls.certificate, name)
    }

    /// Until when a certificate is valid.
    private mutating func certificate(_ path: String, _ name: String) {
        guard let certificate = try? NIOSSLCertificate.fromPEMFile(path).first else {
            return list.add(
                "Exposure", .problem, "the certificate of \(name) cannot be read", "name a PEM file at `tls`")
        }
        let left = (Int64(certificate.notValidAfter) - now.milliseconds / 1000) / 86_400
        let isOver = Int64(certificate.notValidAfter) * 1000 < now.milliseconds
        list.add(
            "Exposure", isOver ? .problem : left < 30 ? .warning : .fine,
            isOver ? "the certificate of \(name) has run out" : "the certificate of \(name) is valid for \(left) days",
            isOver || left < 30 ? "have it renewed" : "")
    }

    // MARK: - Who is who

    private mutating func identities() {
        if let provider = configuration.identityProvider {
            let isSafe = provider.issuer.hasPrefix("https://")
            list.add(
                "Logins", isSafe ? .fine : .problem, "tokens are checked with keys of \(provider.issuer)",
                isSafe ? "" : "an issuer is reached by https")
        }
        for asker in configuration.askers
        where asker.peers.isEmpty && asker.title == nil && asker.certificate == nil && asker.user == nil
            && asker.claim == nil
        {
            list.add(
                "Logins", .warning, "whoever asks is of the audience `\(asker.audience)`",
                "say at `asker` who is meant, unless this audience may see least")
        }
        if let glass = configuration.breakGlass {
            let isStrong = glass.acr != nil || !glass.amr.isEmpty
            list.add(
                "Logins", isStrong ? .fine : .note,
                "emergencies open `\(glass.audience)` for \(glass.lasts / 60_000) minutes"
                    + (isStrong ? ", after a second factor" : ", without a second factor"),
                isStrong ? "" : "write acr or amr at `break-glass` where the identity provider has a second factor")
        }
    }

    // MARK: - Peers

    /// Titles that programs have when nobody has chosen one. Who scans for open nodes tries these.
    static let defaultTitles: Set<String> = [
        "ANY-SCP", "ANY_SCP", "ANYSCP", "ANY-SCU", "STORESCU", "STORESCP", "ECHOSCU", "FINDSCU", "MOVESCU", "GETSCU",
        "DCMQRSCP", "QRSCP", "ACME1", "ORTHANC", "DCM4CHEE", "CONQUESTSRV1", "PYNETDICOM", "AETITLE", "AE_TITLE",
        "OSIRIX",
        "HOROS", "TEST", "DEFAULT", "SCU", "SCP", "PACS",
    ]

    private mutating func peers() {
        for title in Set(configuration.dicom.flatMap(\.titles)).sorted()
        where Self.defaultTitles.contains(title.uppercased()) {
            list.add(
                "Peers", .warning, "our title \(title) is one that everybody tries", "choose another at `dicom`")
        }
        for peer in configuration.peers.values.sorted(by: { $0.id < $1.id }) {
            let calls = peer.roles.contains(.send) || peer.roles.contains(.ask)
            if calls, peer.addresses.isEmpty, peer.certificate == nil {
                list.add(
                    "Peers", .problem, "`\(peer.id)` may call from anywhere, and shows no certificate",
                    "write addresses or certificate at the peer: a title is no proof")
            } else if calls {
                let wide = peer.addresses.filter(\.isWide)
                list.add(
                    "Peers", wide.isEmpty ? .fine : .warning,
                    "`\(peer.id)` calls from known addresses"
                        + (peer.certificate == nil ? "" : " with a certificate of its own")
                        + (wide.isEmpty ? "" : ", of a network that is very wide"),
                    wide.isEmpty ? "" : "name single addresses")
            }
            if let title = peer.title, Self.defaultTitles.contains(title.uppercased()) {
                list.add(
                    "Peers", .warning, "`\(peer.id)` has the title \(title), which everybody tries",
                    "have another title given to it")
            }
            guard peer.roles.contains(.receive), let host = peer.host, !Self.loopback.contains(host) else { continue }
            list.add(
                "Peers", peer.tls == nil ? .warning : .fine,
                "objects go to `\(peer.id)` " + (peer.tls == nil ? "without TLS" : "with TLS"),
                peer.tls == nil ? "write `tls` at the peer, if it can" : "")
        }
    }

    // MARK: - Secrets

    private mutating func secrets() {
        var files: [(String, String)] = []
        if let key = configuration.site.key { files.append(("the key of pseudonyms", key)) }
        if let users = configuration.users { files.append(("the list of users", users)) }
        let listeners =
            configuration.dicom.map { ("DICOM", $0.port, $0.tls) }
            + configuration.web.map { ("DICOMweb", $0.port, $0.tls) }
            + configuration.mllp.map { ("HL7", $0.port, $0.tls) }
        for (name, port, tls) in listeners {
            if let tls { files.append(("the key of \(name) at port \(port)", tls.key)) }
        }
        for peer in configuration.peers.values.sorted(by: { $0.id < $1.id }) {
            if let key = peer.tls?.key { files.append(("our key for `\(peer.id)`", key)) }
            if let token = peer.token { files.append(("the token for `\(peer.id)`", token)) }
        }
        for (name, path) in files { file(name, path, "Secrets", isFolder: false) }
        if files.isEmpty { list.add("Secrets", .fine, "there are no keys and no tokens") }
    }

    /// Whether others than its owner may read something.
    private mutating func file(_ name: String, _ path: String, _ area: String, isFolder: Bool) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            return list.add(
                area, .problem, "\(name) is not there", isFolder ? "it is made when the gateway starts" : "")
        }
        let isOpen = status.st_mode & 0o077 != 0
        let isOurs = status.st_uid == geteuid() || geteuid() == 0
        if !isOurs {
            return list.add(
                area, .warning, "\(name) is another user's", "run this check as the user that the gateway runs as")
        }
        list.add(
            area, isOpen ? .problem : .fine, "\(name) is \(isOpen ? "open to others" : "for its owner alone")",
            isOpen ? "chmod \(isFolder ? "700" : "600")" : "")
    }

    // MARK: - Storage

    private mutating func storage() {
        let site = configuration.site
        folder("the registry", site.registry)
        folder("the spool", site.spool)
        if FileSystem.status(site.registry + "/registry.sqlite") != nil {
            file("the registry's file", site.registry + "/registry.sqlite", "Storage", isFolder: false)
        }
        list.add(
            "Storage", configuration.quota.spool == nil ? .warning : .fine,
            configuration.quota.spool == nil
                ? "the spool may fill the disk, but for the reserve" : "the spool has a quota",
            configuration.quota.spool == nil ? "write spool=\"500G\" at `quota`" : "")
        var space = statvfs()
        guard statvfs(site.spool, &space) == 0 || statvfs(site.registry, &space) == 0 else { return }
        let free = Int64(space.f_bavail) * Int64(space.f_frsize)
        let isShort = free < configuration.quota.reserve * 2
        list.add(
            "Storage", isShort ? .problem : .fine, "\(free >> 30) GiB are free where objects are kept",
            isShort
                ? "near or below the reserve of \(configuration.quota.reserve >> 30) GiB senders are told to wait" : "")
    }

    private mutating func folder(_ name: String, _ path: String) {
        guard FileSystem.status(path) != nil else {
            // One folder is made, and not those above it: a disk that is not mounted would else be written beside.
            guard FileSystem.identity(of: PathBytes(path).absolute.folder) != nil else {
                return list.add(
                    "Storage", .problem, "the folder of \(name) is not there, nor the one in which it is to be made",
                    "make the one above it, or mount its disk")
            }
            return list.add(
                "Storage", .note, "the folder of \(name) is not there yet", "it is made when the gateway starts")
        }
        file("the folder of \(name)", path, "Storage", isFolder: true)
    }

    // MARK: - Recording

    private mutating func recording() {
        let registry = configuration.site.registry
        audit(registry)
        guard FileSystem.status(registry + "/registry.sqlite") != nil else { return }
        guard FileSystem.status(registry + "/keys/log.key") != nil else {
            return list.add(
                "Recording", .warning, "the custody log has no key, so that nothing is signed",
                "`cordon log key new NAME` makes one")
        }
        // Looked at as files: whoever opens the folder by its own verbs makes what is missing.
        let folder = registry + "/log/checkpoints"
        let times = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            $0.hasSuffix(".checkpoint")
        }.compactMap {
            FileSystem.status("\(folder)/\($0)").map { Int64($0.st_mtim.tv_sec) }
        }
        guard let last = times.max() else {
            return list.add(
                "Recording", .warning, "the custody log has no checkpoint yet", "holds and `cordon apply` sign one")
        }
        let days = (now.milliseconds / 1000 - last) / 86_400
        list.add(
            "Recording", days > 7 ? .warning : .fine,
            "the last checkpoint of the custody log is \(max(0, days)) days old",
            days > 7 ? "sign one every day, and keep it in another place" : "")
    }

    private mutating func audit(_ registry: String) {
        let path = registry + "/audit/audit.json"
        guard let bytes = try? FileSystem.contents(path) else {
            return list.add(
                "Recording", .warning, "no receiver of audit messages is named",
                "write audit/audit.json (docs/audit.md)")
        }
        guard let audit = try? AuditConfiguration(json: bytes, folder: registry + "/audit") else {
            return list.add(
                "Recording", .problem, "audit/audit.json cannot be read", "docs/audit.md says what stands in it")
        }
        switch audit.receiver {
        case .file:
            list.add(
                "Recording", .note, "audit messages go to a file of this machine",
                "who takes over the machine can change it: send them elsewhere")
        case .syslog(_, let tls):
            list.add(
                "Recording", tls == nil ? .warning : .fine,
                "audit messages go to a receiver " + (tls == nil ? "in the clear" : "by TLS"),
                tls == nil ? "they name patients: write syslog+tls:" : "")
        }
    }

    // MARK: - Machine

    private mutating func machine() {
        var clock = timex()
        let status = adjtimex(&clock)
        let isSynchronised = status >= 0 && status != TIME_ERROR
        list.add(
            "Machine", isSynchronised ? .fine : .warning,
            "the clock is \(isSynchronised ? "" : "not ")synchronised",
            isSynchronised ? "" : "run chrony or systemd-timesyncd: records and tokens depend on the time")
        let tells = Vault.knowsRunOfMachine
        list.add(
            "Machine", tells ? .fine : .problem,
            tells ? "the system tells its runs apart" : "the system does not tell its runs apart: nothing is taken",
            tells
                ? ""
                : "let /proc/sys/kernel/random/boot_id be read (no `ProcSubset=pid` in a unit of systemd)")
        list.add(
            "Machine", geteuid() == 0 ? .warning : .fine,
            geteuid() == 0 ? "this check runs as root; the gateway should not" : "this check does not run as root",
            geteuid() == 0 ? "run both as a user of their own (Packaging/systemd)" : "")
    }
}
