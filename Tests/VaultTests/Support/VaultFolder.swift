import Foundation
import Glibc
import Host

@testable import Vault

/// A folder for one test, with a vault and its keys; gone with it, immutable files too.
final class VaultFolder {
    let path: String

    init() {
        var template = Array("\(NSTemporaryDirectory())/cordon-vault-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = PathBytes(made ?? "").resolved?.text ?? ""
    }

    /// A folder that is there.
    init(at path: String) { self.path = path }

    deinit { Self.remove(path) }

    static func remove(_ path: String) {
        for file in files(below: path) { ImmutableFlag.put(false, path: file) }
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Every regular file below a folder, sorted.
    static func files(below path: String) -> [String] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.map { "\(path)/\($0)" }.filter {
            FileSystem.status($0).map { FileKind(mode: $0.st_mode) == .file } ?? false
        }.sorted()
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    func vault(_ mode: Vault.Mode = .encrypted) throws -> Vault {
        try Vault(path: self("vault"), keys: self("keys"), making: mode)
    }

    /// The vault's files that tell of objects: no locks, no count.
    var objects: [String] { Self.files(below: self("vault/objects")) }

    func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    /// Writes over a file, whatever protects it.
    func overwrite(_ path: String, _ bytes: [UInt8]) throws {
        ImmutableFlag.put(false, path: path)
        chmod(path, 0o600)
        try Data(bytes).write(to: URL(fileURLWithPath: path), options: [])
        chmod(path, path.contains("/objects/") ? 0o400 : 0o600)
    }
}

extension Vault {
    /// Stores bytes as the commands do.
    @discardableResult
    func add(_ bytes: [UInt8], pieces: Int = 70_001) throws -> StoredObject {
        let incoming = try begin(expecting: Int64(bytes.count))
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(pieces))
            try part.withUnsafeBytes { try incoming.write($0) }
            rest = rest.dropFirst(part.count)
        }
        let stored = try incoming.store()
        try incoming.confirm()
        return stored
    }

    func bytes(_ digest: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try read(digest) { bytes += $0 }
        return bytes
    }

    /// What a check finds.
    func findings(
        restores: Bool = false, records: (any InstanceRecords)? = nil
    ) throws -> (findings: [Finding], report: CheckReport) {
        var check = VaultCheck()
        check.restores = restores
        check.records = records
        let collected = Collected()
        let report = try check.run(self, now: Instant(milliseconds: 1000), finding: { collected.findings.append($0) })
        return (collected.findings, report)
    }

    /// What a check finds of the vault's own small files.
    func recordFindings() throws -> [Finding] {
        let collected = Collected()
        try CheckRun(self, VaultCheck(), finding: { collected.findings.append($0) }).checkRecords()
        return collected.findings
    }

    private final class Collected { var findings: [Finding] = [] }
}

/// Bytes that are the same in every run.
func sample(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

/// A registry that a test says.
struct SaidRecords: InstanceRecords {
    var states: [String: RecordState]

    func state(of digest: String) -> RecordState { states[digest] ?? .unknown }

    func forEachKept(_ body: (String) throws -> Void) throws {
        for (digest, state) in states.sorted(by: { $0.key < $1.key }) where state == .kept { try body(digest) }
    }
}
