import Host
import RuleEngine
import Testing

@testable import Gateway

/// What rules gave to a patient, as the journal keeps it for the patient's other studies.
struct PatientLabelTests {
    /// An instance that was removed said it for certain, and another says it perhaps; or the other way round.
    @Test(arguments: [true, false])
    func `a label that is certain by one instance of a study and not by another is certain`(isFirst: Bool) throws {
        let folder = try WorkFolder()
        let journal = try GatewayJournal(spool: folder("spool"), alone: true)
        defer { journal.close() }
        let patient = PatientKey(id: "P1", issuer: "")
        func say(_ isCertain: Bool, isWhole: Bool) throws {
            let label = PatientLabel(label: "violence", isCertain: isCertain, patient: patient)
            _ = try journal.setPatients([patient], [label], of: "1", aliases: [:], isWhole: isWhole, at: .now)
        }
        try say(isFirst, isWhole: true)
        try say(!isFirst, isWhole: false)
        #expect(try journal.patientLabels(of: ["P1"], exceptIn: "2").map(\.isCertain) == [true])
        // Where all can be read again, only that counts.
        try say(false, isWhole: true)
        #expect(try journal.patientLabels(of: ["P1"], exceptIn: "2").map(\.isCertain) == [false])
    }
}
