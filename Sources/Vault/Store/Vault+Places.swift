import Glibc
import Host

extension Vault {
    static let placesTitle = "cordon vault places 1"

    /// The folders that cold objects were moved to, in the order they were named.
    func coldPlaces() throws(VaultError) -> [Place] {
        let bytes = try VaultError.wrapping("the list of the vault's places cannot be read") { () throws(SystemError) in
            try FolderListing.bytes(home.path + "/places")
        }
        guard let bytes else { return [] }
        guard let text = CheckedText(bytes, title: Self.placesTitle) else {
            throw VaultError(.record, "`places` of the vault is damaged; restore the file from your backup")
        }
        return text.values("place").map { Place(path: $0, isHome: false) }
    }

    /// All places, this folder first.
    func places() throws(VaultError) -> [Place] { [home] + (try coldPlaces()) }

    /// The place at a path: known, or made and written down before anything is moved there.
    func place(at path: String) throws(VaultError) -> Place {
        guard
            let resolved = PathBytes(path).resolved
                ?? PathBytes(path).folder.resolved.map({
                    $0.appending(Array(PathBytes(path).lastComponent))
                })
        else { throw VaultError(.place, "the folder that the place would lie in is not there") }
        let text = resolved.text
        guard text.utf8.elementsEqual(resolved.bytes), !text.contains("\n") else {
            throw VaultError(.arguments, "the path of a place is text on one line; name another folder")
        }
        if text == PathBytes(home.path).resolved?.text ?? home.path { return home }
        if let known = try coldPlaces().first(where: { $0.path == text }) {
            guard known.isThere(vault: id) else { throw Self.absent(known) }
            return known
        }
        let place = Place(path: text, isHome: false)
        return try locks.hold(.settings) { () throws(VaultError) in
            let known = try coldPlaces()
            let names = try VaultError.wrapping("the place cannot be read") { () throws(SystemError) in
                try FolderListing.names(in: text)
            }
            if !place.isThere(vault: id) {
                guard names.allSatisfy({ ["lost+found", "objects", "temporary", "damaged"].contains($0) }) else {
                    throw VaultError(.arguments, "the folder is not empty; name an empty one for cold objects")
                }
                try place.make(vault: id)
            }
            if !known.contains(place) {
                let lines = (known + [place]).map { CheckedText.Line("place", $0.path) }
                try VaultError.wrapping("the list of the vault's places cannot be written") { () throws(SystemError) in
                    try home.write(CheckedText(title: Self.placesTitle, lines: lines), as: "places")
                }
            }
            return place
        }
    }

    static func absent(_ place: Place) -> VaultError {
        VaultError(.place, "`\(place.path)`, a place of the vault, is not there; mount it and try again")
    }

    /// An object that was found.
    struct Found {
        var place: Place
        var file: Descriptor
    }

    /// Opens an object wherever it lies; nil when no place has it. Throws when a place is not there that may have it.
    func locate(_ name: ObjectName) throws(VaultError) -> Found? {
        // Twice: it may have been moved between two looks.
        for _ in 0..<2 {
            for place in try places() {
                let file = try VaultError.wrapping("an object cannot be opened") { () throws(SystemError) in
                    try place.open(name)
                }
                if let file { return Found(place: place, file: file) }
            }
        }
        if let absent = try coldPlaces().first(where: { !$0.isThere(vault: id) }) { throw Self.absent(absent) }
        return nil
    }

    /// Removes what was left half written by somebody who died. Says whether there was anything.
    func tidy() throws(VaultError) -> Bool {
        var found = false
        for place in try places() where place.isHome || place.isThere(vault: id) {
            let names = try VaultError.wrapping("the vault's folders cannot be read") { () throws(SystemError) in
                try FolderListing.names(in: place.temporary)
            }
            for name in names {
                guard let file = TemporaryFile.abandoned("\(place.temporary)/\(name)") else { continue }
                found = true
                // What was stored and not confirmed waits for somebody who can ask the registry.
                if place.isHome, try stored(file, called: name) != nil { continue }
                try removeRemains(name, of: place)
            }
        }
        return found
    }

    /// The object that a temporary file has become; nil when it has not.
    private func stored(_ file: Descriptor, called temporary: String) throws(VaultError) -> ObjectName? {
        guard temporary.utf8.count > 64, temporary.utf8.dropFirst(64).first == PathBytes.dot,
            !temporary.dropFirst(64).hasPrefix(Place.envelopeSuffix + "."),
            let name = ObjectName(String(temporary.prefix(64)))
        else { return nil }
        let status = try VaultError.wrapping("a temporary file cannot be looked at") { () throws(SystemError) in
            try file.status()
        }
        return FileSystem.status(home.object(name))?.st_ino == status.st_ino ? name : nil
    }

    /// Objects that were stored by somebody who died before he confirmed them. Whoever asks sees to it that the registry
    /// knows them; when `body` returns, they are like all others.
    public func forEachUnconfirmed(_ body: (_ digest: String) throws -> Void) throws {
        guard isWritable else { return }
        for temporary in try FolderListing.names(in: home.temporary) {
            let path = "\(home.temporary)/\(temporary)"
            guard let file = TemporaryFile.abandoned(path), let name = try stored(file, called: temporary),
                let digest = try digest(of: name)
            else { continue }
            try body(digest)
            ImmutableFlag.put(false, file)
            try FileSystem.remove(path)
            protect(name)
        }
    }

    /// The digest of an object or of what is left of it; nil when its envelope does not say.
    func digest(of name: ObjectName) throws(VaultError) -> String? {
        guard mode == .encrypted else { return name.text }
        do throws(VaultError) { return try envelope(of: name, at: home, nil).digest } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }

    /// An envelope comes before its object: when its maker died in between, it goes with its temporary file.
    private func removeRemains(_ temporary: String, of place: Place) throws(VaultError) {
        if temporary.utf8.count > 64, temporary.dropFirst(64).hasPrefix(Place.envelopeSuffix),
            let name = ObjectName(String(temporary.prefix(64)))
        {
            try locks.hold(.bucket(name.bucket)) { () throws(VaultError) in
                guard FileSystem.status(place.object(name)) == nil else { return }
                try VaultError.wrapping("what was left half written cannot be removed") { () throws(SystemError) in
                    let (first, second) = ("\(place.temporary)/\(temporary)", place.envelope(name))
                    guard let first = FileSystem.status(first), let second = FileSystem.status(second),
                        first.st_ino == second.st_ino
                    else { return }
                    try place.unlink(place.envelope(name))
                    try FileSystem.flushFolder(place.bucket(name.bucket))
                }
            }
        }
        try VaultError.wrapping("what was left half written cannot be removed") { () throws(SystemError) in
            try place.unlink("\(place.temporary)/\(temporary)")
        }
    }
}
