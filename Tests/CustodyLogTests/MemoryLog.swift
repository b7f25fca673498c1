import CustodyLog
import Foundation
import Host

/// A log in memory that a test may damage.
struct MemoryLog: LogReading {
    var leaves: [[UInt8]] = []
    var nodes: [NodePosition: LogHash] = [:]
    var kept: [Int: [Opening]] = [:]

    init() {}

    init(count: Int) throws {
        for number in 0..<count { try append(Self.event(number)) }
    }

    static func event(_ number: Int) -> CustodyEvent {
        CustodyEvent(
            number.isMultiple(of: 3) ? .received : .viewed,
            time: Instant(milliseconds: 1_795_487_501_250 + Int64(number)),
            actor: "ada", facts: [.init("number", "\(number)")], personal: [.init("PatientID", "ID-\(number)")])
    }

    mutating func append(_ event: CustodyEvent) throws {
        let (leaf, openings) = try EventLeaf.make(of: event)
        for node in try MerkleTree.append(leaf.hash, at: leaves.count, node: { nodes[$0] }) {
            nodes[node.position] = node.hash
        }
        kept[leaves.count] = openings
        leaves.append(leaf.bytes)
    }

    /// All nodes anew, as somebody would compute them who changes leaves and knows how the tree is made.
    mutating func rehash() throws {
        nodes = [:]
        for (index, leaf) in leaves.enumerated() {
            for node in try MerkleTree.append(.leaf(leaf), at: index, node: { nodes[$0] }) {
                nodes[node.position] = node.hash
            }
        }
    }

    func logSize() -> Int { leaves.count }
    func leafBytes(at index: Int) -> [UInt8]? { leaves.indices.contains(index) ? leaves[index] : nil }
    func node(at position: NodePosition) -> LogHash? { nodes[position] }
    func openings(at index: Int) -> [Opening] { kept[index] ?? [] }
}

/// A folder that goes with the test.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
