import Host
import DICOMCore
import DICOMFile
import Inputs
import Synchronization

/// All originals: what identifies anybody in them, and what finds the original of an output.
struct Originals {
    enum State: Sendable { case read, directory, notDICOM, unreadable }

    /// What is kept of one original: small, for there may be a million.
    struct Entry: Sendable {
        var state = State.notDICOM
        var patient: Int32 = -1
        var sopInstanceUID: UInt64 = 0
        var pixels: UInt64?
        var shape: UInt64 = 0
        /// First 16 digits of the SHA-256, where a record of decisions names originals by it.
        var digest: UInt64 = 0
    }

    private(set) var entries: [Entry] = []
    private(set) var book = IdentifierBook()
    let names: InputNames

    /// Reads all originals on so many threads. The result does not depend on how many.
    init(_ names: InputNames, jobs: Int, digests: Bool, tick: () -> Void) {
        self.names = names
        let merged = InOrder<(Entry, Harvest?)>()
        let chunks = Workers.Chunks(count: names.count, size: 8)
        let state = Mutex((entries: [Entry](), book: IdentifierBook()))
        Workers.run(jobs, tick: tick) { _ in
            let reader = InputReader(scratch: Scratch.folder)
            while let chunk = chunks.take() {
                for index in chunk {
                    let result = Self.read(index, names, reader, digests)
                    merged.add(result, at: index) { result in
                        state.withLock { state in
                            var entry = result.0
                            if let harvest = result.1 { entry.patient = state.book.add(harvest) }
                            state.entries.append(entry)
                        }
                    }
                }
            }
        }
        (entries, book) = state.withLock { ($0.entries, $0.book) }
        book.close()
    }

    private static func read(
        _ index: Int, _ names: InputNames, _ reader: InputReader, _ digests: Bool
    ) -> (Entry, Harvest?) {
        var entry = Entry()
        guard names.refusal(of: index) == nil, let input = try? reader.open(names[index], whole: digests) else {
            entry.state = .unreadable
            return (entry, nil)
        }
        if digests {
            switch input.content {
            case .memory(let bytes): entry.digest = ContentDigest(of: bytes).prefix
            case .file(let file): entry.digest = (try? ContentDigest(of: file))?.prefix ?? 0
            }
        }
        guard let file = try? input.file() else {
            entry.state = input.beginsAsDICOM || names[index].promisesDICOM ? .unreadable : .notDICOM
            return (entry, nil)
        }
        let harvest = Harvest(file)
        entry.state = file.text(Tag(0x0002, 0x0002)) == UID.mediaStorageDirectory ? .directory : .read
        entry.sopInstanceUID = IdentifierBook.hash(harvest.sopInstanceUID)
        entry.pixels = PixelIdentity.beginning(of: file)
        entry.shape = PixelIdentity.shape(of: file)
        return (entry, harvest)
    }
}

extension OpenedInput {
    /// The first bytes, as stored.
    var head: [UInt8] {
        switch content {
        case .memory(let bytes): return Array(bytes.prefix(4096))
        case .file(let file):
            var count = 0
            var bytes = [UInt8](repeating: 0, count: 4096)
            bytes.withUnsafeMutableBytes { count = (try? file.read(into: $0, at: 0)) ?? 0 }
            return Array(bytes.prefix(count))
        }
    }

    var beginsAsDICOM: Bool { DICOMFile.probe(prefix: head, size: size) == .dicom }
}

/// Takes results in whatever order threads bring them, and hands them on in the order of their numbers.
final class InOrder<Result: Sendable>: Sendable {
    private let waiting = Mutex((next: 0, results: [Int: Result]()))

    /// `body` is called for this result and those that waited for it, by one thread at a time.
    func add(_ result: sending Result, at index: Int, _ body: (Result) -> Void) {
        waiting.withLock { state in
            state.results[index] = result
            while let ready = state.results.removeValue(forKey: state.next) {
                body(ready)
                state.next += 1
            }
        }
    }
}
