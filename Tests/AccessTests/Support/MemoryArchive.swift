import DICOMCore
import DICOMFile
import Foundation
import Synchronization
import TestSupport

@testable import Access

/// An archive in memory, which matches as PS3.4 C.2.2.2 says and counts what it is asked.
final class MemoryArchive: Archive {
    let hospital: Hospital
    let folder: String

    struct Counts: Equatable {
        var finds = 0
        var answers = 0
        var retrieved = 0
        /// UIDs of studies that it was asked for.
        var asked: [String] = []
        var levels: [QueryLevel] = []
    }

    private let state = Mutex(Counts())
    var counts: Counts { state.withLock { $0 } }
    func reset() { state.withLock { $0 = Counts() } }
    /// Makes the archive fail.
    let isDown: Bool
    /// SOP Instance UIDs that it lists and cannot give.
    let broken: Set<String>
    /// What instances really are, where they are not what the archive says.
    let replaced: [String: [UInt8]]
    /// Attributes that it matches, and does not say again.
    let silent: Set<Tag>

    init(
        _ hospital: Hospital, isDown: Bool = false, broken: Set<String> = [], replaced: [String: [UInt8]] = [:],
        silent: Set<Tag> = []
    ) {
        self.hospital = hospital
        self.isDown = isDown
        self.broken = broken
        self.replaced = replaced
        self.silent = silent
        folder = NSTemporaryDirectory() + "archive-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func find(
        _ level: QueryLevel, _ keys: Identifier, leave: borrowing ArchiveLeave,
        each: (Identifier) async throws -> Bool
    ) async throws {
        guard !isDown else { throw ArchiveError(.unreachable, "it is down") }
        state.withLock {
            $0.finds += 1
            $0.levels.append(level)
            $0.asked += keys.values(.studyInstanceUID)
        }
        for answer in Self.answers(hospital, level, keys) {
            state.withLock { $0.answers += 1 }
            let said = Identifier(answer.elements.filter { !silent.contains($0.tag) })
            guard try await each(said) else { return }
        }
    }

    func retrieve(
        _ instances: [InstanceReference], leave: borrowing ArchiveLeave,
        each: (RetrievedInstance) async throws -> Void
    ) async throws {
        guard !isDown else { throw ArchiveError(.unreachable, "it is down") }
        let wanted = Set(instances.map(\.instance))
        for study in hospital.studies {
            for series in study.series {
                for instance in series.instances where wanted.contains(instance.uid) {
                    state.withLock { $0.retrieved += 1 }
                    guard !broken.contains(instance.uid) else {
                        try await each(
                            .failed(InstanceReference(study: study.uid, series: series.uid, instance: instance.uid)))
                        continue
                    }
                    let path = folder + "/" + instance.uid
                    let bytes = replaced[instance.uid] ?? Hospital.file(study, series, instance)
                    try Data(bytes).write(to: URL(fileURLWithPath: path))
                    defer { try? FileManager.default.removeItem(atPath: path) }
                    try await each(.file(path: path))
                }
            }
        }
    }

    /// What an archive of these studies answers: the keys that were asked for.
    static func answers(_ hospital: Hospital, _ level: QueryLevel, _ keys: Identifier) -> [Identifier] {
        let all: [[Tag: String]] =
            switch level {
            case .patient: hospital.answers(.patient)
            case .study: hospital.answers(.study)
            case .series: hospital.answers(.series)
            case .instance: hospital.answers(.instance)
            }
        return all.filter { matches($0, keys) }.map { attributes in
            var answer = Identifier()
            for tag in keys.tags where attributes[tag] != nil { answer.set(tag, attributes[tag] ?? "") }
            return answer
        }
    }

    private static func matches(_ attributes: [Tag: String], _ keys: Identifier) -> Bool {
        keys.tags.allSatisfy { tag in
            guard keys.isMatched(tag) else { return true }
            let own = (attributes[tag] ?? "").split(separator: "\\").map(String.init)
            return keys.values(tag).contains { wanted in
                own.contains { value in
                    if let dash = wanted.firstIndex(of: "-"), keys[tag]?.vr == .DA {
                        let from = String(wanted[..<dash]), to = String(wanted[wanted.index(after: dash)...])
                        return (from.isEmpty || from <= value) && (to.isEmpty || value <= to)
                    }
                    return WildcardText.matches(value, wanted, one: "?")
                }
            }
        }
    }
}
