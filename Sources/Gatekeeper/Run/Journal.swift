import Host
import Glibc
import Inputs
import Synchronization

/// What has been done, on disk before it counts: lines are appended and flushed, and never changed. A run that is
/// interrupted anywhere finds here what need not be done again.
///
/// A write that power or a signal cut short leaves a torn end, which is cut off: nothing that depends on it has happened.
/// Damage before the last flush is not tearing, and is an error.
final class Journal: Sendable {
    /// Where a line is, without its line feed.
    fileprivate struct Position: Equatable {
        var start: Int
        var count: Int
    }

    fileprivate struct State {
        var end: Int
        /// Where the latest outcome of an input is.
        var outcomes: [InputKey: Position] = [:]
        var inputs: Set<InputKey> = []
        /// Where a path was last spoken of, by a hash of the path: files that are in OUT, or may be.
        var paths: [UInt64: Position] = [:]
        /// Whether anything was appended.
        var isChanged = false
    }

    private let path: String
    private let file: Descriptor
    private let state: Mutex<State>
    /// When an earlier run last wrote into it, in nanoseconds by the clock of the file system.
    let lastWritten: Int64

    /// Opens the journal, or begins one; reads all of it.
    init(_ path: String) throws(RunError) {
        self.path = path
        do throws(SystemError) {
            let number = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw .last("open") }
            file = Descriptor(number)
            lastWritten = Fingerprint(try file.status()).modified
        } catch {
            throw .output(error, "the journal cannot be opened")
        }
        var loaded = State(end: 0)
        let file = file
        try RunError.wrapping("the journal cannot be read") {
            guard let end = try Self.load(file, into: &loaded) else {
                throw RunError(
                    .output,
                    "the journal of OUT is damaged (`.cordon/journal`), so what is in OUT is not known; "
                        + "run again with another output folder")
            }
            if end < Int(try file.status().st_size) {
                guard ftruncate(file.number, off_t(end)) == 0 else { throw SystemError.last("ftruncate") }
                try file.flush()
            }
            loaded.end = end
        }
        state = Mutex(loaded)
    }

    /// Reads all lines; returns the end of the last whole one, or nil when the damage is no tearing.
    private static func load(_ file: Descriptor, into state: inout State) throws -> Int? {
        var offset = 0
        /// Where the torn part begins.
        var torn: Int?
        var commitsBehind = 0
        var isDamaged = false
        var rest: [UInt8] = []
        try file.forEachPiece { piece in
            rest += piece
            var start = 0
            while let newline = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = JournalLine(rest[start..<newline])
                if torn == nil, let line {
                    state.note(line, at: Position(start: offset, count: newline - start))
                } else if torn == nil {
                    torn = offset
                } else {
                    // One flush may have been under way, not two.
                    if commitsBehind > 0 { isDamaged = true }
                    if line == .commit { commitsBehind += 1 }
                }
                offset += newline + 1 - start
                start = newline + 1
            }
            rest.removeFirst(start)
        }
        return isDamaged ? nil : torn ?? offset
    }

    /// Appends lines and brings them to disk.
    func append(_ lines: [JournalLine]) throws(RunError) {
        guard !lines.isEmpty else { return }
        // Made before the lock is taken, in which others wait.
        var text: [UInt8] = []
        var places: [Position] = []
        for line in lines + [.commit] {
            let start = text.count
            text += line.text.utf8
            places.append(Position(start: start, count: text.count - start - 1))
        }
        let result = state.withLock { [text, places] state in
            Result { () throws(RunError) in
                let written = text.withUnsafeBytes { bytes in
                    Result { () throws(SystemError) in
                        try file.write(bytes)
                        try file.flush()
                    }
                }
                if case .failure(let error) = written {
                    // What is there of it is torn, and the next run cuts it off; nobody may append behind it.
                    ftruncate(file.number, off_t(state.end))
                    throw RunError.output(error, "the journal cannot be written")
                }
                for (line, place) in zip(lines, places) {
                    state.note(line, at: Position(start: state.end + place.start, count: place.count))
                }
                state.end += text.count
                state.isChanged = true
            }
        }
        try result.get()
    }

    /// The latest outcome of an input.
    func outcome(of key: InputKey) throws(RunError) -> Outcome? {
        guard let place = state.withLock({ $0.outcomes[key] }) else { return nil }
        guard case .done(let outcome) = try line(at: place) else { return nil }
        return outcome
    }

    func hasOutcome(of key: InputKey) -> Bool { state.withLock { $0.outcomes[key] != nil } }

    /// Whether the run has read an input, so that what it says has counted: either an outcome says so, or the run ended
    /// before there was one. Outcomes of inputs that were never read are written before the inputs are.
    func hasRead(_ key: InputKey) throws(RunError) -> Bool {
        guard state.withLock({ $0.inputs.contains(key) }) else { return false }
        return try outcome(of: key)?.wasRead ?? true
    }

    /// Inputs that the run had before, and those that are new in `keys`.
    func inputs(besides keys: Set<InputKey>) -> (gone: Set<InputKey>, isNew: (InputKey) -> Bool) {
        let known = state.withLock { $0.inputs }
        return (known.subtracting(keys), { !known.contains($0) })
    }

    var isEmpty: Bool { state.withLock { $0.inputs.isEmpty } }

    /// Whether the path of a file was ever spoken of, and not withdrawn.
    func knows(_ path: String) -> Bool {
        let hash = ContentDigest.prefix(of: path.utf8)
        return state.withLock { $0.paths[hash] != nil }
    }

    /// Paths that were spoken of and whose hash is not among those that count.
    func paths(except live: (UInt64) -> Bool) throws(RunError) -> [String] {
        let places = state.withLock { $0.paths }.filter { !live($0.key) }.map(\.value)
        var paths: [String] = []
        for place in places {
            switch try line(at: place) {
            case .intent(let path): paths.append(path)
            case .done(let outcome): if let path = outcome.path { paths.append(path) }
            default: break
            }
        }
        return paths.sorted()
    }

    private func line(at place: Position) throws(RunError) -> JournalLine? { JournalLine(try bytes(at: place)) }

    /// Those of a line, without its line feed.
    private func bytes(at place: Position) throws(RunError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: place.count)
        let count = try RunError.wrapping("the journal cannot be read") {
            try bytes.withUnsafeMutableBytes { bytes in try file.read(into: bytes, at: place.start) }
        }
        guard count == place.count else {
            throw RunError(
                .output, "the journal of OUT was cut short while the run went on; run again with another output folder")
        }
        return bytes
    }

    /// Writes the journal anew with the outcomes of these inputs alone, in their order, when that differs from what it is.
    /// Returns whether it did.
    func compact(_ keys: some Collection<InputKey>, in folder: OutputFolder) throws(RunError) -> Bool {
        let size = state.withLock { $0.end }
        var total = 0
        var isSame = true
        for key in keys {
            let place = try place(of: key)
            isSame = isSame && place.start == total
            total += place.count + 1
        }
        // Two, so that damage before them cannot pass for a torn end.
        let ending = JournalLine.commit.text + JournalLine.commit.text
        if isSame, total + ending.utf8.count == size { return false }
        try RunError.wrapping("the journal cannot be written") {
            var new = try DurableFile(temporaryPath: "\(folder.temporaryFolder)/journal", mode: 0o600)
            // As they stand there: whoever made the records has just read each of them whole.
            var lines: [UInt8] = []
            for key in keys {
                lines += try bytes(at: place(of: key))
                lines.append(UInt8(ascii: "\n"))
                guard lines.count >= Descriptor.pieceSize else { continue }
                try lines.withUnsafeBytes { try new.write($0) }
                lines.removeAll(keepingCapacity: true)
            }
            try lines.withUnsafeBytes { try new.write($0) }
            try new.write(ending)
            _ = try new.finish()
            try FileSystem.rename(new.temporaryPath, to: path)
            try FileSystem.flushFolder(folder.ownFolder)
        }
        return true
    }

    /// Of the latest outcome of an input.
    private func place(of key: InputKey) throws(RunError) -> Position {
        guard let place = state.withLock({ $0.outcomes[key] }) else {
            throw RunError(.inconsistent, "an input has no outcome in the journal; please report this")
        }
        return place
    }
}

extension Journal.State {
    fileprivate mutating func note(_ line: JournalLine, at place: Journal.Position) {
        switch line {
        case .inputs(let keys): inputs.formUnion(keys)
        case .intent(let path): paths[ContentDigest.prefix(of: path.utf8)] = place
        case .withdrawn(let path): paths[ContentDigest.prefix(of: path.utf8)] = nil
        case .commit: break
        case .done(let outcome):
            inputs.insert(outcome.key)
            outcomes[outcome.key] = place
            if let path = outcome.path { paths[ContentDigest.prefix(of: path.utf8)] = place }
        }
    }
}
