internal import Glibc
internal import Host

/// Which revision of each rule set was accepted last, in `FILE.seen` beside the trust file:
///
///     cordon seen revisions 1
///     general-hospital 7 64 hexadecimal digits
///
/// The digits are of the manifest's text: what it was that people signed.
/// A revision that is older, or the same with other files, is a replay. A file that cannot be read refuses everything: what
/// is remembered there may be what an old bundle hopes that we forget.
struct RevisionMemory {
    struct Entry: Hashable {
        var revision: Int
        var digest: String
    }

    private let path: String
    private let trustPath: String
    private static let header = "cordon seen revisions 1"

    init(beside trustPath: String) {
        self.trustPath = trustPath
        path = trustPath + ".seen"
    }

    func entries() throws(BundleError) -> [String: Entry] {
        let bytes: [UInt8]?
        do {
            bytes = try FileSystem.contents(path)
        } catch {
            throw BundleError(.trust, "what was accepted cannot be read from `\(path)`: \(error)")
        }
        guard let bytes else { return [:] }
        let damaged = BundleError(
            .trust, "`\(path)` is damaged; restore it, or write its last revisions into the trust file and remove it")
        guard let text = String(validating: bytes, as: UTF8.self) else { throw damaged }
        var entries: [String: Entry] = [:]
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.first == Self.header, lines.last == "" else { throw damaged }
        for line in lines.dropFirst().dropLast() {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, let revision = Manifest.number(parts[1]), parts[2].utf8.count == 64,
                entries.updateValue(Entry(revision: revision, digest: parts[2]), forKey: parts[0]) == nil
            else { throw damaged }
        }
        return entries
    }

    /// Refuses a replay.
    func check(_ manifest: Manifest) throws(BundleError) { try check(manifest, try entries()) }

    private func check(_ manifest: Manifest, _ entries: [String: Entry]) throws(BundleError) {
        guard let seen = entries[manifest.id] else { return }
        guard manifest.revision >= seen.revision else {
            throw BundleError(
                .replayed,
                "revision \(manifest.revision) of `\(manifest.id)` is older than revision \(seen.revision), which was accepted before"
            )
        }
        guard manifest.revision > seen.revision || manifest.fingerprint == seen.digest else {
            throw BundleError(
                .replayed,
                "revision \(manifest.revision) of `\(manifest.id)` was accepted before with other files; a change needs a higher one"
            )
        }
    }

    /// Refuses a replay, and remembers the revision: it is on disk when this returns. Processes that do so at the same time
    /// wait for each other.
    func accept(_ manifest: Manifest) throws(BundleError) {
        let lock = open(trustPath, O_RDONLY | O_CLOEXEC)
        guard lock >= 0 else {
            throw BundleError(.trust, "the trust file cannot be locked: \(SystemError.last("open"))")
        }
        defer { close(lock) }
        while flock(lock, LOCK_EX) != 0 {
            guard errno == EINTR else {
                throw BundleError(.trust, "the trust file cannot be locked: \(SystemError.last("flock"))")
            }
        }
        var entries = try entries()
        try check(manifest, entries)
        let entry = Entry(revision: manifest.revision, digest: manifest.fingerprint)
        guard entries.updateValue(entry, forKey: manifest.id) != entry else { return }
        let lines =
            [Self.header]
            + entries.sorted { $0.key < $1.key }.map {
                "\($0.key) \($0.value.revision) \($0.value.digest)"
            }
        do throws(SystemError) {
            try FileSystem.place(
                Array(lines.map { $0 + "\n" }.joined().utf8), at: path, mode: 0o644, replacing: true)
        } catch {
            throw BundleError(
                .trust,
                "the revision cannot be remembered in `\(path)`: \(error); without that an older one could come back")
        }
    }
}
