import Host
public import CMSEnvelope
import Deidentification
public import Inputs

/// De-identified instances in, originals out, for who has the private key. Durable like a batch run; what is there is
/// never overwritten, and the same command again changes nothing.
public struct ReidentificationRun: Sendable {
    public struct Options: Sendable {
        public var sources: InputSources
        /// The output folder.
        public var output: String
        /// Where to write which input became which output; nil for nowhere.
        public var map: String?
        public var jobs: Int

        public init(sources: InputSources, output: String, map: String? = nil, jobs: Int) {
            self.sources = sources
            self.output = output
            self.map = map
            self.jobs = jobs
        }
    }

    public struct Report: Sendable {
        /// Instances that were given back and written.
        public internal(set) var restoredCount = 0
        /// Instances whose original was there already, byte for byte.
        public internal(set) var presentCount = 0
        /// Left alone.
        public internal(set) var notDICOMCount = 0
        /// Pipes, sockets, devices.
        public internal(set) var specialCount = 0
        /// Why inputs were refused, and how many for each reason.
        public internal(set) var refusals: [String: Int] = [:]
        /// The signal that ended the run early.
        public internal(set) var signal: Int32?

        public var refusedCount: Int { refusals.values.reduce(0, +) }
    }

    /// Inputs that are made ready by all threads and then put in their places by one, in the order of their names: of
    /// several that have one name the first gets it, whatever the jobs.
    private var batchSize: Int { SecondPass.batchSize(1) }

    /// Names patients, and is for the owner alone.
    static let root = "restored"

    let reidentifier: Reidentifier
    private let options: Options

    public init(key: RecipientKey, options: Options) {
        reidentifier = Reidentifier(key: key)
        self.options = options
    }

    public func run(progress: Progress) throws(RunError) -> Report {
        let place = try OutputFolder.place(of: options.output)
        let collected = try InputCollector.collect(options.sources, output: place)
        let names = collected.names
        var map: IdentifyingFile?
        if let path = options.map {
            map = try IdentifyingFile(
                path, "map", beginning: MapFile.header, inputs: collected, output: place.path)
        }
        let folder = try OutputFolder(options.output)
        try claim(folder)
        try folder.clean()
        var report = Report()
        report.specialCount = collected.specialCount
        var lines = MapFile.header
        progress.begin("giving back", total: names.count)
        for start in stride(from: 0, to: names.count, by: batchSize) {
            let batch = start..<min(start + batchSize, names.count)
            let outcomes = try outcomes(of: batch, names, folder, progress)
            if let signal = StopSignal.number {
                progress.end()
                report.signal = signal
                return report
            }
            let paths = try put(outcomes, folder, &report)
            guard map != nil else { continue }
            for (index, path) in zip(batch, paths) {
                if case .notDICOM = outcomes[index - start] { continue }
                let word = path == nil ? "refused" : "restored"
                lines += MapFile.line(input: names[index].text, output: path, word: word)
            }
        }
        if let map { try map.put { sink in try sink.write(lines) } }
        progress.end()
        return report
    }

    /// What stands in OUT in the place of a batch run's identity: neither goes on in the other's folder.
    private static let identity = "cordon reidentification 1\n"

    private func claim(_ folder: OutputFolder) throws(RunError) {
        let present = try RunError.wrapping("OUT cannot be read") { try FileSystem.contents(folder.identityPath) }
        if let present {
            guard present.elementsEqual(Self.identity.utf8) else {
                throw RunError(.arguments, "OUT is of `cordon apply`; name another output folder")
            }
            return
        }
        try RunError.wrapping("OUT cannot be written to") {
            try FileSystem.makeFolder(folder.temporaryFolder, mode: 0o700)
            try FileSystem.makeFolder("\(folder.path)/\(Self.root)", mode: 0o700)
            var file = try DurableFile(temporaryPath: "\(folder.temporaryFolder)/run", mode: 0o600)
            try file.write(Self.identity)
            _ = try file.finish()
            try FileSystem.rename(file.temporaryPath, to: folder.identityPath)
            try FileSystem.flushFolder(folder.ownFolder)
            try FileSystem.flushFolder(folder.path)
            try FileSystem.flushFolder(PathBytes(folder.path).folder.text)
        }
    }

    /// All of a batch by all threads, in the order of the inputs.
    private func outcomes(
        of batch: Range<Int>, _ names: InputNames, _ folder: OutputFolder, _ progress: Progress
    ) throws(RunError) -> [Outcome] {
        let outcomes = Outcomes(), failure = SecondPass.Failure()
        let chunks = Workers.Chunks(count: batch.count, size: 1)
        Workers.run(min(options.jobs, batch.count), tick: { progress.show() }) { _ in
            let reader = InputReader(scratch: folder.temporaryFolder)
            while let chunk = chunks.take(), StopSignal.number == nil, !failure.hasHappened {
                do throws(RunError) {
                    for index in chunk {
                        let number = batch.lowerBound + index
                        outcomes.add(try outcome(of: number, names, reader, folder), at: index)
                        progress.advance()
                    }
                } catch {
                    failure.set(error)
                }
            }
        }
        try failure.check()
        return batch.indices.map { outcomes[$0 - batch.lowerBound] ?? .notDICOM }
    }
}
