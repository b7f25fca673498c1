internal import CustodyLog
internal import Glibc
internal import Host
internal import Inputs
internal import Registry

/// Checkpoints as they are handed over: what was signed, who saw it, when it was stamped, and that each continues the one
/// before.
struct SignedLog {
    let registry: Registry
    let folder: LogFolder
    let time: Instant
    /// Where to ask for time stamps, and whose are good.
    var stamping: (url: String, authorities: [UInt8])?

    /// Signs what the log is now, and has it stamped where that was asked for.
    ///
    /// - Returns: its size.
    func sign() throws -> Int {
        let folder = folder
        let time = time
        // The name that the log's key gets, should nobody have made one.
        let origin = Self.hostName + "/custody"
        // What the log itself refuses comes through as it is; the registry would call it damage.
        let note = try registry.readLog { log -> Result<SignedNote, LogError> in
            do {
                return .success(try folder.sign(log, origin: origin, time: time))
            } catch let error as LogError {
                return .failure(error)
            }
        }.get()
        let size = try Checkpoint(text: note.text).size
        if let stamping, try folder.timeStamps(size: size).isEmpty, let bytes = try folder.signedCheckpoint(size: size)
        {
            let request = try TimeStamp.Request(of: bytes)
            let response = try request.send(to: stamping.url)
            _ = try request.verify(response, authorities: stamping.authorities)
            try folder.add(timeStamp: response, size: size)
        }
        return size
    }

    private static var hostName: String {
        var text = [CChar](repeating: 0, count: 256)
        guard gethostname(&text, text.count - 1) == 0 else { return "localhost" }
        // A key's name has no blanks and no plus.
        let name = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.filter { $0 > 0x20 && $0 != 0x2B }
        return name.isEmpty ? "localhost" : String(decoding: name, as: UTF8.self)
    }

    /// Checkpoints between the first hold and the export that prove most: the first that has it, the first of those with a time
    /// stamp, and the last.
    func sizes(from index: Int, to last: Int) throws -> [Int] {
        let sizes = try folder.sizes().filter { $0 > index && $0 < last }
        let stamped = try sizes.first { try !folder.timeStamps(size: $0).isEmpty }
        return Set([sizes.first, stamped, last].compactMap { $0 }).sorted()
    }

    /// Writes checkpoints with their cosignatures and stamps, and the proofs between them.
    ///
    /// - Parameter before: the size that the first of them continues, when it is in another folder.
    func write(_ sizes: [Int], after before: Int? = nil, in place: String, into bag: BagFolder) throws {
        for size in sizes {
            guard let signed = try folder.signedCheckpoint(size: size), let whole = try folder.checkpoint(size: size)
            else { throw ProductionError(.missing, "the checkpoint of \(size) is not there any more") }
            try bag.file("\(place)/\(size).checkpoint", signed)
            let cosignatures = Array(whole.bytes.dropFirst(signed.count))
            if !cosignatures.isEmpty { try bag.file("\(place)/\(size).cosignatures", cosignatures) }
            for (number, stamp) in try folder.timeStamps(size: size).enumerated() {
                try bag.file("\(place)/\(size).\(number + 1).tsr", stamp)
            }
        }
        let chain = (before.map { [$0] } ?? []) + sizes
        try bag.file("\(place)/consistency.jsonl") { file in
            for (first, second) in zip(chain, chain.dropFirst()) {
                let proof = try registry.readLog { try $0.consistencyProof(from: first, to: second) }
                try file.write(
                    JSONText.line(["from": .number(first), "to": .number(second), "proof": JSONText.hashes(proof)]))
            }
        }
    }

    /// The keys that signatures in the bag are made with, a line each: the role and the verifier key.
    func writeKeys(into bag: BagFolder) throws -> [ProductionReport.Fingerprint] {
        guard let policy = try folder.policy() else {
            throw ProductionError(.arguments, "the log has no key yet; make one with: cordon log key new NAME")
        }
        let keys = policy.logs.map { ("log", $0) } + policy.witnesses.map { ("witness", $0.key) }
        try bag.file("metadata/keys.txt", keys.map { "\($0) \($1)\n" }.joined())
        return keys.map { role, key in
            let bytes = [key.type.rawValue] + key.bytes
            return .init(role: role, name: key.name, digest: ContentDigest(of: bytes).hexadecimal)
        }
    }
}
