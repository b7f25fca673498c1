import RuleLanguage
import TestSupport
import Testing

@testable import RuleImport

/// Recipes of pydicom/deid.
@Suite struct DeidTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var line: String
        var becomes: [String]
        var outcome: ImportStatement.Outcome
        var testDescription: String { line }

        init(_ line: String, _ becomes: [String], _ outcome: ImportStatement.Outcome) {
            self.line = line
            self.becomes = becomes
            self.outcome = outcome
        }
    }

    static let cases: [Case] = [
        Case("REMOVE InstitutionName", [#"<remove attribute="InstitutionName"/>"#], .translated),
        Case("remove InstitutionName", [#"<remove attribute="InstitutionName"/>"#], .translated),
        Case("REMOVE InstitutionName # a comment", [#"<remove attribute="InstitutionName"/>"#], .translated),
        Case("REMOVE InstitutionName func:is_bad", [#"<remove attribute="InstitutionName"/>"#], .changed),
        Case("BLANK Rows", [#"<empty attribute="Rows"/>"#], .translated),
        Case("BLANK InstitutionName", [#"<empty attribute="InstitutionName"/>"#], .translated),
        Case("KEEP InstitutionName", [#"<keep attribute="InstitutionName"/>"#], .translated),
        Case("REPLACE InstitutionName A b", [#"<replace attribute="InstitutionName" value="A b"/>"#], .translated),
        Case("REPLACE PatientID var:id", [#"<pseudonym attribute="PatientID"/>"#], .changed),
        Case("REPLACE PatientID 17", [#"<pseudonym attribute="PatientID"/>"#], .changed),
        Case("REPLACE SOPInstanceUID var:uid", [#"<uid attribute="SOPInstanceUID"/>"#], .changed),
        Case("REPLACE SOPInstanceUID deid_func:dicom_uuid", [#"<uid attribute="SOPInstanceUID"/>"#], .changed),
        Case("REPLACE InstitutionName func:hide", [#"<remove attribute="InstitutionName"/>"#], .refused),
        Case("ADD InstitutionName STARR", [#"<replace attribute="InstitutionName" value="STARR"/>"#], .changed),
        Case("ADD PatientIdentityRemoved YES", [], .translated),
        Case("ADD PatientIdentityRemoved No", [], .changed),
        Case(
            "JITTER StudyDate 31",
            [#"<shift-date attribute="StudyDate"/>"#, #"<date-shift unit="days" from="15" to="46"/>"#], .changed),
        Case("JITTER StudyDate var:days", [#"<shift-date attribute="StudyDate"/>"#], .changed),
        Case("JITTER InstitutionName 31", [#"<remove attribute="InstitutionName"/>"#], .refused),
        Case("REMOVE (0008,0080)", [#"<remove attribute="InstitutionName"/>"#], .translated),
        Case("REMOVE 00080080", [#"<remove attribute="InstitutionName"/>"#], .translated),
        Case("REMOVE 0x00080080", [#"<remove attribute="InstitutionName"/>"#], .translated),
        Case(
            #"REMOVE (0033,"MITRA OBJECT UTF8 ATTRIBUTES 1.0",1E)"#,
            [#"<remove attribute="(0033,{MITRA OBJECT UTF8 ATTRIBUTES 1.0}1E)"/>"#], .translated),
        Case("REMOVE 00330010", [], .translated),
        Case("REMOVE 0033101E", [#"<remove group="0033"/>"#], .refused),
        Case("REMOVE ALL", [#"<remove anything="true"/>"#, #"<keep group="7FE0"/>"#], .translated),
        Case("REMOVE select:VR:PN", [#"<remove vr="PN"/>"#], .translated),
        Case("REMOVE select:group:0010", [#"<remove group="0010"/>"#], .translated),
        Case("REMOVE except:Modality", [#"<remove anything="true"/>"#], .translated),
        Case("REMOVE endswith:BirthDate", [#"<remove attribute="PatientBirthDate"/>"#], .translated),
        Case(
            "REMOVE startswith:PatientBirth",
            [#"<remove attribute="PatientBirthDate"/>"#, #"<remove attribute="PatientBirthName"/>"#], .translated),
        Case("REMOVE contains:Trial", [#"<remove attribute="ClinicalTrialSponsorName"/>"#], .translated),
        Case("REMOVE PatientsName", [], .refused),
        Case("REMOVE fields:nobody", [], .refused),
        Case("REMOVE values:nobody", [], .refused),
        Case("REMOVE contains:(?!Birth)Date", [#"<remove anything="true"/>"#], .refused),
        Case("HIDE PatientName", [], .refused),
        Case("REMOVE", [], .refused),
    ]

    @Test(arguments: cases) func `a line of a header becomes statements`(_ example: Case) throws {
        let imported = try ImportedRules.deid("FORMAT dicom\n%header\n\(example.line)\nKEEP Modality\n")
        _ = try imported.loaded()
        for line in example.becomes { #expect(imported.has(line), "\(imported.text.prefix(3000))") }
        let statement = try #require(imported.report.statements.first { $0.location.line == 3 })
        #expect(statement.outcome == example.outcome, "\(statement.reasons)")
    }

    @Test func `what deid does first counts, in whatever order the lines are`() throws {
        for lines in [["REMOVE PatientSex", "KEEP PatientSex"], ["KEEP PatientSex", "REMOVE PatientSex"]] {
            let imported = try ImportedRules.deid("FORMAT dicom\n%header\n\(lines.joined(separator: "\n"))\n")
            #expect(imported.has(#"<keep attribute="PatientSex"/>"#), "\(imported.text)")
        }
    }

    @Test func `values are looked for in texts, and fields by their group`() throws {
        let recipe = """
            FORMAT dicom
            %values names
            SPLIT PatientID by="^";minlength=4
            FIELD startswith:Operator
            %fields instances
            FIELD contains:InstanceUID
            %header
            REPLACE values:names var:id
            REMOVE fields:instances
            """
        let imported = try ImportedRules.deid(recipe)
        _ = try imported.loaded()
        for line in [
            #"<pseudonym attribute="PatientID"/>"#, #"<remove attribute="OperatorsName"/>"#, #"<clean vr="LO"/>"#,
            #"<remove attribute="ReferencedSOPInstanceUID"/>"#,
        ] {
            #expect(imported.has(line), "\(line)")
        }
        #expect(imported.report.statements.count == 9)
        #expect(imported.report.statements.allSatisfy { $0.outcome != .refused })
    }

    @Test func `dates that move by more than all numbers move within a hundred years`() throws {
        for days in [Int.min, Int.max] {
            _ = try ImportedRules.deid("FORMAT dicom\n%header\nJITTER StudyDate \(days)\n").loaded()
        }
    }

    @Test func `of a group of fields each counts, whatever the others are`() throws {
        let recipe = """
            FORMAT dicom
            %fields people
            FIELD PatientBirthDate
            FIELD PatientsName
            FIELD select:VR:PN
            FIELD 0033101E
            FIELD startswith:InstitutionAddr
            %header
            REMOVE fields:people
            """
        let imported = try ImportedRules.deid(recipe)
        _ = try imported.loaded()
        for line in [
            #"<remove attribute="PatientBirthDate"/>"#, #"<remove vr="PN"/>"#, #"<remove group="0033"/>"#,
            #"<remove attribute="InstitutionAddress"/>"#,
        ] {
            #expect(imported.has(line), "\(line)")
        }
        let refused = imported.report.statements.filter { $0.outcome == .refused }.map(\.location.line)
        #expect(refused == [4, 9])
    }

    @Test func `what is kept but for some keeps nothing, of which the rest is removed`() throws {
        let imported = try ImportedRules.deid("FORMAT dicom\n%header\nREMOVE ALL\nKEEP except:Patient\n")
        _ = try imported.loaded()
        #expect(imported.has(#"<remove anything="true"/>"#), "\(imported.text)")
        #expect(imported.report.statements.last?.outcome == .refused)
    }

    @Test func `texts that all go are not cleaned, by which they would stay`() throws {
        let recipe = """
            FORMAT dicom
            %values names
            FIELD PatientName
            %header
            REMOVE ALL
            REPLACE values:names var:id
            """
        let imported = try ImportedRules.deid(recipe)
        _ = try imported.loaded()
        #expect(imported.has(#"<remove anything="true"/>"#))
        #expect(!imported.bare.contains { $0.hasPrefix("<clean") }, "\(imported.text)")
    }

    @Test func `what is not equal to several values at once is any image`() throws {
        let recipe = """
            FORMAT dicom
            %filter graylist
            LABEL Other than these
              notequals ImageType ORIGINAL\\PRIMARY
            """
        let imported = try ImportedRules.deid(recipe)
        let set = try imported.loaded()
        #expect(set.rules.count == 1)
        #expect(imported.has(#"<present attribute="PixelData"/>"#), "\(imported.text)")
        #expect(!imported.text.contains("ImageType\""), "\(imported.text)")
    }

    @Test func `labels hold images back, a white list does not`() throws {
        let recipe = """
            FORMAT dicom

            %filter whitelist
            LABEL Clean
              contains BurnedInAnnotation No

            %filter graylist
            LABEL Dose report # (somebody)
              contains Modality CT|PT
              + contains ImageType SCREEN SAVE || contains SeriesDescription Dose
              || missing Manufacturer
              coordinates 0,0,512,121
            LABEL Numbers
              equals Rows 512 + notequals PatientSex M
            """
        let imported = try ImportedRules.deid(recipe)
        let set = try imported.loaded()
        #expect(set.rules.map(\.id).sorted() == ["label-2", "label-3"])
        #expect(imported.has(#"<matches attribute="Modality" pattern="ct|pt" case="ignore"/>"#), "\(imported.text)")
        #expect(imported.has(#"<compare attribute="Rows" op="eq" number="512"/>"#))
        let region = imported.report.statements.first { $0.text.hasPrefix("coordinates") }
        #expect(region?.outcome == .refused && region?.location.line == 12)
    }

    @Test func `what is no recipe is refused, with its place`() throws {
        for (text, code, line) in [
            ("", "empty-script", 1), ("FORMAT nifti\n%header\n", "wrong-format", 1),
            ("FORMAT dicom\n\n%heder\n", "unknown-section", 3),
        ] {
            do {
                _ = try ImportedRules.deid(text)
                Issue.record("it was imported")
            } catch let failure as ImportFailure {
                #expect(
                    failure.findings.first?.code == code && failure.findings.first?.location.line == line, "\(failure)")
            }
        }
    }
}
