import Host
import Inputs

/// Which output was made of which original: by the map, by the record of decisions, by place, by UID, by pixels.
struct Matching {
    /// Originals by output path below OUT.
    private var byPath: [String: Int] = [:]
    private var byUID: [UInt64: Int] = [:]
    private var byContent: [UInt64: [Int]] = [:]
    private var byPixels: [UInt64: [Int]] = [:]
    private var byShape: [UInt64: [Int]] = [:]
    private var byRelativePath: [String: Int] = [:]
    /// Originals that were kept back, and are accounted for.
    private(set) var sequestered: Set<Int> = []
    /// Every output is named by a map or a record.
    private let isStated: Bool

    /// One line of a map or of a record of decisions.
    struct Statement {
        var original: Int
        /// Below OUT; nil for one that has none.
        var output: String?
        var isKeptBack: Bool
    }

    init(_ originals: Originals, statements: [Statement]?, roots: [PathBytes]) {
        isStated = statements != nil
        for statement in statements ?? [] {
            if let output = statement.output, !statement.isKeptBack { byPath[output] = statement.original }
            if statement.isKeptBack { sequestered.insert(statement.original) }
        }
        for (index, entry) in originals.entries.enumerated() where entry.state == .read {
            byUID[entry.sopInstanceUID] = index
            byShape[entry.shape, default: []].append(index)
            if let pixels = entry.pixels {
                byContent[pixels &* 31 &+ entry.shape, default: []].append(index)
                byPixels[pixels, default: []].append(index)
            } else {
                byContent[entry.shape, default: []].append(index)
            }
            let path = originals.names[index].path
            if let root = roots.first(where: path.isWithin) {
                byRelativePath[String(decoding: path.bytes.dropFirst(root.bytes.count + 1), as: UTF8.self)] = index
            }
        }
    }

    /// The original by what is stated, or by its place.
    func original(ofPath path: String) -> Int? { byPath[path] ?? (isStated ? nil : byRelativePath[path]) }

    /// The original by what the file holds; nil when none, or more than one, could be meant.
    func original(sopInstanceUID: UInt64, pixels: UInt64?, shape: UInt64) -> Int? {
        if let index = byUID[sopInstanceUID] { return index }
        let content = byContent[pixels.map { $0 &* 31 &+ shape } ?? shape] ?? []
        if content.count == 1 { return content.first }
        if let pixels, let same = byPixels[pixels], same.count == 1 { return same.first }
        if content.isEmpty, let same = byShape[shape], same.count == 1 { return same.first }
        // Copies of one image: any of them has the same measurements, and the patients of all are searched for anyway.
        return content.first
    }
}
