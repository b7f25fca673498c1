internal import CustodyLog
internal import Host

/// Trees that only grow, entries that are in them, and the sum of it all in the receipt.
struct Completeness {
    let log: BagLog
    let digests: [String: BagFile.Digests]

    init(_ log: BagLog, _ digests: [String: BagFile.Digests]) {
        self.log = log
        self.digests = digests
    }

    private struct Growth: Decodable {
        var from: Int
        var to: Int
        var proof: [String]
    }

    private struct Told: Decodable {
        var entry: Int
        var explanation: String?
    }

    func check(_ verdict: inout Verdict) throws {
        let ends = try log.ends()
        try checkGrowth()
        var originals: [String: String] = [:]
        try log.bag.rows("metadata/originals.csv") { originals[$0["digest"] ?? ""] = $0["file"] }
        var absent: Set<String> = []
        try log.bag.rows("metadata/absent.csv") { absent.insert($0["digest"] ?? "") }
        var indexes: Set<Int> = []
        var count = 0
        var named: Set<String> = []
        var held: Set<Int> = []
        var decided: [Int: [String]] = [:]
        try log.forEachEntry { entry in
            try require(
                entry.isIn(ends.handedOver.checkpoint), "entry \(entry.index) is not proved by its path")
            indexes.insert(entry.index)
            count += 1
            switch entry.leaf.kind {
            case .received: named.formUnion(entry.leaf.values("digest"))
            case .decided:
                named.formUnion(entry.leaf.values("digest"))
                decided[entry.index] = entry.leaf.values("explanation")
            case .held: held.insert(entry.index)
            default: break
            }
        }
        try require(count == indexes.count, "an entry is there twice")
        for (digest, file) in originals {
            try require(digests[file]?.sha256 == digest, "original \(digest) is not there as \(file)")
        }
        let differ = named.symmetricDifference(absent.union(originals.keys))
        try require(
            differ.isEmpty,
            "what the log names and what is here, or said to be absent, differ: "
                + differ.sorted().prefix(10).joined(separator: ", "))
        try checkRecords(held, decided)
        try checkReleased(Set(originals.keys))
        let receipt = try log.receipt().leaf
        for (name, here) in [("instances", originals.count), ("absent", absent.count), ("entries", count)] {
            try require(
                receipt.values(name) == [String(here)],
                "\(name): \(here) are here, \(receipt.values(name).joined()) were handed over")
        }
        verdict.add(
            .pass,
            "\(originals.count) originals, \(absent.count) absent, \(count) entries of \(ends.handedOver.checkpoint.size)"
        )
    }

    private func checkGrowth() throws {
        var growth: [Growth] = []
        for folder in ["metadata/log", "receipt"] {
            try log.bag.records("\(folder)/consistency.jsonl", Growth.self) { growth.append($0) }
        }
        for (first, second) in zip(log.checkpoints, log.checkpoints.dropFirst()) {
            let (old, new) = (first.checkpoint, second.checkpoint)
            guard let found = growth.first(where: { $0.from == old.size && $0.to == new.size }) else {
                throw Wrong("there is no proof that `\(second.name)` continues `\(first.name)`")
            }
            let proof = found.proof.compactMap(BagLog.hash)
            let continues: Void? = try? ProofVerification.consistency(
                from: old.size, root: old.root, to: new.size, root: new.root, proof: proof)
            try require(
                continues != nil && proof.count == found.proof.count && old.origin == new.origin,
                "`\(second.name)` does not continue `\(first.name)`: the log was forked")
        }
    }

    private func checkRecords(_ held: Set<Int>, _ decided: [Int: [String]]) throws {
        var told: [Int: [String]] = [:]
        try log.bag.records("metadata/decisions.jsonl", Told.self) { record in
            told[record.entry] = [ContentDigest(of: (record.explanation ?? "").utf8).hexadecimal]
        }
        try require(told == decided, "decisions.jsonl does not tell the decisions that the log has")
        var holds: Set<Int> = []
        try log.bag.records("metadata/holds.jsonl", Told.self) { holds.insert($0.entry) }
        try require(holds == held, "holds.jsonl does not tell the holds that the log has")
    }

    private func checkReleased(_ originals: Set<String>) throws {
        var released: [String: Set<String>] = [:]
        try log.bag.rows("metadata/released.csv") { row in
            let isNew = released[row["audience"] ?? "", default: []].insert(row["original"] ?? "").inserted
            try require(isNew, "released.csv tells of an original twice")
            guard let file = row["file"], !file.isEmpty else { return }
            try require(digests[file]?.sha256 == row["digest"], "`\(file)` is not what released.csv says")
        }
        try require(
            released.values.allSatisfy { $0 == originals },
            "released.csv does not say of every original what became of it")
    }
}
