import CustodyLog
import Foundation
import Host
import Testing

@testable import Registry

/// Registries of every kind of storage, for tests that hold for all of them.
enum StorageKind: String, CaseIterable, Sendable { case memory, sqlite }

/// An empty registry, people and instances, and where its files are.
final class Scene: Sendable {
    let registry: Registry
    let folder: String?
    static let start = Instant(milliseconds: 1_795_500_000_000)
    static let ada = person("Ada"), ben = person("Ben"), cy = person("Cy"), dora = person("Dora")

    init(_ kind: StorageKind) throws {
        switch kind {
        case .memory:
            folder = nil
            registry = Registry(storage: MemoryStorage())
        case .sqlite:
            let folder = NSTemporaryDirectory() + "registry-\(UUID().uuidString)"
            self.folder = folder
            registry = try Registry.open(folder)
        }
    }

    deinit {
        if let folder { try? FileManager.default.removeItem(atPath: folder) }
    }

    static func person(_ name: String) -> Person {
        guard let person = Person(name) else { preconditionFailure("a name of the tests") }
        return person
    }

    static func later(_ seconds: Int64) -> Instant { start.adding(seconds: seconds) }

    static func digest(_ text: String) -> String { ContentDigest(of: text.utf8).hexadecimal }

    /// An instance whose digest follows from what is said of it.
    static func instance(
        _ uid: String, study: String? = "1.2.3", patient: String? = "P1", issuer: String? = nil, bytes: String = "",
        _ more: [InstanceAttribute: String] = [:], unreadable: Set<InstanceAttribute> = []
    ) -> Instance {
        var attributes = more
        attributes[.sopInstanceUID] = uid
        attributes[.studyInstanceUID] = study
        attributes[.patientID] = patient
        attributes[.issuerOfPatientID] = issuer
        return Instance(
            digest: digest("\(uid) \(bytes)"), size: 1000, attributes: attributes, unreadable: unreadable,
            received: start, source: "MODALITY")
    }

    static func order(_ scope: Scope, matter: String = "M-1", start: Instant? = nil) -> HoldOrder {
        HoldOrder(
            matter: matter, custodian: "legal department", reason: "a claim", authority: "district court",
            scope: scope, start: start)
    }

    func place(_ scope: Scope, matter: String = "M-1", start: Instant? = nil) throws -> Hold {
        try registry.place(Self.order(scope, matter: matter, start: start), by: Self.ada, at: Self.start)
    }

    func release(_ hold: Hold, at time: Instant = Scene.start) throws {
        _ = try registry.requestRelease(ofHold: hold.id, reason: "settled", by: Self.ben, at: time)
        _ = try registry.approveRelease(ofHold: hold.id, reason: "settled", by: Self.cy, at: time)
    }

    /// What stands on the log, kinds only.
    func kinds() throws -> [CustodyEvent.Kind] {
        try registry.readLog { log in try (0..<log.logSize()).compactMap { try log.leaf(at: $0).kind } }
    }

    func lastLeaf() throws -> EventLeaf {
        try registry.readLog { log in try log.leaf(at: log.logSize() - 1) }
    }

    /// Whether the tree is the tree of the leaves.
    func checkLog() throws {
        try registry.readLog { log in
            let size = try log.logSize()
            var nodes: [NodePosition: LogHash] = [:]
            for index in 0..<size {
                for node in try MerkleTree.append(log.leaf(at: index).hash, at: index, node: { nodes[$0] }) {
                    nodes[node.position] = node.hash
                }
            }
            for (position, hash) in nodes { #expect(try log.node(at: position) == hash) }
            #expect(try log.root(size: size) == MerkleTree.root(size: size, node: { nodes[$0] }))
        }
    }
}

/// Expects an error of the registry with a code, and gives it back.
@discardableResult
func expect<Result>(
    _ code: RegistryError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ work: () throws -> Result
) -> RegistryError? {
    do {
        _ = try work()
        Issue.record("expected `\(code.rawValue)`, and it was done", sourceLocation: sourceLocation)
    } catch let error as RegistryError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        return error
    } catch {
        Issue.record("expected `\(code.rawValue)`, got another kind of error", sourceLocation: sourceLocation)
    }
    return nil
}
