import Glibc
import Host

/// One run of a check.
final class CheckRun {
    let vault: Vault
    let options: VaultCheck
    let places: [Place]
    var report = CheckReport()
    var schedule = CheckSchedule()
    private let tell: (Finding) -> Void
    private let absent: [Place]

    init(_ vault: Vault, _ options: VaultCheck, finding: @escaping (Finding) -> Void) {
        self.vault = vault
        self.options = options
        tell = finding
        // A list of places that is damaged is a finding of its own.
        let all = (try? vault.places()) ?? [vault.home]
        places = all.filter { $0.isHome || $0.isThere(vault: vault.id) }
        absent = all.filter { !$0.isHome && !$0.isThere(vault: vault.id) }
    }

    func find(_ kind: Finding.Kind, _ words: String, digest: String? = nil, file: String? = nil, in place: Place) {
        report.findings[kind, default: 0] += 1
        tell(Finding(kind: kind, digest: digest, file: file, place: place.path, words: words))
    }

    /// The vault's own small files, and what lies where nothing should.
    func checkRecords() throws {
        for place in absent { find(.place, "the place is not there; mount it and check again", in: place) }
        do throws(VaultError) { _ = try vault.places() } catch {
            find(.record, error.message, file: "places", in: vault.home)
        }
        do throws(VaultError) { _ = try vault.limits() } catch {
            find(.record, error.message, file: "limits", in: vault.home)
        }
        if let schedule = try vault.readSchedule() {
            self.schedule = schedule
        } else {
            find(.record, "the schedule of checks is damaged; everything is due now", file: "checks", in: vault.home)
        }
        if !vault.home.isThere(vault: vault.id) {
            find(
                .record, "`place` is damaged or another vault's; restore it from your backup", file: "place",
                in: vault.home)
        }
        for place in places {
            try checkFolder(place.path, below: "", of: place) { name in
                let own = ["place", "objects", "temporary", "damaged"]
                let home = ["header", "locks", "room", "limits", "places", "checks", "removals"]
                return own.contains(name) || place.isHome && home.contains(name) || name == "lost+found"
            }
            try checkFolder(place.objects, below: "objects/", of: place) { name in
                name.utf8.count == 2 && bytes(ofHexadecimal: name) != nil
            }
            let aside = try FolderListing.names(in: place.damaged).count { !$0.hasSuffix(Place.envelopeSuffix) }
            if aside > 0 {
                find(
                    .setAside, "\(aside) damaged objects were put aside and replaced; look at why, then remove them",
                    file: "damaged", in: place)
            }
        }
    }

    private func checkFolder(
        _ folder: String, below prefix: String, of place: Place, _ belongs: (String) -> Bool
    ) throws {
        for name in try FolderListing.names(in: folder) where !belongs(name) {
            find(
                .stray, "it is none of the vault's files; see what it is, and move it away", file: prefix + name,
                in: place)
        }
    }

    /// Everything in one folder of objects. False when the caller asked to stop.
    func check(_ bucket: Int, of place: Place, goesOn: () -> Bool) throws -> Bool {
        let folder = "objects/\(ObjectName.bucketName(bucket))/"
        var envelopes: Set<String> = []
        var objects: Set<String> = []
        for file in try FolderListing.names(in: place.bucket(bucket)) {
            let isEnvelope = file.hasSuffix(Place.envelopeSuffix)
            let stem = isEnvelope ? String(file.dropLast(Place.envelopeSuffix.utf8.count)) : file
            let text = ObjectName.bucketName(bucket) + stem
            guard ObjectName(text) != nil, !isEnvelope || vault.mode == .encrypted else {
                find(
                    .stray, "it is none of the vault's files; see what it is, and move it away", file: folder + file,
                    in: place)
                continue
            }
            if isEnvelope { envelopes.insert(text) } else { objects.insert(text) }
        }
        for text in objects.sorted() {
            guard goesOn() else { return false }
            guard let name = ObjectName(text) else { continue }
            try checkObject(name, in: place)
        }
        for text in envelopes.subtracting(objects).sorted() {
            guard let name = ObjectName(text), FileSystem.status(place.object(name)) == nil,
                FileSystem.status(place.envelope(name)) != nil
            else { continue }
            let digest = try? vault.envelope(of: name, at: place, nil).digest
            find(
                .envelopeAlone, "the envelope is there and its object is not", digest: digest,
                file: file(name) + ".key",
                in: place)
        }
        return goesOn()
    }

    func file(_ name: ObjectName) -> String { "objects/\(name.text.prefix(2))/\(name.text.dropFirst(2))" }

    /// What the registry has and no place has.
    func checkMissing() throws {
        guard let records = options.records, absent.isEmpty else { return }
        try records.forEachKept { digest in
            guard try !vault.contains(digest) else { return }
            // Removed while we looked?
            guard try records.state(of: digest) == .kept else { return }
            find(
                .missing, "the registry has recorded it, and no place has it; restore it from your backup",
                digest: digest, in: vault.home)
        }
    }
}
