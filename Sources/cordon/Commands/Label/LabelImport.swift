import ArgumentParser
import Gateway
import HealthLevelSeven
import Host
import Inputs
import Registry
import RuleLanguage

/// `cordon label import`: labels that another system has.
struct LabelImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Takes over labels from another system.", subcommands: [LabelImportFHIR.self])
}

struct LabelImportFHIR: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fhir",
        abstract: "Takes over meta.security of Patients and Encounters from files of FHIR R4.",
        discussion: """
            A bulk file (NDJSON, one resource a line), a Bundle, or a resource. Give Encounters together with the Patients that \
            they refer to. What a code means stands in `hl7` of a gateway's configuration; a code that does not stand there \
            counts as the most restrictive. A label that an earlier file gave and this one does not is withdrawn.

            Exit status: 3 when a resource says something of a patient whom nothing names by an identifier, or cannot be read.

            Example: cordon label import fhir Patient.ndjson Encounter.ndjson --config gateway.xml --as anna
            """)

    @Argument(help: ArgumentHelp("Files.", valueName: "file"))
    var paths: [String]

    @Option(
        name: .long,
        help: ArgumentHelp("A gateway's configuration, whose `hl7` says what codes mean.", valueName: "file"))
    var config: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() throws {
        let (loaded, findings) = GatewayFile.load(config)
        guard let loaded else {
            for finding in findings { StandardError.print(finding.rendered) }
            throw ExitStatus.arguments
        }
        guard let meanings = loaded.configuration.hl7 else {
            throw RunError(.arguments, "the configuration has no `hl7` that says what codes mean")
        }
        let person = try site.actor(), registry = try site.opened(making: true)
        var resources = SecuredResources(servers: meanings.servers)
        var unreadable: [FHIRError] = []
        for (number, path) in paths.enumerated() {
            // A name of a file may be that of a patient.
            let file = paths.count == 1 ? "" : "file \(number + 1): "
            try read(path, file, into: &resources, &unreadable)
        }
        let feed = ResourceFeed(meanings, registry: registry, person: person)
        let result = try asking { try feed.take(&resources, at: .now) }
        if json {
            StandardOutput.print(
                JSON.object([
                    "resources": .number(result.resources), "others": .number(result.others),
                    "given": .number(result.given), "withdrawn": .number(result.withdrawn),
                    "linked": .number(result.linked), "awaited": .number(result.awaited),
                    "elsewhere": .number(result.elsewhere), "unnamed": .number(result.unnamed),
                    "kept": .number(result.kept),
                    "repeated": .number(result.repeated), "unknownCodes": .number(result.unknownCodes),
                    "refused": .number(result.refusedCount + unreadable.count),
                ]).indentedText)
        } else {
            StandardOutput.print(
                "\(result.resources) resources: \(result.given) labels given, \(result.withdrawn) withdrawn, "
                    + "\(result.kept) kept by holds, \(result.linked) patients linked; \(result.repeated) were known")
        }
        if result.unknownCodes > 0 {
            StandardError.print(
                "\(result.unknownCodes) codes are not in the configuration; they count as the most restrictive")
        }
        if result.awaited > 0 {
            StandardError.print(
                "\(result.awaited) links are to patients who are not there; they are kept until these come")
        }
        if result.elsewhere > 0 {
            StandardError.print(
                "\(result.elsewhere) of these patients are of a server that `base` of `hl7` does not name")
        }
        if result.unnamed > 0 {
            StandardError.print(
                "\(result.unnamed) links have names that only another Bundle knows; nobody is linked by them")
        }
        let refused = (unreadable + result.refused).prefix(20)
        for error in refused { StandardError.print("refused: \(error)") }
        let more = unreadable.count + result.refusedCount - refused.count
        if more > 0 { StandardError.print("refused: \(more) more") }
        if !unreadable.isEmpty || result.refusedCount > 0 { throw ExitStatus.refused }
    }

    /// One resource a line where the first line is one; else the file as a whole.
    ///
    /// - Parameter file: which of several it is, for errors.
    private func read(
        _ path: String, _ file: String, into resources: inout SecuredResources, _ unreadable: inout [FHIRError]
    ) throws {
        let bytes: [UInt8]
        do throws(FileAccess.Failure) {
            bytes = try FileAccess.read(path, limit: 1 << 30).bytes
        } catch {
            throw RunError(.arguments, "`\(path)` cannot be read: \(error.reason)")
        }
        // With those that are empty: errors count lines as editors do.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        func isBlank(_ line: ArraySlice<UInt8>) -> Bool { line.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 } }
        var trial = SecuredResources()
        let isBulk = lines.first { !isBlank($0) }.map { line in (try? trial.read(Array(line))) != nil } ?? true
        guard isBulk else {
            do throws(FHIRError) {
                try resources.read(bytes, at: file.isEmpty ? "" : file + "the resource")
            } catch {
                unreadable.append(error)
            }
            return
        }
        for (number, line) in lines.enumerated() where !isBlank(line) {
            do throws(FHIRError) {
                try resources.read(Array(line), at: "\(file)line \(number + 1)")
            } catch {
                unreadable.append(error)
            }
        }
    }
}
