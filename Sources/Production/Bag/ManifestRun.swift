internal import Crypto
internal import Glibc
internal import Host

/// Digests of many files with ascending names, kept in a nameless file and not in memory.
package final class ManifestRun {
    package enum Algorithm: String, CaseIterable, CustomStringConvertible {
        case sha256, sha512

        package var description: String { rawValue }

        func of(_ digests: BagFile.Digests) -> String { self == .sha256 ? digests.sha256 : digests.sha512 }
    }

    let prefix: String
    private let file: UnsafeMutablePointer<FILE>
    private var last = ""

    init(prefix: String, folder: String) throws(ProductionError) {
        self.prefix = prefix
        let name = "\(folder)/run"
        let number = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        unlink(name)
        guard number >= 0, let file = fdopen(number, "w+") else { throw ProductionError(writing: .last("open")) }
        self.file = file
    }

    deinit { fclose(file) }

    func add(_ name: String, _ digests: BagFile.Digests) throws(ProductionError) {
        guard name.hasPrefix(prefix), last.utf8.lexicographicallyPrecedes(name.utf8) else {
            throw ProductionError(.inconsistent, "files of the bag were not written in order; please report this")
        }
        last = name
        let line = "\(digests.sha256) \(digests.sha512) \(name)\n"
        guard fputs(line, file) >= 0 else { throw ProductionError(writing: .last("write")) }
    }

    func forEach(_ body: (String, BagFile.Digests) throws -> Void) throws {
        guard fflush(file) == 0, fseek(file, 0, SEEK_SET) == 0 else { throw ProductionError(writing: .last("write")) }
        defer { fseek(file, 0, SEEK_END) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let line {
            let parts = String(cString: line).dropLast().split(separator: " ", maxSplits: 2).map(String.init)
            guard parts.count == 3 else {
                throw ProductionError(.inconsistent, "a note of digests cannot be read; please report this")
            }
            try body(parts[2], BagFile.Digests(sha256: parts[0], sha512: parts[1]))
        }
        guard ferror(file) == 0 else { throw ProductionError(writing: .last("read")) }
    }

    static func sha512(_ bytes: [UInt8]) -> String { hexadecimalDigits(SHA512.hash(data: bytes)) }
}
