internal import CustodyLog
internal import DICOMCore
internal import DICOMFile
internal import Foundation
internal import GRDB
internal import Host
internal import Inputs
internal import KeyObjects
internal import Registry

/// Something that was sent, and that its receiver may not have any more.
struct Recall: Sendable, Hashable {
    var delivery: Delivery
    /// By a rejection note; else people have to.
    var isTold: Bool
    var isDone = false
}

/// Patient and study as an audience got them, for notes that may have to follow: a Key Object Selection of a few hundred bytes.
enum RejectionNoteTemplate {
    /// Nil for an instance without the UIDs that a note needs: it could not have been sent as one of a study.
    static func bytes(for file: DICOMFile) -> [UInt8]? {
        guard let study = file.text(.studyInstanceUID), let series = file.text(.seriesInstanceUID),
            let sopClass = file.text(.sopClassUID), let sop = file.text(.sopInstanceUID),
            ![study, series, sopClass, sop].contains("")
        else { return nil }
        let selection = KeyObjectSelection(
            title: KeyObjectSelection.Title(system: "DCM", code: "113000", meaning: "Of Interest"),
            sopInstanceUID: NewUID.make(),
            references: [
                KeyObjectSelection.Reference(
                    studyInstanceUID: study, seriesInstanceUID: series, sopClassUID: sopClass, sopInstanceUID: sop)
            ])
        return try? selection.file(
            for: file,
            KeyObjectSelection.Circumstances(seriesInstanceUID: NewUID.make(), date: "", time: "", description: nil))
    }
}

/// A UID of a random number (PS3.5 B.2).
enum NewUID {
    static func make() -> String {
        // 2.25 and a number of 122 bits; the upper ones of a version 4 UUID are no matter here.
        var digits = ""
        var high = UInt64.random(in: 0...UInt64.max) >> 6, low = UInt64.random(in: 0...UInt64.max)
        repeat {
            let (quotient, remainder) = high.quotientAndRemainder(dividingBy: 10)
            let (lower, digit) = (10 as UInt64).dividingFullWidth((remainder, low))
            digits = "\(digit)" + digits
            high = quotient
            low = lower
        } while high > 0 || low > 0
        return "2.25." + digits
    }
}

/// Makes rejection notes (IHE RAD TF-3 4.66) for what is recalled, one for each destination and study, and puts what happened on
/// the custody log.
struct RejectionNotes {
    let decider: StudyDecider
    let study: GatewayJournal.DueStudy

    private struct Key: Hashable {
        var destination: String
        var audience: String
        var sentStudy: String
        var isTold: Bool
    }

    static let meanings = [
        "113001": "Rejected for Quality Reasons", "113037": "Rejected for Patient Safety Reasons",
        "113038": "Incorrect Modality Worklist Entry", "113039": "Data Retention Policy Expired",
    ]

    /// What is to be queued. The notes are in the spool then.
    func make(_ recalls: [Recall]) throws -> [Delivery] {
        var notes: [Delivery] = []
        let groups = Dictionary(grouping: recalls) {
            Key(
                destination: $0.delivery.destination, audience: $0.delivery.audience, sentStudy: $0.delivery.sentStudy,
                isTold: $0.isTold)
        }
        for (key, group) in groups.sorted(by: {
            ($0.key.destination, $0.key.sentStudy) < ($1.key.destination, $1.key.sentStudy)
        }) {
            let deliveries = group.map(\.delivery)
            var isTold = key.isTold
            if isTold, let note = try note(key.destination, key.audience, key.sentStudy, deliveries) {
                notes.append(note)
            } else {
                isTold = false
            }
            try tell(key.destination, deliveries, isTold: isTold)
        }
        return notes
    }

    private func note(
        _ destination: String, _ audience: String, _ sentStudy: String, _ deliveries: [Delivery]
    ) throws -> Delivery? {
        guard let code = decider.setup.configuration.peers[destination]?.rejection, let meaning = Self.meanings[code],
            let template = try decider.journal.template(audience: audience, study: sentStudy)
        else { return nil }
        let selection = KeyObjectSelection(
            title: KeyObjectSelection.Title(system: "DCM", code: code, meaning: meaning), sopInstanceUID: NewUID.make(),
            references: deliveries.map {
                KeyObjectSelection.Reference(
                    studyInstanceUID: sentStudy, seriesInstanceUID: $0.sentSeries, sopClassUID: $0.sopClass,
                    sopInstanceUID: $0.sop)
            })
        let now = Setup.dateTime(.now)
        let series = NewUID.make()
        let bytes = try selection.file(
            for: try DICOMFile(bytes: template),
            KeyObjectSelection.Circumstances(
                seriesInstanceUID: series, date: String(now.prefix(8)), time: String(now.dropFirst(8).prefix(6)),
                description: nil))
        let written = try decider.spool.write { file in
            try bytes.withUnsafeBytes { bytes in Result { () throws(SystemError) in try file.write(bytes) } }.get()
        }
        var note = Delivery(
            destination: destination, audience: audience, digest: written.digest.hexadecimal, study: study.study,
            sop: selection.sopInstanceUID, sopClass: KeyObjectSelection.sopClass,
            syntax: try DICOMFile(bytes: bytes).transferSyntax.uid, sentStudy: sentStudy, sentSeries: series,
            output: written.digest.hexadecimal, file: written.name, size: Int64(written.size), priority: .high,
            created: .now)
        note.isNote = true
        return note
    }

    /// On the custody log, before the note leaves; and to whoever reads logs.
    private func tell(_ destination: String, _ deliveries: [Delivery], isTold: Bool) throws {
        let size = 100
        for start in stride(from: 0, to: deliveries.count, by: size) {
            let part = deliveries[start..<min(start + size, deliveries.count)]
            let event = CustodyEvent(
                .recalled, time: study.due, actor: decider.setup.configuration.site.person.name,
                facts: [
                    CustodyEvent.Fact("destination", destination), CustodyEvent.Fact("told", isTold ? "yes" : "no"),
                    CustodyEvent.Fact("instances", String(deliveries.count)),
                ] + part.map { CustodyEvent.Fact("digest", $0.digest) })
            try decider.registry.record(event)
        }
        decider.log.write(
            isTold ? .recalled : .cannotRecall,
            [
                "destination": .string(destination), "study": .string(GatewayLog.mark(of: study.study)),
                "instances": .number(deliveries.count),
            ])
    }
}

extension GatewayJournal {
    func template(audience: String, study: String) throws(GatewayError) -> [UInt8]? {
        try read { database in
            try Data.fetchOne(
                database, sql: "SELECT bytes FROM templates WHERE audience = ? AND study = ?",
                arguments: [audience, study]
            ).map { Array($0) }
        }
    }
}

extension StudyDecider {
    /// What the registry has on an instance, as one records it.
    func identity(of instance: Instance) -> InstanceIdentity {
        var identity = InstanceIdentity(form: .damaged, beginning: nil)
        identity.form = .dicom
        identity.attributes = instance.attributes
        identity.unreadable = instance.unreadable
        return identity
    }
}
