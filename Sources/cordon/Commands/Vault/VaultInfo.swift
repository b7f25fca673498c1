import ArgumentParser
import Host
import Inputs
import Vault

/// `cordon vault info`.
struct VaultInfo: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Says how the vault keeps originals, where they lie, how many they are, and how full it is.",
        discussion: "Example: cordon vault info --registry site")

    static let backUp =
        "back up the site's folder `keys`, apart from the vault: without the keys the originals are lost"

    @OptionGroup var options: RegistryOptions

    @Flag(name: .long, help: "Print as JSON.")
    var json = false

    func run() throws {
        try withSiteErrors {
            let vault = try options.site(making: nil).vault
            let facts = try vault.facts()
            let usage = try vault.usage()
            let limits = try vault.limits()
            let oldest = try vault.oldestCheck()
            if json {
                StandardOutput.print(Self.json(vault, facts, usage, limits, oldest).indentedText)
                return
            }
            var lines = [
                "vault \(vault.id), \(vault.mode.rawValue)",
                "\(usage.count) originals here, \(ByteCount.text(usage.bytes))"
                    + (limits.bytes.map { " of at most \(ByteCount.text($0))" } ?? ""),
                "\(ByteCount.text(usage.free)) are free, \(ByteCount.text(usage.reserve)) stay so"
                    + (usage.isFull ? "; it is full and takes nothing" : ""),
            ]
            for place in facts.coldPlaces {
                lines.append("cold place `\(place.path)`" + (place.isThere ? "" : ", which is not there: mount it"))
            }
            lines.append(
                facts.canBeImmutable
                    ? "originals get the immutable flag"
                    : "originals get no immutable flag: the file system has none, or the user may not set it; they are read-only"
            )
            lines.append(
                oldest.map { "every original was checked since \($0)" } ?? "not every original was ever checked")
            if let key = facts.currentKey { lines += ["key \(key)", Self.backUp] }
            StandardOutput.print(lines.joined(separator: "\n"))
        }
    }

    private static func json(
        _ vault: Vault, _ facts: VaultFacts, _ usage: Usage, _ limits: Limits, _ oldest: Instant?
    ) -> JSON {
        .object([
            "id": .string(vault.id), "mode": .string(vault.mode.rawValue), "objects": .number(Int(usage.count)),
            "bytes": .number(Int(usage.bytes)), "limit": limits.bytes.map { .number(Int($0)) },
            "free": .number(Int(usage.free)), "reserve": .number(Int(usage.reserve)), "full": .bool(usage.isFull),
            "immutable": .bool(facts.canBeImmutable), "key": facts.currentKey.map { .string($0) },
            "checkedSince": oldest.map { .string($0.description) },
            "coldPlaces": .array(
                facts.coldPlaces.map { .object(["path": .string($0.path), "mounted": .bool($0.isThere)]) }),
        ])
    }
}
