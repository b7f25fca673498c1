import Foundation
import Glibc
import Host
public import Inputs

/// Where workers put what they made, each item whole or not at all:
///
///     items/<aa>/<input digest>-<basis digest>/    released/, sequestered/, decisions.jsonl, record.jsonl, item.json
///     staging/                                     what is being made
///
/// Many workers on many machines share it. An item is made beside and renamed; who comes second finds it there.
public struct BatchStore: Sendable {
    /// Absolute, with links followed.
    package let path: String

    var staging: String { "\(path)/staging" }

    /// Opens the store.
    ///
    /// - Parameter making: whether it is made when it is not there, for its owner alone.
    public init(_ path: String, making: Bool) throws(RunError) {
        let named = PathBytes(path).absolute
        guard named.isText else { throw RunError(.arguments, "OUT lies in a folder whose name is not UTF-8") }
        self.path = (named.resolved ?? named).text
        let known = Self.names(in: self.path) ?? []
        guard known.allSatisfy({ ["items", "staging"].contains($0) }) else {
            throw RunError(
                .arguments, "OUT is not empty and no worker made it; name an empty folder or one that is not there")
        }
        guard making else {
            guard known.contains("items") else { throw RunError(.arguments, "OUT is no folder that workers filled") }
            return
        }
        try RunError.wrapping("OUT cannot be made") {
            try FileSystem.makeFolder(self.path, mode: 0o700)
            try FileSystem.makeFolder("\(self.path)/items", mode: 0o700)
            try FileSystem.makeFolder(staging, mode: 0o700)
            try FileSystem.flushFolder(self.path)
            try FileSystem.flushFolder(PathBytes(self.path).folder.text)
        }
    }

    /// The item of these digests, when it is there.
    func finished(_ inputDigest: String, _ basis: String) throws(RunError) -> FinishedItem? {
        try finished(at: FinishedItem.name(inputDigest, basis))
    }

    func finished(at name: String) throws(RunError) -> FinishedItem? {
        let bytes = try RunError.wrapping("OUT cannot be read") {
            try FileSystem.contents("\(path)/\(name)/\(FinishedItem.fileName)")
        }
        guard let bytes else { return nil }
        guard let item = FinishedItem(bytes), item.name == name else {
            // Not `output`, which ends a worker: the next item may be another.
            throw RunError(
                .arguments,
                "an item in OUT is not what it is called by; take `\(name)` away, and it will be made again")
        }
        return item
    }

    /// The names of all items, sorted.
    package func names() throws(RunError) -> [String] {
        var names: [String] = []
        for folder in Self.names(in: "\(path)/items") ?? [] {
            for name in Self.names(in: "\(path)/items/\(folder)") ?? [] { names.append("items/\(folder)/\(name)") }
        }
        return names.sorted()
    }

    /// Gives what was staged its name, with all that is in it on disk.
    ///
    /// - Returns: false when another was first: its item is there, and this one is not.
    func place(_ staged: StagedItem, as name: String) throws(RunError) -> Bool {
        try RunError.wrapping("an item cannot be put in its place") {
            let folder = PathBytes("\(path)/\(name)").folder.text
            try FileSystem.makeFolder(folder, mode: 0o700)
            try FileSystem.flushFolder("\(path)/items")
            guard Glibc.rename(staged.path, "\(path)/\(name)") == 0 else {
                // No item is empty, so none is replaced.
                guard errno == EEXIST || errno == ENOTEMPTY else { throw SystemError.last("rename") }
                return false
            }
            try FileSystem.flushFolder(folder)
            return true
        }
    }

    /// Takes away what workers were making that ended before it was done: nobody has their locks any more.
    func clean() throws(RunError) {
        for name in Self.names(in: staging) ?? [] where name.hasSuffix(StagedItem.lockEnding) {
            let lock = "\(staging)/\(name)"
            let number = open(lock, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            guard number >= 0 else { continue }
            let file = Descriptor(number)
            guard flock(file.number, LOCK_EX | LOCK_NB) == 0 else { continue }
            let folder = String(lock.dropLast(StagedItem.lockEnding.count))
            try RunError.wrapping("what an earlier worker left unfinished cannot be removed") {
                try Self.removeTree(folder)
                try Self.removeTree(folder + StagedItem.recordEnding)
                try FileSystem.remove(lock)
            }
        }
    }

    static func removeTree(_ path: String) throws {
        guard FileSystem.status(path) != nil else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            // Somebody else may clean at the same time.
            if FileSystem.status(path) != nil { throw SystemError(code: EIO, call: "rmdir") }
        }
    }

    static func names(in folder: String) -> [String]? {
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted()
    }
}

/// An item in the making. Its lock says that somebody is at it, on whatever machine; it goes with the process.
final class StagedItem: Sendable {
    static let lockEnding = ".lock"
    static let recordEnding = ".record"

    let path: String
    private let lock: Descriptor

    /// - Parameter name: of both digests.
    init(in store: BatchStore, name: String) throws(RunError) {
        var attempt = 0
        while true {
            let path = "\(store.staging)/\(name).\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
            let number = open(path + Self.lockEnding, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
            guard number >= 0 else { throw .output(.last("open"), "OUT cannot be written to") }
            let file = Descriptor(number)
            // Who cleans may have taken it for one that was left behind, between the two calls.
            if flock(number, LOCK_EX | LOCK_NB) == 0, FileSystem.status(path + Self.lockEnding) != nil {
                lock = file
                self.path = path
                return
            }
            attempt += 1
            guard attempt < 100 else { throw .output(.last("flock"), "OUT gives no locks") }
        }
    }

    var recordPath: String { path + Self.recordEnding }

    /// Takes away what is left of it, and the lock.
    func discard() {
        try? BatchStore.removeTree(path)
        try? BatchStore.removeTree(recordPath)
        try? FileSystem.remove(path + Self.lockEnding)
    }
}
