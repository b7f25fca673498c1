internal import Crypto
internal import DICOMEncoding
internal import DICOMFile
internal import Host
internal import Vault

/// The bytes of something that leaves: what was decided, to the byte, or nothing.
struct SentFile {
    /// Why they cannot be had.
    struct Lost: Error {
        var reason: String
        /// Whether a new decision would make them again: not of an original, and not of a note.
        var comesAgain: Bool
    }

    let file: DICOMFile
    /// Keeps a nameless copy open.
    private let descriptor: Descriptor?

    init(_ delivery: Delivery, _ desk: GatewayDesk) throws {
        guard let name = delivery.file else {
            do {
                // Read to its end, and compared with its digest.
                let original = try desk.vault.original(delivery.digest, scratch: desk.spool.temporary)
                descriptor = original
                file = try DICOMFile(path: original.path, scratch: desk.spool.temporary)
            } catch let error as VaultError {
                // Of this object alone: the others go on. A place or a key that is away is nothing that it could help.
                guard error.code == .missing || error.code == .corrupt else { throw GatewayError(error, "an original") }
                throw Lost(reason: "its original cannot be had: \(error.message)", comesAgain: false)
            } catch let error as ParseError {
                throw Lost(reason: "its original cannot be read: \(error)", comesAgain: false)
            }
            return
        }
        let comesAgain = !delivery.isNote
        let path = desk.spool.path(of: name)
        do {
            let opened = try Descriptor(reading: PathBytes(path))
            guard try ContentDigest(of: opened).hexadecimal == delivery.output else {
                throw Lost(
                    reason: "a file of the spool has other bytes than it was written with", comesAgain: comesAgain)
            }
            descriptor = opened
            file = try DICOMFile(path: opened.path, scratch: desk.spool.temporary)
        } catch let error as SystemError {
            throw Lost(reason: "a file of the spool cannot be read: \(error)", comesAgain: comesAgain)
        } catch let error as ParseError {
            throw Lost(reason: "a file of the spool cannot be read: \(error)", comesAgain: comesAgain)
        }
    }

    /// Hands out the data set, in pieces of the size that is asked for.
    func pieces() -> (_ maximum: Int) throws -> ArraySlice<UInt8>? {
        var position = file.dataSetOffset
        let file = file
        return { maximum in
            guard position < file.size else { return nil }
            let end = min(position + max(1, maximum), file.size)
            defer { position = end }
            return try file.storedBytes(in: position..<end)[...]
        }
    }
}
