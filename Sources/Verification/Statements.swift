import Host
import DICOMFile
import Inputs

/// What was written down of a run: the map of `cordon apply --map`, or `decisions.jsonl`.
enum Statements {
    /// Reads a map: tab-separated, input, output, disposition; a header is passed over. A file with a line that names
    /// no original is wrong, or of another run.
    static func map(_ path: String, _ originals: Originals, out: PathBytes) throws(RunError) -> [Matching.Statement] {
        guard let file = try? Descriptor(reading: PathBytes(path)) else {
            throw RunError(.arguments, "the map cannot be opened; check its path")
        }
        var bytes: [UInt8] = []
        do { try file.forEachPiece { bytes += Array($0) } } catch {
            throw RunError(.arguments, "the map cannot be read")
        }
        var numbers: [[UInt8]: Int] = [:]
        var ends: [[UInt8]: [Int]] = [:]
        for index in originals.entries.indices {
            let name = originals.names[index]
            numbers[name.text] = index
            ends[Array(name.path.lastComponent), default: []].append(index)
        }
        var statements: [Matching.Statement] = []
        for (line, text) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
            let parts = text.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map {
                unescaped($0)
            }
            guard parts.count >= 2 else {
                throw RunError(
                    .arguments, "line \(line + 1) of the map has no tab: expected input, output, disposition")
            }
            if line == 0, parts[0].elementsEqual("input".utf8) { continue }
            let input = PathBytes(parts[0])
            let index =
                numbers[parts[0]] ?? numbers[input.absolute.bytes]
                ?? (ends[Array(input.lastComponent)] ?? []).first {
                    originals.names[$0].text.suffix(parts[0].count + 1) == ([PathBytes.slash] + parts[0])[...]
                }
            let disposition = parts.count > 2 ? String(decoding: parts[2], as: UTF8.self) : ""
            let isKeptBack = ["sequester", "refused", "ignored"].contains(disposition) || parts[1].isEmpty
            guard let index else {
                if isKeptBack { continue }
                throw RunError(
                    .arguments,
                    "line \(line + 1) of the map names an input that is not among the originals; give all of them")
            }
            let output = PathBytes(parts[1])
            let relative = output.isWithin(out) ? Array(output.bytes.dropFirst(out.bytes.count + 1)) : parts[1]
            statements.append(
                .init(original: index, output: String(decoding: relative, as: UTF8.self), isKeptBack: isKeptBack))
        }
        return statements
    }

    private static func unescaped(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        var result: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            if isEscaped {
                switch byte {
                case UInt8(ascii: "t"): result.append(0x09)
                case UInt8(ascii: "n"): result.append(0x0A)
                case UInt8(ascii: "r"): result.append(0x0D)
                default: result.append(byte)
                }
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// Reads `decisions.jsonl`: inputs are known by their digests, so it needs no map.
    static func decisions(_ file: Descriptor, _ originals: Originals) -> [Matching.Statement]? {
        var numbers: [UInt64: [Int]] = [:]
        for (index, entry) in originals.entries.enumerated() where entry.digest != 0 {
            numbers[entry.digest, default: []].append(index)
        }
        var bytes: [UInt8] = []
        guard (try? file.forEachPiece { bytes += Array($0) }) != nil else { return nil }
        var statements: [Matching.Statement] = []
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let digest = member("inputDigest", of: line), let number = UInt64(digest.prefix(16), radix: 16),
                let disposition = member("disposition", of: line)
            else { continue }
            let output = member("output", of: line)
            for index in numbers[number] ?? [] {
                statements.append(
                    .init(
                        original: index, output: output,
                        isKeptBack: ["sequester", "refused", "ignored"].contains(disposition)))
            }
        }
        return statements
    }

    /// The text of a member that stands before any nested object: that is how the record is written.
    private static func member(_ name: String, of line: ArraySlice<UInt8>) -> String? {
        let key = Array("\"\(name)\":\"".utf8)
        var position = line.startIndex
        while position + key.count <= line.endIndex {
            if line[position] == key[0], line[position..<position + key.count].elementsEqual(key) {
                let rest = line[(position + key.count)...]
                guard let end = rest.firstIndex(of: UInt8(ascii: "\"")) else { return nil }
                return String(decoding: rest[..<end], as: UTF8.self)
            }
            position += 1
        }
        return nil
    }
}
