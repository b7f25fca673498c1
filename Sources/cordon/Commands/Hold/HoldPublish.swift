import ArgumentParser
import CustodyLog
import DICOMCore
import DICOMFile
import Foundation
import Glibc
import Host
import Inputs
import KeyObjects
import Registry
import Vault

/// `cordon hold publish`: a hold as archives understand it.
struct HoldPublish: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Writes a hold as Key Object Selections titled For Litigation, one for each study.",
        discussion: """
            They name the instances that the hold covers and that are known, with a MAC of each that the vault keeps \
            (PS3.3 C.12.1.1.3.1). They change none of them: store them into the archive beside the studies.

            Example: cordon hold publish 3 outgoing/ --registry site --as anna
            """)

    @Argument(help: "The hold's number.")
    var number: Int64

    @Argument(help: "A folder; made when it is not there.")
    var out: String

    @OptionGroup(title: "Registry")
    var site: RegistryOptions

    func run() throws {
        try withSiteErrors {
            let person = try site.actor(), place = try site.site(making: nil)
            guard let hold = try place.registry.hold(number) else {
                throw RunError(.arguments, "there is no hold \(number); `cordon hold list --all` lists them")
            }
            guard hold.isInForce else {
                throw RunError(.arguments, "hold \(number) is released; what is not held is not published as held")
            }
            let studies = try self.studies(place.registry.instances(matching: hold.scope), place.vault)
            guard !studies.isEmpty else {
                throw RunError(
                    .arguments,
                    "hold \(number) covers no instance that the vault keeps; add the originals with `cordon vault add`")
            }
            let now = Instant.now
            let documents = try studies.map { study in
                do {
                    return try document(study, hold, now)
                } catch let error as KeyObjectError {
                    throw RunError(.output, "no document can be made: \(error)")
                }
            }
            try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
            try place.registry.record(
                CustodyEvent(
                    .exported, time: now, actor: person.name,
                    facts: [
                        CustodyEvent.Fact("by", "hold publish"), CustodyEvent.Fact("hold", "\(number)"),
                        CustodyEvent.Fact("matter", hold.matter), CustodyEvent.Fact("documents", "\(documents.count)"),
                    ]), about: [hold.scope])
            for document in documents { try write(document) }
            let count = studies.reduce(0) { $0 + $1.references.count }
            StandardOutput.print("\(documents.count) documents, \(count) instances")
        }
    }

    /// The instances of one study, and one of them to take patient and study from.
    private struct Study {
        var uid: String
        var first: DICOMFile
        var references: [KeyObjectSelection.Reference]
    }

    private func studies(_ records: [RecordedInstance], _ vault: Vault) throws -> [Study] {
        var studies: [String: Study] = [:]
        for record in records where record.removed == nil {
            let original = try vault.original(record.instance.digest)
            // What cannot be read to its end has no identity to be named by; it is held all the same.
            guard let file = try? DICOMFile(path: original.path), let uid = file.text(.studyInstanceUID),
                let series = file.text(.seriesInstanceUID), let sopClass = file.text(.sopClassUID),
                let instance = file.text(.sopInstanceUID)
            else { continue }
            let reference = KeyObjectSelection.Reference(
                studyInstanceUID: uid, seriesInstanceUID: series, sopClassUID: sopClass, sopInstanceUID: instance,
                macs: (try? InstanceMAC(of: file)).map { [$0] } ?? [])
            var study = studies[uid] ?? Study(uid: uid, first: file, references: [])
            // The same instance with other bytes has another MAC: both are named.
            if let known = study.references.firstIndex(where: { $0.sopInstanceUID == instance }) {
                study.references[known].macs += reference.macs
            } else {
                study.references.append(reference)
            }
            studies[uid] = study
        }
        return studies.values.sorted { $0.uid < $1.uid }
    }

    private func document(_ study: Study, _ hold: Hold, _ now: Instant) throws -> (uid: String, bytes: [UInt8]) {
        let digits = now.description.filter(\.isNumber)
        let uid = Self.newUID()
        let matter = hold.matter.unicodeScalars.allSatisfy { $0.isASCII } ? ", matter \(hold.matter)" : ""
        let selection = KeyObjectSelection(title: .forLitigation, sopInstanceUID: uid, references: study.references)
        return (
            uid,
            try selection.file(
                for: study.first,
                .init(
                    seriesInstanceUID: Self.newUID(), date: String(digits.prefix(8)),
                    time: String(digits.dropFirst(8).prefix(6)),
                    description: "Legal hold \(hold.id)\(matter): keep these instances as they are"))
        )
    }

    /// UUID-derived (PS3.5 B.2).
    private static func newUID() -> String {
        let bytes = withUnsafeBytes(of: UUID().uuid) { Array($0) }
        var digits: [UInt8] = [0]
        for byte in bytes {
            var carry = Int(byte)
            for index in digits.indices {
                carry += Int(digits[index]) * 256
                digits[index] = UInt8(carry % 10)
                carry /= 10
            }
            while carry > 0 {
                digits.append(UInt8(carry % 10))
                carry /= 10
            }
        }
        return "2.25." + digits.reversed().map { "\($0)" }.joined()
    }

    private func write(_ document: (uid: String, bytes: [UInt8])) throws {
        let path = "\(out)/\(document.uid).dcm"
        do {
            var file = try DurableFile(temporaryPath: path + ".part", mode: 0o600)
            try document.bytes.withUnsafeBytes { try file.write($0) }
            _ = try file.finish()
            try FileSystem.rename(path + ".part", to: path)
            try FileSystem.flushFolder(out)
        } catch let error as SystemError {
            throw RunError.output(error, "a document cannot be written")
        }
    }
}
