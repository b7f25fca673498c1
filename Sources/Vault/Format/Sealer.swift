import Crypto
import FoundationEssentials

/// Encrypts a stream of bytes in chunks, with AES-256-GCM.
struct Sealer {
    private static let nonceSize = 12

    let header = SealedHeader()
    private let key: SymmetricKey
    private var chunk: UInt32 = 0
    /// What is not sealed yet: at most a chunk, for nobody knows which one is the last until the end.
    private var pending: [UInt8] = []

    init(key: SymmetricKey) {
        self.key = key
        pending.reserveCapacity(SealedHeader.chunkSize)
    }

    /// Takes bytes, and hands on what is sealed.
    mutating func update(
        _ bytes: UnsafeRawBufferPointer, _ emit: (UnsafeRawBufferPointer) throws(VaultError) -> Void
    ) throws(VaultError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            if pending.count == SealedHeader.chunkSize { try seal(isLast: false, emit) }
            let part = rest.prefix(SealedHeader.chunkSize - pending.count)
            pending.append(contentsOf: part)
            rest = rest.dropFirst(part.count)
        }
    }

    /// Seals what is left. There is always a last chunk, though it be empty.
    mutating func finish(_ emit: (UnsafeRawBufferPointer) throws(VaultError) -> Void) throws(VaultError) {
        try seal(isLast: true, emit)
    }

    private mutating func seal(
        isLast: Bool, _ emit: (UnsafeRawBufferPointer) throws(VaultError) -> Void
    ) throws(VaultError) {
        let nonce = header.nonce(chunk: chunk, isLast: isLast)
        guard let nonce = try? AES.GCM.Nonce(data: nonce),
            let box = try? AES.GCM.seal(pending, using: key, nonce: nonce, authenticating: header.bytes)
        else { throw VaultError(.system, "the cipher does not work; please report this") }
        // Behind the nonce the ciphertext and the tag lie together, as they do in the file: one call writes both.
        guard let sealed = box.combined?.dropFirst(Self.nonceSize) else {
            throw VaultError(.system, "the cipher does not work; please report this")
        }
        try emitted(sealed, emit)
        pending.removeAll(keepingCapacity: true)
        let (next, isOver) = chunk.addingReportingOverflow(1)
        guard !isOver else {
            throw VaultError(.arguments, "the object is larger than 256 TiB; the vault takes none such")
        }
        chunk = next
    }

    private func emitted(
        _ data: Data, _ emit: (UnsafeRawBufferPointer) throws(VaultError) -> Void
    ) throws(VaultError) {
        try data.withUnsafeBytes { bytes in Result { () throws(VaultError) in try emit(bytes) } }.get()
    }
}
