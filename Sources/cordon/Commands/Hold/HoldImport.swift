import ArgumentParser
import DICOMFile
import Host
import Inputs
import KeyObjects
import Registry
import Vault

/// `cordon hold import`: what an archive or another site says is held.
struct HoldImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Places a hold for each Key Object Selection titled For Litigation.",
        discussion: """
            Each hold is about the instances that its document names, wherever and whenever they arrive. MACs in it are \
            held against what the vault keeps; an instance that is another than was meant is told, and held all the same.

            Example: cordon hold import kos/*.dcm --matter 2026-117 --custodian Legal --authority "District court" \
            --reason "order of 3 November" --registry site --as anna
            """)

    @Argument(help: ArgumentHelp("Key Object Selections.", valueName: "file"))
    var files: [String]

    @Option(name: .long, help: "The case it belongs to.")
    var matter: String

    @Option(name: .long, help: "Who answers for what is held.")
    var custodian: String

    @Option(name: .long, help: "Who ordered it: a court, a department.")
    var authority: String

    @Option(name: .long, help: "Why.")
    var reason: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    /// The most UIDs that one hold names.
    private static let largest = 500

    func run() throws {
        try withSiteErrors {
            let person = try site.actor(), place = try site.site(making: nil)
            // All are read before the first is placed.
            var documents: [KeyObjectSelection] = []
            for (number, path) in files.enumerated() { documents.append(try Self.read(path, number + 1)) }
            for document in documents {
                let now = Instant.now
                let uids = Array(Set(document.references.map(\.sopInstanceUID))).sorted()
                for start in stride(from: 0, to: uids.count, by: Self.largest) {
                    let part = uids[start..<min(start + Self.largest, uids.count)]
                    let query = InstanceQuery(terms: [
                        .init(attribute: .sopInstanceUID, value: part.joined(separator: "\\"))
                    ])
                    let hold = try place.registry.place(
                        HoldOrder(
                            matter: matter, custodian: custodian, reason: reason, authority: authority,
                            scope: .query(query)), by: person, at: now)
                    StandardOutput.print("hold \(hold.id) is in force, on \(part.count) instances")
                }
                try compare(document, place.registry, place.vault)
            }
            try OpenedRegistry.sign()
        }
    }

    private static func read(_ path: String, _ number: Int) throws(RunError) -> KeyObjectSelection {
        do {
            guard let document = try KeyObjectSelection(DICOMFile(path: path)) else {
                throw RunError(.arguments, "file \(number) is no Key Object Selection; nothing was held")
            }
            guard document.isForLitigation else {
                throw RunError(
                    .arguments, "file \(number) is not titled (113021, DCM, \"For Litigation\"); nothing was held")
            }
            return document
        } catch let error as RunError {
            throw error
        } catch {
            throw RunError(.arguments, "file \(number) cannot be read: \(error); nothing was held")
        }
    }

    /// Tells which instances are what the document meant.
    private func compare(_ document: KeyObjectSelection, _ registry: Registry, _ vault: Vault) throws {
        var same = 0, other = 0, unknown = 0, missing = 0
        for reference in document.references {
            let kept = try registry.instances(sopInstanceUID: reference.sopInstanceUID).filter { $0.removed == nil }
            if kept.isEmpty {
                missing += 1
                continue
            }
            var answers: [Bool?] = []
            for record in kept {
                let original = try vault.original(record.instance.digest)
                guard let file = try? DICOMFile(path: original.path) else {
                    answers.append(nil)
                    continue
                }
                answers += reference.macs.map { $0.agrees(with: file) }
            }
            if answers.contains(true) {
                same += 1
            } else if answers.contains(false) {
                other += 1
            } else {
                unknown += 1
            }
        }
        var words = ["\(same) as the document's MAC says"]
        if other > 0 { words.append("\(other) with another content than the document's MAC says") }
        if unknown > 0 { words.append("\(unknown) that cannot be compared") }
        if missing > 0 { words.append("\(missing) not in the vault yet") }
        StandardOutput.print(words.joined(separator: ", "))
        if other > 0 {
            StandardError.print("note: instances that differ from what was meant to be held are held as they are")
        }
    }
}
