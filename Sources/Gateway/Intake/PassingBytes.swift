internal import DICOMEncoding
internal import DICOMFile
internal import Glibc
internal import Host

/// The bytes of one object on its way into the vault, kept until it has been read as DICOM: in memory while there is room, else in
/// a file without a name, which is gone with the process.
final class PassingBytes {
    /// Larger objects go through a file whatever room there is.
    private static let largest = 8 << 20

    private let budget: MemoryBudget
    private let limit: Int64
    private let folder: String
    private var bytes: [UInt8] = []
    private var held = 0
    /// Of `held`, what is reserved for bytes that have not come.
    private var ahead = 0
    private var file: Descriptor?

    /// - Parameter limit: of bytes in memory, over all objects that share the budget.
    init(budget: MemoryBudget, limit: Int64, folder: String) {
        self.budget = budget
        self.limit = limit
        self.folder = folder
    }

    deinit { budget.give(held) }

    func append(_ piece: UnsafeRawBufferPointer) throws(SystemError) {
        if let file { return try file.write(piece) }
        let more = max(0, piece.count - ahead)
        if bytes.count + piece.count <= Self.largest, budget.take(more, of: limit) {
            held += more
            ahead = max(0, ahead - piece.count)
            if bytes.isEmpty { reserve(after: piece.count) }
            bytes += piece
            return
        }
        let file = try Self.nameless(in: folder)
        let written = bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try file.write(bytes) } }
        try written.get()
        try file.write(piece)
        self.file = file
        budget.give(held)
        held = 0
        ahead = 0
        bytes = []
    }

    /// Room for all of it at once, where it is as large as the one before; of the budget as if it had come.
    private func reserve(after count: Int) {
        let rest = min(Self.largest, budget.expected) - count
        guard rest > 0, budget.take(rest, of: limit) else { return }
        held += rest
        ahead = rest
        bytes.reserveCapacity(count + rest)
    }

    /// What came, read as DICOM. Throws `ParseError` when it cannot be read to its end.
    func parsed() throws(ParseError) -> DICOMFile {
        if let file { return try DICOMFile(path: file.path, scratch: folder) }
        budget.expect(bytes.count)
        return try DICOMFile(bytes: bytes)
    }

    /// As much of it as can be read.
    func beginning() -> DICOMFile? {
        if let file { return DICOMFile.beginning(path: file.path, scratch: folder) }
        return DICOMFile.beginning(bytes: bytes)
    }

    /// O_TMPFILE of Linux, which the C module does not give: it is made of two flags.
    private static let temporaryFile: Int32 = 0o20_000_000 | O_DIRECTORY

    private static func nameless(in folder: String) throws(SystemError) -> Descriptor {
        var number = open(folder, O_RDWR | O_CLOEXEC | temporaryFile, 0o600)
        if number < 0 {
            // Some file systems have no O_TMPFILE.
            var template = Array("\(folder)/incoming-XXXXXX".utf8CString)
            number = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
            guard number >= 0 else { throw .last("mkstemp") }
            template.withUnsafeBufferPointer { if let path = $0.baseAddress { unlink(path) } }
        }
        return Descriptor(number)
    }
}
