internal import Host
internal import RuleLanguage

/// The rule sets that decided: their XML files as they were, and the digests of all that belongs to them. Lists are not
/// handed over, since they name others; their digests are.
struct RuleBundles {
    struct Bundle {
        var id: String
        var revision: String
        var digest: String
        var files: Int
        var table: String
    }

    private(set) var bundles: [Bundle] = []

    init(_ ruleSets: [RuleSet], into bag: BagFolder) throws {
        var seen: Set<String> = []
        for ruleSet in ruleSets.sorted(by: { $0.digest < $1.digest }) where seen.insert(ruleSet.digest).inserted {
            let folder = "metadata/rules/\(ruleSet.digest.prefix(16))"
            let names = Self.names(ruleSet.sources.filter { $0.kind == .rules }.map(\.path))
            var count = 0
            try bag.file("\(folder)/sources.csv") { table in
                try table.write(CSV.line(["kind", "digest", "file"]))
                for source in ruleSet.sources {
                    guard source.kind == .rules, let name = names[source.path] else {
                        try table.write(CSV.line(["\(source.kind)", source.digest, ""]))
                        continue
                    }
                    guard let bytes = try FileSystem.contents(source.path) else {
                        throw ProductionError(.missing, "a file of the rule set is gone; put it back and begin again")
                    }
                    let place = "\(folder)/files/\(name)"
                    guard try bag.file(place, bytes).sha256 == source.digest else {
                        throw ProductionError(
                            .missing, "a file of the rule set was changed while it was read; begin again")
                    }
                    try table.write(CSV.line(["rules", source.digest, place]))
                    count += 1
                }
            }
            bundles.append(
                Bundle(
                    id: ruleSet.id, revision: ruleSet.revision, digest: ruleSet.digest, files: count,
                    table: "\(folder)/sources.csv"))
        }
    }

    /// Where files stand to each other is kept, so that includes are found; a name that is not plain becomes a number.
    private static func names(_ paths: [String]) -> [String: String] {
        let parts = paths.map { PathBytes($0).absolute.text.split(separator: "/").map(String.init) }
        var common = parts.first.map { $0.dropLast().count } ?? 0
        for path in parts {
            while common > 0, path.count <= common || Array(path[..<common]) != Array(parts[0][..<common]) {
                common -= 1
            }
        }
        var names: [String: String] = [:]
        for (index, path) in paths.enumerated() {
            let rest = parts[index].dropFirst(common)
            let isPlain = rest.allSatisfy { part in
                part.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || byte == 0x2D || byte == 0x2E || byte == 0x5F
                }
            }
            names[path] = isPlain ? rest.joined(separator: "/") : "file-\(index + 1).xml"
        }
        return names
    }
}
