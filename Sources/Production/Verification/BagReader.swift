internal import Foundation
internal import Glibc
internal import Host

/// A bag as whoever received it has it. Nothing in it is believed.
struct BagReader {
    let root: String

    func path(_ name: String) -> String { "\(root)/\(name)" }

    func bytes(_ name: String) throws -> [UInt8] {
        guard let bytes = try FileSystem.contents(path(name)) else { throw Wrong("missing: `\(name)`") }
        return bytes
    }

    /// Nil for a file that is not there.
    func optionalBytes(_ name: String) throws -> [UInt8]? { try FileSystem.contents(path(name)) }

    func text(_ name: String) throws -> String {
        guard let text = String(validating: try bytes(name), as: UTF8.self) else {
            throw Wrong("`\(name)` is not UTF-8")
        }
        return text
    }

    /// The JSON text on each line.
    func records<Record: Decodable>(_ name: String, _ type: Record.Type, _ body: (Record) throws -> Void) throws {
        guard FileSystem.status(path(name)) != nil else { throw Wrong("missing: `\(name)`") }
        var number = 0
        let decoder = JSONDecoder()
        try TextLines.forEach(path(name)) { line in
            number += 1
            guard let record = try? decoder.decode(Record.self, from: Data(line.utf8)) else {
                throw Wrong("line \(number) of `\(name)` is not what it must be")
            }
            try body(record)
        }
    }

    /// The rows of a table, by the names in its first row (RFC 4180).
    func rows(_ name: String, _ body: ([String: String]) throws -> Void) throws {
        var header: [String]?
        try CSVRows.forEach(try bytes(name)) { cells in
            guard let names = header else {
                header = cells
                return
            }
            guard names.count == cells.count, Set(names).count == names.count else {
                throw Wrong("a row of `\(name)` has not as many cells as the first")
            }
            try body(Dictionary(uniqueKeysWithValues: zip(names, cells)))
        }
    }

    /// Names in a folder of the bag, sorted.
    func names(in folder: String) throws -> [String] {
        guard let listing = opendir(path(folder)) else { throw Wrong("missing: `\(folder)/`") }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Every file, link or other thing below the root, and whether it is a file; links are not followed.
    func forEachFile(in folder: String = "", _ body: (String, Bool) throws -> Void) throws {
        for name in try names(in: folder.isEmpty ? "." : folder) {
            let place = folder.isEmpty ? name : "\(folder)/\(name)"
            guard let status = FileSystem.status(path(place)) else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try forEachFile(in: place, body)
            } else {
                try body(place, status.st_mode & S_IFMT == S_IFREG)
            }
        }
    }
}

/// Reads tables (RFC 4180).
enum CSVRows {
    static func forEach(_ bytes: [UInt8], _ body: ([String]) throws -> Void) throws {
        var cells: [String] = []
        var cell: [UInt8] = []
        var isQuoted = false
        var wasQuoted = false
        var place = 0
        func take() {
            cells.append(String(decoding: cell, as: UTF8.self))
            cell = []
            wasQuoted = false
        }
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\"") where isQuoted:
                if place < bytes.count, bytes[place] == byte {
                    cell.append(byte)
                    place += 1
                } else {
                    isQuoted = false
                }
            case _ where isQuoted: cell.append(byte)
            case UInt8(ascii: "\"") where cell.isEmpty && !wasQuoted:
                isQuoted = true
                wasQuoted = true
            case UInt8(ascii: ","): take()
            case UInt8(ascii: "\r") where place < bytes.count && bytes[place] == UInt8(ascii: "\n"):
                place += 1
                take()
                try body(cells)
                cells = []
            default: cell.append(byte)
            }
        }
        guard cell.isEmpty, cells.isEmpty, !isQuoted else { throw Wrong("a table is cut off") }
    }
}
