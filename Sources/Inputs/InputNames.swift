package import Host

/// One input: a file by its absolute path, or an entry of a ZIP archive, which is never used as a path.
package struct InputName: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        /// Its number in the archive's directory: names need not be unique there.
        package var number: Int
        /// As the archive has it.
        package var name: [UInt8]

        package init(number: Int, name: [UInt8]) {
            self.number = number
            self.name = name
        }
    }

    package var path: PathBytes
    package var entry: Entry?

    package init(path: PathBytes, entry: Entry? = nil) {
        self.path = path
        self.entry = entry
    }

    /// What the input is called by: `.dcm`, `.dicom` promise DICOM.
    package var promisesDICOM: Bool { ["dcm", "dicom"].contains(ownName.lowercaseExtension) || isDICOMDIR }

    package var isDICOMDIR: Bool { String(decoding: ownName.lastComponent, as: UTF8.self).lowercased() == "dicomdir" }

    private var ownName: PathBytes { entry.map { PathBytes($0.name) } ?? path }

    /// For people: `/in/a.zip!/b.dcm`.
    package var text: [UInt8] {
        entry.map { path.bytes + Array("!/".utf8) + $0.name } ?? path.bytes
    }
}

/// The names of all inputs of a run in the order of their bytes, each once: one array of bytes, so that a million of
/// them stay small (P9). What the file system or the command line gave first does not matter (P4).
package struct InputNames: Sendable {
    private struct Row: Sendable {
        var start: Int
        var length: UInt32
        /// Number of the entry in a ZIP archive; -1 for a file.
        var entry: Int32
        var refusal: Refusal?
    }

    package init() {}

    private var bytes: [UInt8] = []
    private var rows: [Row] = []

    package var count: Int { rows.count }

    /// Adds an input, or one that is refused before anybody looks at it.
    package mutating func add(_ name: InputName, refusal: Refusal? = nil) {
        let start = bytes.count
        bytes += name.path.bytes
        if let entry = name.entry {
            bytes.append(0)
            bytes += entry.name
        }
        rows.append(
            Row(
                start: start, length: UInt32(clamping: bytes.count - start),
                entry: name.entry.map { Int32(clamping: $0.number) } ?? -1, refusal: refusal))
    }

    /// Sorts, and drops what is there twice under one name. A refusal goes before: it says what is wrong.
    package mutating func sort() {
        bytes.withUnsafeBufferPointer { bytes in
            func name(_ row: Row) -> Slice<UnsafeBufferPointer<UInt8>> {
                bytes[row.start..<row.start + Int(row.length)]
            }
            rows.sort { left, right in
                let (leftName, rightName) = (name(left), name(right))
                if leftName.lexicographicallyPrecedes(rightName) { return true }
                if rightName.lexicographicallyPrecedes(leftName) { return false }
                return (left.entry, left.refusal == nil ? 1 : 0) < (right.entry, right.refusal == nil ? 1 : 0)
            }
            var kept: [Row] = []
            kept.reserveCapacity(rows.count)
            for row in rows {
                if let last = kept.last, last.entry == row.entry, name(last).elementsEqual(name(row)) { continue }
                kept.append(row)
            }
            rows = kept
        }
    }

    /// The bytes that name an input: its path; for an entry NUL, which no path holds, and the entry's name.
    private func whole(_ index: Int) -> ArraySlice<UInt8> {
        let row = rows[index]
        return bytes[row.start..<row.start + Int(row.length)]
    }

    package subscript(_ index: Int) -> InputName {
        let whole = whole(index), number = rows[index].entry
        guard number >= 0, let end = whole.firstIndex(of: 0) else { return InputName(path: PathBytes(Array(whole))) }
        return InputName(
            path: PathBytes(Array(whole[..<end])),
            entry: InputName.Entry(number: Int(number), name: Array(whole[(end + 1)...])))
    }

    /// Whether this file, or an entry of it, is an input.
    package func contains(_ path: PathBytes) -> Bool {
        rows.indices.contains { index in
            let whole = whole(index)
            guard whole.starts(with: path.bytes) else { return false }
            return whole.count == path.bytes.count
                || rows[index].entry >= 0 && whole[whole.startIndex + path.bytes.count] == 0
        }
    }

    package func refusal(of index: Int) -> Refusal? { rows[index].refusal }

    /// What names the input in the journal, before it is hashed.
    package func identity(of index: Int) -> [UInt8] {
        Array(whole(index)) + (rows[index].entry < 0 ? [] : [0] + Array("\(rows[index].entry)".utf8))
    }
}
