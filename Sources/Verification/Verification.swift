import Host
import DICOMCore
public import Inputs
import Synchronization

/// Looks in an export for what identifies anybody in the originals, and checks that nothing else was lost or broken.
///
/// It shares no code with the de-identifier: it reads the originals, takes out what identifies, and searches the outputs
/// for it as bytes and as text. It knows neither rules nor key.
public enum Verification {
    public struct Request: Sendable {
        public var originals: InputSources
        /// A folder, a ZIP archive, or a file.
        public var output: String
        /// As `cordon apply --map` writes it.
        public var map: String?
        public var jobs = 1
        /// Reads text in pixels; nil when nobody looks into them.
        public var pixels: (any PixelTextReading)?
        /// Values and paths that identify may stand in the report.
        public var showsValues = false

        public init(originals: InputSources, output: String) {
            self.originals = originals
            self.output = output
        }
    }

    public static func run(_ request: Request, tick: () -> Void = {}) throws(RunError) -> VerificationReport {
        let out = PathBytes(request.output)
        guard let kind = FolderInput.kind(of: out, followingLinks: true), let root = out.resolved else {
            throw RunError(.arguments, "OUT is not there; check its spelling")
        }
        let place = kind == .folder ? InputCollector.OutputPlace(path: root, identity: nil) : nil
        let names = try InputCollector.collect(request.originals, output: place).names
        let outputs = try InputCollector.collect(InputSources(paths: [request.output]), output: nil).names
        let record = try? Descriptor(reading: root.appending(Array("decisions.jsonl".utf8)))
        let isDecided = record != nil && request.map == nil
        let originals = Originals(names, jobs: request.jobs, digests: isDecided, tick: tick)
        var statements: [Matching.Statement]?
        if let map = request.map {
            statements = try Statements.map(map, originals, out: root)
        } else if let record {
            statements = Statements.decisions(record, originals)
        }
        let matching = Matching(
            originals, statements: statements, roots: request.originals.paths.compactMap { PathBytes($0).resolved })
        var judgement = Judgement(originals, matching, showsValues: request.showsValues)
        judgement.looksIntoPixels = request.pixels != nil
        check(
            outputs, root, originals, matching, pixels: request.pixels, jobs: request.jobs, tick: tick, into: &judgement
        )
        checkArchives(outputs, root, originals, into: &judgement)
        judgement.finish(showsPaths: request.showsValues)
        return judgement.report
    }

    private static func check(
        _ outputs: InputNames, _ root: PathBytes, _ originals: Originals, _ matching: Matching,
        pixels: (any PixelTextReading)?, jobs: Int, tick: () -> Void,
        into judgement: inout Judgement
    ) {
        let isExport = FolderInput.kind(of: root.appending(Array(".cordon".utf8)), followingLinks: false) == .folder
        let merged = InOrder<(String, OutputCheck)>()
        let chunks = Workers.Chunks(count: outputs.count, size: 4)
        let shared = Mutex(judgement)
        Workers.run(jobs, tick: tick) { _ in
            let reader = InputReader(scratch: Scratch.folder), originalReader = InputReader(scratch: Scratch.folder)
            while let chunk = chunks.take() {
                for index in chunk {
                    let path = relative(outputs[index], root)
                    var check: OutputCheck
                    if isExport, isSequestered(path) {
                        check = OutputCheck()
                        check.isSkipped = true
                    } else {
                        check = OutputCheck(
                            outputs[index], path: path, originals: originals, matching: matching, reader: reader,
                            originalReader: originalReader, pixels: pixels)
                    }
                    merged.add((path, check), at: index) { result in
                        shared.withLock { $0.add(result.1, path: result.0) }
                    }
                }
            }
        }
        judgement = shared.withLock { $0 }
    }

    /// Below OUT; of an entry its archive and its name.
    private static func relative(_ name: InputName, _ root: PathBytes) -> String {
        let bytes = name.text
        let isRoot = name.path == root
        return String(
            decoding: isRoot
                ? (name.entry?.name ?? Array(root.lastComponent)) : Array(bytes.dropFirst(root.bytes.count + 1)),
            as: UTF8.self)
    }

    /// What `cordon apply` keeps back lies beside the export, byte for byte, and is not part of it.
    private static func isSequestered(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count == 3 && parts[0] == "sequestered" && parts[2].utf8.count == 64
    }

    /// Comments and extra fields of archives.
    private static func checkArchives(
        _ outputs: InputNames, _ root: PathBytes, _ originals: Originals, into judgement: inout Judgement
    ) {
        let scanner = Scanner(book: originals.book)
        var last: PathBytes?
        for index in 0..<outputs.count {
            let name = outputs[index]
            guard name.entry != nil, name.path != last else { continue }
            last = name.path
            guard let file = try? Descriptor(reading: name.path), let archive = ZIPArchive(file) else { continue }
            var check = OutputCheck()
            check.add(
                scanner.hits(in: String(decoding: name.path.lastComponent, as: UTF8.self)), "file name of the archive")
            for comment in archive.comments() {
                check.add(
                    scanner.hits(in: comment.bytes, as: .text).union(
                        scanner.hits(in: TextValues.lenient(comment.bytes))), comment.place)
            }
            judgement.add(archive: check, path: String(decoding: name.path.lastComponent, as: UTF8.self))
        }
    }
}
