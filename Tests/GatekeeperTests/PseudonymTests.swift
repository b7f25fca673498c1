import DICOMCore
import DICOMFile
import Foundation
import Host
import Inputs
import RuleLanguage
import Testing
import TestSupport

@testable import Deidentification
@testable import Gatekeeper
@testable import Inputs

/// Two people are never one, and who knows the crosswalk finds each of them.
@Suite struct PseudonymTests {
    private let place = SourceLocation(file: "test.xml", line: 1)

    /// The test rules with other settings of the profile.
    private func rules(_ folder: WorkFolder, _ rows: [[String]: String]?, shift: DateShift? = nil) throws -> RuleSet {
        var ruleSet = try TestRules.load(folder)
        if let rows {
            ruleSet.lists["ids"] = ValueList(
                id: "ids", keys: ["PatientID", "IssuerOfPatientID"], valueColumn: "Pseudonym", rows: rows,
                location: place)
            ruleSet.profiles["ps3.15-basic"]?.settings.pseudonyms = PseudonymForm(
                prefix: "", alphabet: .digits, length: 8, list: "ids")
        }
        ruleSet.profiles["ps3.15-basic"]?.settings.dateShift = shift
        return ruleSet
    }

    @discardableResult
    private func apply(
        _ folder: WorkFolder, _ ruleSet: RuleSet, output: String = "out", crosswalk: String? = nil,
        change: (inout BatchRun.Options) -> Void = { _ in }
    ) throws -> BatchRun.Report {
        var options = BatchRun.Options(
            sources: InputSources(paths: [folder("in")]), output: folder(output), jobs: 2, now: "20260101000000")
        options.time = "20260101000000"
        options.crosswalk = crosswalk.map { folder($0) }
        change(&options)
        return try BatchRun(ruleSet: ruleSet, audience: "research", key: try TestRules.key(folder), options: options)
            .run(
                progress: Progress(isQuiet: true))
    }

    private func fill(_ folder: WorkFolder, _ patients: [String]) throws {
        for (index, patient) in patients.enumerated() {
            for instance in 1...2 {
                try folder.write(
                    "in/\(patient)-\(instance)", Samples.file(patient: patient, study: index + 1, instance: instance))
            }
        }
    }

    @Test func `two patients whom a list gives one pseudonym are both kept back`() throws {
        let folder = WorkFolder()
        try fill(folder, ["A", "B", "C"])
        let ruleSet = try rules(folder, [["A", ""]: "S1", ["B", ""]: "S1", ["C", ""]: "S2"])
        for isDryRun in [true, false] {
            let report = try apply(folder, ruleSet) { $0.isDryRun = isDryRun }
            #expect(report.summary.counts.deidentified == 2 && report.summary.counts.sequestered == 4)
        }
        #expect(try folder.files("out/released").allSatisfy { $0.hasPrefix("S2/") })
        #expect(try folder.decisions().filter { $0.contains("same pseudonym") }.count == 4)
    }

    @Test func `a patient who comes later takes the pseudonym from the one who has it`() throws {
        let folder = WorkFolder(), other = WorkFolder()
        let rows = [["A", ""]: "S1", ["B", ""]: "S1", ["C", ""]: "S2"]
        try fill(folder, ["A", "C"])
        #expect(try apply(folder, rules(folder, rows)).summary.counts.deidentified == 4)
        // Now B as well, in the same OUT: what was released of A is withdrawn.
        try folder.write("in/B-1", Samples.file(patient: "B", study: 3))
        let report = try apply(folder, rules(folder, rows))
        #expect(report.summary.counts.deidentified == 2 && report.summary.counts.sequestered == 3)
        #expect(report.withdrawnCount == 2)
        #expect(try folder.files("out/released").allSatisfy { $0.hasPrefix("S2/") })
        // As if all had come at once.
        try FileManager.default.copyItem(atPath: folder("in"), toPath: other("in"))
        try FileManager.default.copyItem(atPath: folder("key"), toPath: other("key"))
        try apply(other, rules(other, rows))
        #expect(try folder.files("out/released") == other.files("out/released"))
        #expect(try folder.files("out/sequestered") == other.files("out/sequestered"))
        #expect(!(try apply(folder, rules(folder, rows)).isChanged))
    }

