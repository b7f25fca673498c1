internal import CustodyLog

/// Each commitment on the log: opened, or declared as withheld or erased.
enum Redaction {
    private struct Told: Decodable {
        var index: Int
        var name: String
        var value: String
        var salt: String
    }

    private struct Kept: Decodable {
        var index: Int
        var name: String
        var commitment: String
        var why: String
    }

    private struct Fact: Hashable {
        var index: Int
        var name: String
        var hash: LogHash
    }

    static func check(_ log: BagLog, _ verdict: inout Verdict) throws {
        var said: [Fact: Int] = [:]
        var told = 0
        var kept = 0
        try log.bag.records("metadata/log/openings.jsonl", Told.self) { record in
            guard let salt = BagLog.digitsOf(record.salt) else { throw Wrong("an opening has no salt") }
            let hash = Opening(name: record.name, value: record.value, salt: salt).commitment.hash
            said[Fact(index: record.index, name: record.name, hash: hash), default: 0] += 1
            told += 1
        }
        try log.bag.records("metadata/log/withheld.jsonl", Kept.self) { record in
            guard let hash = BagLog.hash(record.commitment), ["erased", "withheld"].contains(record.why) else {
                throw Wrong("withheld.jsonl declares what is no commitment")
            }
            said[Fact(index: record.index, name: record.name, hash: hash), default: 0] += 1
            kept += 1
        }
        try log.forEachEntry { entry in
            for commitment in entry.leaf.commitments {
                let fact = Fact(index: entry.index, name: commitment.name, hash: commitment.hash)
                if let count = said[fact], count > 0 {
                    said[fact] = count - 1
                } else {
                    verdict.add(
                        .fail, "what is said of `\(fact.name)` in entry \(entry.index): neither told nor declared")
                }
            }
        }
        for (fact, count) in said.sorted(by: { ($0.key.index, $0.key.name) < ($1.key.index, $1.key.name) })
        where count > 0 {
            verdict.add(.fail, "what is said of `\(fact.name)` in entry \(fact.index): not what the log holds")
        }
        verdict.add(.pass, "\(told) personal facts told, \(kept) kept back and declared")
    }
}
