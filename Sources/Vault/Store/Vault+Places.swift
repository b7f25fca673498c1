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
}
