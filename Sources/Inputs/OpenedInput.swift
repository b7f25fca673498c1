package import Host
package import DICOMEncoding
package import DICOMFile
import Glibc

/// An input that has been opened: whatever is read from now on is of this file, whatever its name comes to mean.
package struct OpenedInput {
    package enum Content {
        case memory([UInt8])
        /// A file: the input itself, or a nameless one that an entry was unpacked to.
        case file(Descriptor)
    }

    /// Of the file, or of the archive that holds the entry, when it was opened.
    package let fingerprint: Fingerprint
    package let size: Int
    package let content: Content
    /// The file, or the archive.
    private let origin: Descriptor
    /// Where nameless files go that reading needs.
    private let scratch: String

    package init(origin: Descriptor, fingerprint: Fingerprint, size: Int, content: Content, scratch: String) {
        self.origin = origin
        self.scratch = scratch
        self.fingerprint = fingerprint
        self.size = size
        self.content = content
    }

    /// Whether it was read whole: nothing that is done to the file matters any more.
    package var isInMemory: Bool { if case .memory = content { true } else { false } }

    /// Reads it as DICOM.
    ///
    /// - Parameter selection: what the caller will ask its data set for.
    package func file(_ selection: ElementSelection = .everything) throws(ParseError) -> DICOMFile {
        switch content {
        case .memory(let bytes): try DICOMFile(bytes: bytes, selection: selection)
        case .file(let file):
            try DICOMFile(descriptor: file.number, of: file, scratch: scratch, selection: selection)
        }
    }

    /// Reads as much of it as can be read.
    package func beginning() -> DICOMFile? {
        switch content {
        case .memory(let bytes): DICOMFile.beginning(bytes: bytes)
        case .file(let file): DICOMFile.beginning(path: file.path, scratch: scratch)
        }
    }

    /// All bytes, in pieces. Throws `SystemError` when they cannot be read, and whatever `body` throws.
    package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        switch content {
        case .file(let file): try file.forEachPiece(body)
        case .memory(let bytes): try bytes.withUnsafeBytes(body)
        }
    }

    /// Whether the file is what it was when it was opened.
    package var isUnchanged: Bool { (try? origin.status()).map { Fingerprint($0) == fingerprint } ?? false }
}

/// Opens inputs for one thread: it keeps the last archive open for the entries that follow.
package final class InputReader {
    package enum ReadError: Error {
        case refused(Refusal)
        /// A pipe, a socket, a device that took the place of a file.
        case special
        /// There is no room to unpack an entry to.
        case scratch(SystemError)
    }

    /// Up to here an input is read whole and once, so that facts, digests and output are of the same bytes even while
    /// somebody writes to the file. Above, it is mapped or read again, and its fingerprint must hold.
    package static let memorySize = 32 << 20

    /// Where large entries of archives are unpacked to: files without a name, gone with the process.
    private let scratch: String
    private var last: (path: PathBytes, file: Descriptor, fingerprint: Fingerprint, archive: ZIPArchive)?

    package init(scratch: String) { self.scratch = scratch }

    /// - Parameter whole: the caller will read all of it, not the headers alone.
    package func open(_ name: InputName, whole: Bool) throws(ReadError) -> OpenedInput {
        if let entry = name.entry { return try open(entry, of: name.path) }
        do throws(SystemError) {
            let file = try Descriptor(reading: name.path)
            let status = try file.status()
            guard FileKind(mode: status.st_mode) == .file else { throw ReadFailure.special }
            let size = Int(status.st_size)
            let content: OpenedInput.Content =
                whole && size <= Self.memorySize ? .memory(try Self.bytes(of: file, count: size)) : .file(file)
            return OpenedInput(
                origin: file, fingerprint: Fingerprint(status), size: size, content: content, scratch: scratch)
        } catch {
            if error == ReadFailure.special { throw .special }
            throw .refused(Refusal(reason: error.call == "open" ? .cannotOpen : .cannotRead, code: error.code))
        }
    }

    private enum ReadFailure {
        static let special = SystemError(code: 0, call: "special")
    }

    private static func bytes(of file: Descriptor, count: Int) throws(SystemError) -> [UInt8] {
        var result: Result<Int, SystemError> = .success(0)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            result = Result { () throws(SystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            }
            filled = (try? result.get()) ?? 0
        }
        _ = try result.get()
        return bytes
    }

    private func open(_ entry: InputName.Entry, of path: PathBytes) throws(ReadError) -> OpenedInput {
        let (file, fingerprint, archive) = try self.archive(path)
        guard let size = archive.size(of: entry.number), let size = Int(exactly: size) else {
            throw .refused(Refusal(reason: .damagedEntry))
        }
        do throws(ZIPArchive.UnpackError) {
            if size <= Self.memorySize {
                var bytes: [UInt8] = []
                bytes.reserveCapacity(size)
                try archive.unpack(entry.number) { piece throws(SystemError) in bytes += piece }
                return OpenedInput(
                    origin: file, fingerprint: fingerprint, size: size, content: .memory(bytes), scratch: scratch)
            }
            let target: Descriptor
            do throws(SystemError) { target = try Self.nameless(in: scratch) } catch { throw .scratch(error) }
            try archive.unpack(entry.number) { piece throws(SystemError) in try target.write(piece) }
            return OpenedInput(
                origin: file, fingerprint: fingerprint, size: size, content: .file(target), scratch: scratch)
        } catch {
            switch error {
            case .refused(let refusal): throw .refused(refusal)
            case .scratch(let error): throw .scratch(error)
            }
        }
    }

    private func archive(_ path: PathBytes) throws(ReadError) -> (Descriptor, Fingerprint, ZIPArchive) {
        if let last, last.path == path, (try? last.file.status()).map({ Fingerprint($0) }) == last.fingerprint {
            return (last.file, last.fingerprint, last.archive)
        }
        last = nil
        do throws(SystemError) {
            let file = try Descriptor(reading: path)
            let fingerprint = Fingerprint(try file.status())
            guard let archive = ZIPArchive(file) else { throw SystemError(code: 0, call: "zip_open") }
            last = (path, file, fingerprint, archive)
            return (file, fingerprint, archive)
        } catch {
            throw .refused(Refusal(reason: error.call == "open" ? .cannotOpen : .damagedArchive, code: error.code))
        }
    }

    /// O_TMPFILE of Linux, which the C module does not give: it is made of two flags.
    private static let temporaryFile: Int32 = 0o20_000_000 | O_DIRECTORY

    /// A file without a name, so that nothing is left of it whatever happens.
    private static func nameless(in folder: String) throws(SystemError) -> Descriptor {
        var number = Glibc.open(folder, O_RDWR | O_CLOEXEC | temporaryFile, 0o600)
        if number < 0 {
            // Some file systems have no O_TMPFILE.
            var template = Array("\(folder)/unpacked-XXXXXX".utf8CString)
            number = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
            guard number >= 0 else { throw .last("mkstemp") }
            template.withUnsafeBufferPointer { if let path = $0.baseAddress { unlink(path) } }
        }
        return Descriptor(number)
    }
}