    @Test func `a patient whom a rule keeps back takes nothing from anybody`() throws {
        let folder = WorkFolder()
        try fill(folder, ["A"])
        try folder.write("in/vip", Samples.file(patient: "B", study: 2, isVIP: true))
        let report = try apply(folder, rules(folder, [["A", ""]: "S1", ["B", ""]: "S1"]))
        #expect(report.summary.counts.deidentified == 2 && report.summary.counts.sequestered == 1)
    }

    @Test func `short pseudonyms that meet are found`() throws {
        let form = PseudonymForm(prefix: "", alphabet: .digits, length: 8, list: nil)
        let identifiers = KeyedIdentifiers(DeidentificationKey(secret: [UInt8](repeating: 7, count: 32)))
        var owners: [String: String] = [:]
        var pair: (String, String)?
        for number in 0..<60_000 where pair == nil {
            let id = "ID\(number)"
            let pseudonym = identifiers.pseudonym(for: .patient(id: id, issuer: ""), form)
            if let owner = owners[pseudonym] { pair = (owner, id) }
            owners[pseudonym] = id
        }
        let (one, other) = try #require(pair)
        let folder = WorkFolder()
        var ruleSet = try TestRules.load(folder)
        ruleSet.profiles["ps3.15-basic"]?.settings.pseudonyms = form
        let audience = try #require(ruleSet.audiences["research"])
        let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
        let gate = try Gate(ruleSet: ruleSet, audience: audience, key: key, time: "20260101000000")
        let deidentifier = try #require(gate.deidentifier(for: gate.decide([])))
        func names(_ id: String) throws -> (pseudonym: String, person: PersonIdentity) {
            try #require(
                deidentifier.pseudonyms(of: InstancePeople(try DICOMFile(bytes: Samples.file(patient: id)))).first)
        }
        #expect(try names(one).pseudonym == names(other).pseudonym)
        #expect(try names(one).person != names(other).person)
    }

    @Test func `a profile that can make nothing safe is refused before anything is read`() throws {
        let folder = WorkFolder()
        try fill(folder, ["A"])
        var ruleSet = try rules(folder, nil)
        ruleSet.profiles["ps3.15-basic"]?.settings.pseudonyms = PseudonymForm(
            prefix: "", alphabet: .digits, length: 4, list: nil)
        #expect(throws: RunError.self) { try apply(folder, ruleSet) }
        #expect(!folder.exists("out"))
    }

    // MARK: The crosswalk

    @Test func `a crosswalk leads from each pseudonym to its patient`() throws {
        let folder = WorkFolder()
        try fill(folder, ["A", "B, the \"second\""])
        let shift = DateShift(unit: .days, range: 10...20)
        try apply(folder, rules(folder, nil, shift: shift), crosswalk: "who.csv")
        #expect(FileSystem.status(folder("who.csv")).map { $0.st_mode & 0o777 } == 0o600)
        let lines = try folder.text("who.csv").split(separator: "\r\n").map(String.init)
        #expect(
            lines.first == "PatientID,IssuerOfPatientID,Pseudonym,DateOffsetDays,StudyInstanceUID,NewStudyInstanceUID")
        #expect(lines.count == 3)
        let fields = try #require(lines.dropFirst().first).split(separator: ",", omittingEmptySubsequences: false)
        #expect(fields[0] == "A" && fields[1].isEmpty && (10...20).contains(Int(fields[3]) ?? 0))
        #expect(fields[4] == "1.2.826.0.1.3680043.8.498.1001")
        let paths = try folder.files("out/released")
        #expect(paths.contains { $0.hasPrefix("\(fields[2])/\(fields[5])/") })
        #expect(lines[2].hasPrefix("\"B, the \"\"second\"\"\",,"))
        // A rule set may take it as a list.
        try folder.write(
            "list.xml",
            """
            <ruleset xmlns="urn:cordon:rules:1" id="list" revision="1">
              <list id="who" href="who.csv" key="PatientID IssuerOfPatientID" value="Pseudonym"/>
            </ruleset>
            """)
        let (ruleSet, findings) = RuleSetLoader().load(path: folder("list.xml"))
        let list = try #require(ruleSet?.lists["who"], "\(findings)")
        #expect(list.value(for: ["B, the \"second\"", nil]) != .notFound)
    }

    @Test func `a crosswalk is whole when the run went on where another ended`() throws {
        let folder = WorkFolder()
        try fill(folder, ["A", "B"])
        try apply(folder, rules(folder, nil), crosswalk: "first.csv")
        try folder.write("in/C-1", Samples.file(patient: "C", study: 3))
        try apply(folder, rules(folder, nil), crosswalk: "second.csv")
        try apply(folder, rules(folder, nil), output: "again", crosswalk: "third.csv")
        #expect(try folder.text("first.csv").split(separator: "\r\n").count == 3)
        #expect(try folder.text("second.csv").split(separator: "\r\n").count == 4)
        #expect(try folder.text("second.csv") == folder.text("third.csv"))
        #expect(try folder.text("second.csv").contains("A,,"))
    }

    @Test func `who was not passed on is not in the crosswalk, and it never lies in OUT`() throws {
        let folder = WorkFolder()
        try fill(folder, ["A"])
        try folder.write("in/vip", Samples.file(patient: "B", study: 2, isVIP: true))
        try apply(folder, rules(folder, nil), crosswalk: "who.csv")
        #expect(!(try folder.text("who.csv").contains("B,")))
        #expect(throws: RunError.self) { try apply(folder, rules(folder, nil), crosswalk: "out/who.csv") }
        #expect(throws: RunError.self) { try apply(folder, rules(folder, nil), crosswalk: "missing/who.csv") }
    }

    // MARK: From rules to bytes

    @Test func `what a site writes into its rules is what comes out`() throws {
        let folder = WorkFolder()
        try folder.write("ids.csv", "PatientID,IssuerOfPatientID,Pseudonym\nA,,S-001\n")
        try folder.write("rooms.csv", "Room,Public\nCT-CELLAR,SCANNER 1\n")
        let text = """
            <ruleset xmlns="urn:cordon:rules:1" id="site" revision="1">
              <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15.xml"/>
              <list id="ids" href="ids.csv" key="PatientID IssuerOfPatientID" value="Pseudonym"/>
              <list id="rooms" href="rooms.csv" key="Room" value="Public"/>
              <profile id="site" extends="ps3.15-basic">
                <date-shift unit="days" from="30" to="36"/>
                <pseudonyms list="ids"/>
                <shift-date attribute="StudyDate"/>
                <shift-date attribute="StudyTime"/>
                <truncate-date attribute="PatientBirthDate" to="year"/>
                <cap-age attribute="PatientAge" at="089Y"/>
                <hash attribute="AccessionNumber" digits="16"/>
                <lookup attribute="StationName" list="rooms" otherwise="hash:8"/>
              </profile>
              <audience id="research"><always><deidentify profile="site"/></always></audience>
            </ruleset>
            """
        for (index, patient) in ["A", "B"].enumerated() {
            let data = Samples.dataSet(patient: patient, study: index + 1).text(Tag(0x0010, 0x1010), .AS, "093Y")
                .text(Tag(0x0008, 0x1010), .SH, "CT-CELLAR")
            // In the order of the tags, as files are.
            let sorted = DataSetBuilder(
                data.parts.sorted {
                    guard case .element(let left, _, _) = $0, case .element(let right, _, _) = $1 else { return false }
                    return left < right
                })
            try folder.write("in/\(patient)", sorted.file(.explicitLittleEndian))
        }
        let ruleSet = try TestRules.load(folder, text)
        let report = try apply(folder, ruleSet, crosswalk: "who.csv")
        #expect(report.summary.counts.deidentified == 1 && report.summary.counts.sequestered == 1)
        #expect(try folder.decisions().contains { $0.contains("not on the list of pseudonyms") })
        let released = try folder.files("out/released")
        #expect(released.count == 1 && released[0].hasPrefix("S-001/"))
        let file = try DICOMFile(path: folder("out/released/" + released[0]))
        #expect(file.text(.patientID) == "S-001" && file.text(.patientName) == "S-001")
        #expect(
            ("20260131"..."20260206").contains(file.text(Tag(0x0008, 0x0020)) ?? "")
                && file.text(Tag(0x0008, 0x0030)) == "120000")
        #expect(file.text(Tag(0x0010, 0x0030)) == "19700101" && file.text(Tag(0x0010, 0x1010)) == "090Y")
        #expect(file.text(Tag(0x0008, 0x0050))?.utf8.count == 16)
        #expect(file.text(Tag(0x0008, 0x1010)) == "SCANNER 1")
        #expect(file.text(.longitudinalTemporalInformationModified) == "MODIFIED")
        #expect(try folder.text("who.csv").contains("A,,S-001,3"))
    }
}
