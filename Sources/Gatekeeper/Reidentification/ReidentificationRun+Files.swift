import Host
import Deidentification
import DICOMEncoding
import DICOMFile
import Glibc
import Inputs
import Synchronization

extension ReidentificationRun {
    /// How an input ended, before anything has its own name.
    enum Outcome: Sendable {
        case written(Descriptor, temporaryPath: String, TargetName, ContentDigest)
        case notDICOM
        case refused(String)
    }

    final class Outcomes: Sendable {
        private let outcomes = Mutex<[Int: Outcome]>([:])
        func add(_ outcome: Outcome, at index: Int) { outcomes.withLock { $0[index] = outcome } }
        subscript(_ index: Int) -> Outcome? { outcomes.withLock { $0[index] } }
    }

    /// Makes one original, under a temporary name and on its way to the disk.
    func outcome(
        of index: Int, _ names: InputNames, _ reader: InputReader, _ folder: OutputFolder
    ) throws(RunError) -> Outcome {
        if let refusal = names.refusal(of: index) { return .refused(refusal.description) }
        let input: OpenedInput
        do throws(InputReader.ReadError) {
            input = try reader.open(names[index], whole: true)
        } catch {
            switch error {
            case .special: return .refused(Refusal(reason: .changed).description)
            case .refused(let refusal): return .refused(refusal.description)
            case .scratch(let error): throw .output(error, "an entry of an archive cannot be unpacked")
            }
        }
        let file: DICOMFile
        do throws(ParseError) {
            file = try input.file()
        } catch {
            return error.code == .notDICOM && !names[index].promisesDICOM
                ? .notDICOM : .refused("it cannot be read to its end: \(error)")
        }
        do {
            let result = try reidentifier.reidentify(file)
            let data = try EditedDataSet(file, edits: result.edits, fileMeta: result.fileMeta)
            let temporaryPath = "\(folder.temporaryFolder)/\(index)"
            let (digest, written) = try write(data, to: temporaryPath)
            guard input.isUnchanged else {
                try RunError.wrapping("a temporary file cannot be removed") { try FileSystem.remove(temporaryPath) }
                return .refused(Refusal(reason: .changed).description)
            }
            let name = TargetName(
                patientID: result.patientID, studyInstanceUID: result.studyInstanceUID,
                seriesInstanceUID: result.seriesInstanceUID, sopInstanceUID: result.sopInstanceUID)
            return .written(written, temporaryPath: temporaryPath, name, digest)
        } catch let error as ReidentificationError {
            return .refused(error.reason)
        } catch let error as EditedDataSet.EditError {
            return .refused("what is encrypted does not fit the data set: \(error)")
        } catch WriteError.unreadable {
            return .refused(Refusal(reason: .cannotRead).description)
        } catch WriteError.originalChanged {
            return .refused(Refusal(reason: .changed).description)
        } catch WriteError.deflate {
            return .refused("the data set could not be deflated")
        } catch let error as RunError {
            throw error
        } catch {
            throw RunError(
                .inconsistent, "an input could not be processed: an error of an unknown kind; please report this")
        }
    }

    private func write(_ data: EditedDataSet, to path: String) throws -> (ContentDigest, Descriptor) {
        var copy = try RunError.wrapping("a file cannot be made in OUT") {
            try DurableFile(temporaryPath: path, mode: 0o600)
        }
        do {
            try copy.write { descriptor, observe in try data.write(to: descriptor, observe: observe) }
        } catch WriteError.system(let code) {
            throw RunError.output(SystemError(code: code, call: "write"), "a file cannot be written in OUT")
        }
        return try RunError.wrapping("a file cannot be written in OUT") { try copy.finishUnflushed() }
    }

    /// Gives a batch its names, and brings them to disk.
    ///
    /// - Returns: for each the path in OUT; nil for what was refused or left alone.
    func put(
        _ outcomes: [Outcome], _ folder: OutputFolder, _ report: inout Report
    ) throws(RunError) -> [String?] {
        var paths: [String?] = []
        var folders: Set<String> = []
        for outcome in outcomes {
            switch outcome {
            case .notDICOM:
                report.notDICOMCount += 1
                paths.append(nil)
            case .refused(let reason):
                report.refusals[reason, default: 0] += 1
                paths.append(nil)
            case .written(let file, let temporaryPath, let name, let digest):
                let (path, isPresent) = try Self.place(name, digest, folder)
                try RunError.wrapping("files cannot be put in their places in OUT") {
                    if isPresent {
                        report.presentCount += 1
                        try FileSystem.remove(temporaryPath)
                    } else {
                        try file.flush()
                        report.restoredCount += 1
                        try folder.makeFolders(for: path)
                        try FileSystem.rename(temporaryPath, to: "\(folder.path)/\(path)")
                        folders.formUnion(OutputFolder.folders(of: path))
                    }
                }
                paths.append(path)
            }
        }
        try RunError.wrapping("files cannot be put in their places in OUT") {
            for name in folders.sorted() { try FileSystem.flushFolder("\(folder.path)/\(name)") }
        }
        return paths
    }

    /// The first free path, with the digest where other bytes have the plain one; or where these very bytes are already.
    private static func place(
        _ name: TargetName, _ digest: ContentDigest, _ folder: OutputFolder
    ) throws(RunError) -> (path: String, isPresent: Bool) {
        for suffix in [nil, digest] {
            let path = name.path(in: root, suffix: suffix)
            guard let status = FileSystem.status("\(folder.path)/\(path)") else { return (path, false) }
            guard FileKind(mode: status.st_mode) == .file else { continue }
            let present = try RunError.wrapping("a file in OUT cannot be read") {
                try ContentDigest(of: Descriptor(reading: PathBytes("\(folder.path)/\(path)")))
            }
            if present == digest { return (path, true) }
        }
        throw RunError(.output, "another file stands under the name of an output; nothing is overwritten")
    }
}
