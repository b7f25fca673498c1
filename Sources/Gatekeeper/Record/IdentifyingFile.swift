import Host
import Glibc
import Inputs

/// A file that says who is who: the map. Only its owner may read it; it lies neither in OUT nor among the inputs, and
/// takes the place of nothing but an earlier one of its kind.
struct IdentifyingFile {
    private let path: PathBytes
    /// What it is called in messages.
    private let what: String
    /// What all files of its kind begin with.
    private let beginning: [UInt8]

    /// Finds out whether it may be written, before anything else is.
    ///
    /// - Parameters:
    ///   - beginning: what all files of its kind begin with.
    ///   - output: the output folder with all links followed.
    init(
        _ path: String, _ what: String, beginning: [UInt8], inputs: InputCollector.Collected, output: PathBytes
    ) throws(RunError) {
        let named = PathBytes(path)
        guard let folder = named.folder.resolved, let identity = FileSystem.identity(of: folder) else {
            throw RunError(.arguments, "the folder of the \(what) is not there; make it first")
        }
        guard folder.isText else {
            throw RunError(
                .arguments, "the \(what) lies in a folder whose name is not UTF-8; name a file elsewhere")
        }
        if folder.isWithin(output) {
            throw RunError(.arguments, "the \(what) names patients and may not lie in OUT; name a file elsewhere")
        }
        self.path = folder.appending(Array(named.lastComponent))
        self.what = what
        self.beginning = beginning
        if inputs.folders.contains(identity) || inputs.names.contains(self.path) {
            throw RunError(.arguments, "the \(what) may not lie among the inputs; name a file elsewhere")
        }
        try requireReplaceable()
        do throws(SystemError) {
            let probe = try DurableFile(temporaryPath: temporaryPath, mode: 0o600)
            try FileSystem.remove(probe.temporaryPath)
        } catch {
            throw RunError(.arguments, "the \(what) cannot be written there: \(error) (\(error.call))")
        }
    }

    /// Writes it unless it says the same already.
    func put(_ generate: (inout TextSink) throws -> Void) throws(RunError) {
        try requireReplaceable()
        _ = try TextFile.put(path.text, temporaryPath: temporaryPath, mode: 0o600, generate)
    }

    /// Whatever is there must be an earlier one: a name that was mistyped may be that of an image, or of a key.
    private func requireReplaceable() throws(RunError) {
        guard let status = FileSystem.status(path.text) else { return }
        var start: [UInt8] = []
        if FileKind(mode: status.st_mode) == .file, let file = try? Descriptor(reading: path) {
            start = [UInt8](repeating: 0, count: beginning.count)
            let count = start.withUnsafeMutableBytes { bytes in try? file.read(into: bytes, at: 0) }
            start.removeLast(start.count - (count ?? 0))
        }
        guard start == beginning else {
            throw RunError(
                .arguments,
                "there is something else than a \(what) where the \(what) is to be; name a file that is "
                    + "not there yet")
        }
    }

    /// Of no file that is there: it is opened as a new one.
    private var temporaryPath: String {
        path.folder.appending(Array(".cordon-\(String(UInt64.random(in: .min ... .max), radix: 36))".utf8)).text
    }
}
