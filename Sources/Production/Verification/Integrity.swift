internal import Crypto
internal import Host

/// Every file against its digests, and the lists of digests (RFC 8493) against the folder.
struct Integrity {
    /// By name, as they are in the folder.
    private(set) var found: [String: BagFile.Digests] = [:]
    private(set) var verdict = Verdict()

    private enum List: String, CaseIterable {
        case payload256 = "manifest-sha256.txt", payload512 = "manifest-sha512.txt"
        case tags256 = "tagmanifest-sha256.txt", tags512 = "tagmanifest-sha512.txt"

        var is256: Bool { self == .payload256 || self == .tags256 }

        /// Whether a file stands in it. The receipt says what the first list of tag files is, and so cannot stand in that one;
        /// those two lists are in none.
        func lists(_ name: String) -> Bool {
            switch self {
            case .payload256, .payload512: name.hasPrefix("data/")
            case .tags256, .tags512:
                !name.hasPrefix("data/") && name != List.tags256.rawValue && name != List.tags512.rawValue
                    && !(self == .tags256 && name.hasPrefix(BagFolder.receipt))
            }
        }
    }

    init(_ bag: BagReader) throws {
        var others: [String] = []
        try bag.forEachFile { name, isFile in
            if isFile { found[name] = try Self.digests(bag.path(name)) } else { others.append(name) }
        }
        for name in others { verdict.add(.fail, "extra: `\(name)` is not a file") }
        var listed: [List: [String: String]] = [:]
        for list in List.allCases {
            guard let bytes = try bag.optionalBytes(list.rawValue) else {
                verdict.add(.fail, "missing: `\(list.rawValue)`")
                continue
            }
            listed[list] = read(bytes, list)
        }
        let names = Set(found.keys).union(listed.values.flatMap(\.keys))
        for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) { compare(name, listed) }
        verdict.add(.pass, "\(found.count) files")
    }

    /// Lines of a digest, two blanks and a name, ascending; nothing else is read.
    private mutating func read(_ bytes: [UInt8], _ list: List) -> [String: String] {
        var names: [String: String] = [:]
        var last: [UInt8]?
        var isGood = bytes.isEmpty || bytes.last == 0x0A
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
            let count = list.is256 ? 64 : 128
            let name = Array(line.dropFirst(count + 2))
            isGood =
                isGood && line.count > count + 2 && Array(line.dropFirst(count).prefix(2)) == [0x20, 0x20]
                && line.prefix(count).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
                && last.map { $0.lexicographicallyPrecedes(name) } ?? true
            last = name
            names[String(decoding: name, as: UTF8.self)] = String(decoding: line.prefix(count), as: UTF8.self)
        }
        if !isGood { verdict.add(.fail, "changed: `\(list.rawValue)`") }
        return names
    }

    private mutating func compare(_ name: String, _ listed: [List: [String: String]]) {
        let lists = List.allCases.filter { $0.lists(name) }
        let wrong = List.allCases.filter { list in
            guard let names = listed[list] else { return false }
            guard list.lists(name) else { return names[name] != nil }
            return names[name] != found[name].map { list.is256 ? $0.sha256 : $0.sha512 } || found[name] == nil
        }
        guard let first = wrong.first else { return }
        let isListed = listed.values.contains { $0[name] != nil }
        let what = found[name] == nil ? "missing" : isListed ? "changed" : "extra"
        let place = wrong.count < lists.count ? "`\(first.rawValue)`, in its line on " : ""
        let by = wrong.map { "`\($0.rawValue)`" }.joined(separator: ", ")
        verdict.add(.fail, "\(what): \(place)`\(name)` (by \(by))")
    }

    private static func digests(_ path: String) throws -> BagFile.Digests {
        var sha256 = SHA256()
        var sha512 = SHA512()
        try Descriptor(reading: PathBytes(path)).forEachPiece { piece in
            sha256.update(bufferPointer: piece)
            sha512.update(bufferPointer: piece)
        }
        return BagFile.Digests(
            sha256: hexadecimalDigits(sha256.finalize()), sha512: hexadecimalDigits(sha512.finalize()))
    }
}
