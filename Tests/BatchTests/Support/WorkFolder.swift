import Foundation
import Glibc

@testable import Host

/// A folder of its own for one test, gone with it.
final class WorkFolder: Sendable {
    let path: String

    init() {
        var template = Array("\(NSTemporaryDirectory())/cordon-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
        }
        path = PathBytes(made ?? "").resolved?.text ?? ""
    }

    deinit {
        let remove = Process()
        remove.executableURL = URL(fileURLWithPath: "/bin/rm")
        remove.arguments = ["-rf", path]
        try? remove.run()
        remove.waitUntilExit()
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, and the folders that lead to it.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let url = URL(fileURLWithPath: self(name))
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: self(name)))) }
    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
    func exists(_ name: String) -> Bool { FileSystem.status(self(name)) != nil }
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: self(name)) }

    /// Every file below a folder with its digest, and every folder: what must be the same.
    func tree(_ name: String, timesToo: Bool = false) throws -> [String: String] {
        let root = self(name)
        var tree: [String: String] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root) + [""] {
            let full = path.isEmpty ? root : "\(root)/\(path)"
            guard let status = FileSystem.status(full) else { continue }
            var entry = "folder"
            if FileKind(mode: status.st_mode) == .file {
                entry = ContentDigest(of: try Data(contentsOf: URL(fileURLWithPath: full))).hexadecimal
            }
            entry += " \(String(status.st_mode & 0o777, radix: 8))"
            if timesToo { entry += " \(Fingerprint(status).text)" }
            tree[path] = entry
        }
        return tree
    }

    /// Paths of the files below a folder, sorted.
    func files(_ name: String) throws -> [String] {
        try tree(name).filter { !$0.value.hasPrefix("folder") }.keys.sorted()
    }
}
