import RuleLanguage
import Testing

@testable import RuleImport

/// What each of CTP's functions becomes.
@Suite struct CTPFunctionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var tag: String
        var expression: String
        var becomes: String
        var outcome: ImportStatement.Outcome
        var testDescription: String { "\(tag) \(expression)" }

        init(_ tag: String, _ expression: String, _ becomes: String, _ outcome: ImportStatement.Outcome) {
            self.tag = tag
            self.expression = expression
            self.becomes = becomes
            self.outcome = outcome
        }
    }

    static let cases: [Case] = [
        Case("00080080", "@remove()", #"<remove attribute="InstitutionName"/>"#, .translated),
        Case("00080080", "@keep()", #"<keep attribute="InstitutionName"/>"#, .translated),
        Case("00080080", "@empty()", #"<empty attribute="InstitutionName"/>"#, .translated),
        Case("00080080", "", #"<empty attribute="InstitutionName"/>"#, .translated),
        Case("00080080", "@blank(4)", #"<empty attribute="InstitutionName"/>"#, .changed),
        Case("00080080", "A hospital", #"<replace attribute="InstitutionName" value="A hospital"/>"#, .translated),
        Case("00080080", #"a \@ b"#, #"<replace attribute="InstitutionName" value="a @ b"/>"#, .translated),
        Case("00080080", "@param(@SITE)", #"<replace attribute="InstitutionName" value="Site 9"/>"#, .translated),
        Case("00080080", "x@param(@SITE)y", #"<replace attribute="InstitutionName" value="xSite 9y"/>"#, .translated),
        Case("00080080", "@param(@NONE)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "remove", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "empty()", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "@keeep()", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "Spital Zürich", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "@always()@param(@SITE)", #"<replace attribute="InstitutionName" value="Site 9"/>"#, .changed),
        Case("00080080", "@append(){and more}", #"<keep attribute="InstitutionName"/>"#, .changed),
        Case("00080080", "@contents(this)", #"<keep attribute="InstitutionName"/>"#, .translated),
        Case("00080080", "@value(this)", #"<keep attribute="InstitutionName"/>"#, .translated),
        Case("00080080", #"@value(this,"none")"#, #"<keep attribute="InstitutionName"/>"#, .changed),
        Case("00080080", "@uppercase(this)", #"<keep attribute="InstitutionName"/>"#, .changed),
        Case("00080080", "@lowercase(this)", #"<keep attribute="InstitutionName"/>"#, .changed),
        Case("00080080", "@truncate(this,4)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "@pathelement(this,0)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", #"@contents(this,"[0-9]","x")"#, #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "@contents(PatientName)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "Room @contents(this)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "@require()", #"<keep attribute="InstitutionName"/>"#, .changed),
        Case("00080080", "@decrypt(this,@KEY)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080080", "@initials(this)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080012", "@date()", #"<remove attribute="InstanceCreationDate"/>"#, .refused),
        Case("00080013", "@time(:)", #"<remove attribute="InstanceCreationTime"/>"#, .refused),
        Case("00080050", "@hash(this,16)", #"<hash attribute="AccessionNumber" digits="16"/>"#, .changed),
        Case("00080050", "@hash(this,4)", #"<hash attribute="AccessionNumber" digits="8"/>"#, .changed),
        Case("00080050", "@hash(this)", #"<hash attribute="AccessionNumber" digits="16"/>"#, .changed),
        Case("00080050", "@encrypt(this,@KEY)", #"<hash attribute="AccessionNumber" digits="16"/>"#, .changed),
        Case("00080050", "@integer(this,acc,5)", #"<hash attribute="AccessionNumber" digits="16"/>"#, .changed),
        Case("00080050", "@hash(PatientID,8)", #"<pseudonym attribute="AccessionNumber"/>"#, .changed),
        Case("00081048", "@hashname(this,6,2)", #"<hash attribute="PhysiciansOfRecord" digits="8"/>"#, .changed),
        Case("00100020", "@hash(this,10)", #"<pseudonym attribute="PatientID"/>"#, .changed),
        Case("00100020", "@hashptid(@SITE,this,6)", #"<pseudonym attribute="PatientID"/>"#, .changed),
        Case("00100020", "@integer(this,ptid,4)", #"<pseudonym attribute="PatientID"/>"#, .changed),
        Case("00100020", "@encrypt(this,@KEY)", #"<pseudonym attribute="PatientID"/>"#, .changed),
        Case("00100020", "@lookup(this,ptid)", #"<pseudonym attribute="PatientID"/>"#, .changed),
        Case("00100020", "the same for all", #"<pseudonym attribute="PatientID"/>"#, .changed),
        Case("00100020", "P-@integer(this,ptid,4)", #"<pseudonym attribute="PatientID"/>"#, .changed),
        Case("00100010", "@initials(this)", #"<pseudonym attribute="PatientName"/>"#, .changed),
        Case("00100010", "@contents(PatientID)", #"<pseudonym attribute="PatientName"/>"#, .changed),
        Case("00100010", "Anonymous", #"<replace attribute="PatientName" value="Anonymous"/>"#, .translated),
        Case("0020000d", "@hashuid(@UIDROOT,this)", #"<uid attribute="StudyInstanceUID"/>"#, .translated),
        Case("0020000d", "@hashuid(@UIDROOT,this,PatientID)", #"<uid attribute="StudyInstanceUID"/>"#, .changed),
        Case("0020000d", "@hash(this)", #"<uid attribute="StudyInstanceUID"/>"#, .changed),
        Case("00080080", "@hashuid(@UIDROOT,this)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00080020", "@hashdate(this,PatientID)", #"<shift-date attribute="StudyDate"/>"#, .changed),
        Case("00080020", "@incrementdate(this,-40)", #"<shift-date attribute="StudyDate"/>"#, .changed),
        Case(
            "00080020", "@dateinterval(this,base,PatientID,@ORIGIN)", #"<shift-date attribute="StudyDate"/>"#, .changed),
        Case("00080020", "@dateinterval(this,base,PatientID)", #"<remove attribute="StudyDate"/>"#, .refused),
        Case("00080020", "@modifydate(this,*,1,1)", #"<truncate-date attribute="StudyDate" to="year"/>"#, .translated),
        Case("00080020", "@modifydate(this,*,*,1)", #"<truncate-date attribute="StudyDate" to="month"/>"#, .translated),
        Case("00080020", "@modifydate(this,*,*,15)", #"<truncate-date attribute="StudyDate" to="month"/>"#, .changed),
        Case(
            "00080020", "@modifydate(this,2000,1,1)", #"<replace attribute="StudyDate" value="20000101"/>"#, .translated
        ),
        Case("00080020", "@modifydate(this,2000,*,*)", #"<remove attribute="StudyDate"/>"#, .refused),
        Case("00080020", "@modifydate(this,*,*,*)", #"<keep attribute="StudyDate"/>"#, .translated),
        Case(
            "00101010", "@if(this, greaterthan, 89) {090Y} {@keep()}", #"<cap-age attribute="PatientAge" at="089Y"/>"#,
            .changed),
        Case("00081140", "@process()", #"<keep attribute="ReferencedImageSequence"/>"#, .translated),
        Case("00081140", "a text", #"<remove attribute="ReferencedImageSequence"/>"#, .changed),
        Case(
            "0040a075", "@if(this,isblank){@remove()}{Removed by CTP}",
            #"<replace attribute="VerifyingObserverName" value="Removed by CTP"/>"#, .changed),
        Case(
            "00080020", "@if(this,exists){@incrementdate(this,-3)}{}", #"<shift-date attribute="StudyDate"/>"#, .changed
        ),
        Case("00100040", "@if(this,equals,M){@keep()}{O}", #"<remove attribute="PatientSex"/>"#, .changed),
        Case("00100040", "@if(Modality,equals,MR){@keep()}{@empty()}", #"<empty attribute="PatientSex"/>"#, .changed),
        Case("00080080", "@call(Plugin,this)", #"<remove attribute="InstitutionName"/>"#, .refused),
        Case("00280010", "512", #"<remove attribute="Rows"/>"#, .refused),
        Case("0009[GEMS_IDEN_01]02", "@remove()", #"<remove attribute="(0009,{GEMS_IDEN_01}02)"/>"#, .translated),
        Case("0009[GEMS_IDEN_01]02", "@keep()", #"<keep attribute="(0009,{GEMS_IDEN_01}02)"/>"#, .translated),
        Case("00191010", "@remove()", #"<remove group="0019"/>"#, .refused),
    ]

    @Test(arguments: cases) func `a function becomes an action`(_ example: Case) throws {
        let parameters = #"<p t="SITE">Site 9</p><p t="UIDROOT">1.2.3</p><p t="KEY">k</p><p t="ORIGIN">20000101</p>"#
        let imported = try ImportedRules.ctp(rule(example.tag, example.expression, parameters + "\n"))
        _ = try imported.loaded()
        #expect(imported.has(example.becomes), "\(imported.text)")
        let statement = try #require(imported.report.statements.last)
        #expect(statement.outcome == example.outcome, "\(statement.reasons)")
        #expect(statement.reasons.isEmpty == (statement.outcome == .translated))
        #expect(imported.report.isComplete == (example.outcome != .refused))
    }

    @Test func `all functions of CTP are known, and each is in a case`() {
        let used = Self.cases.map(\.expression).joined() + "@quarantine( @skip( @select( @round( "
        for name in CTPCall.names { #expect(used.contains("@\(name)("), "\(name)") }
        #expect(CTPCall.names.count == 36)
    }

    @Test func `ages are rounded by a list`() throws {
        let imported = try ImportedRules.ctp(rule("00101010", "@round(this,10)"))
        #expect(
            imported.has(#"<lookup attribute="PatientAge" list="ctp-age-10" otherwise="remove"/>"#), "\(imported.text)")
        let list = try #require(imported.lists.first)
        #expect(list.name == "lists/ctp-age-10.csv")
        #expect(list.text.contains("\n034Y,030Y\n035Y,040Y\n"))
        _ = try imported.loaded()
    }

    @Test func `what quarantines holds a study back when its condition is so`() throws {
        let imported = try ImportedRules.ctp(
            rule("00080008", #"@if(ImageType,contains,"SCREEN SAVE"){@quarantine()}{@keep()}"#))
        let set = try imported.loaded()
        #expect(set.rules.count == 1)
        #expect(imported.has(#"<keep attribute="ImageType"/>"#))
        #expect(imported.has(#"<contains attribute="ImageType" value="SCREEN SAVE" fold="case"/>"#), "\(imported.text)")
        #expect(imported.has(#"<on label="ctp-quarantined"><sequester/></on>"#))
    }

    @Test func `the other branch holds back when its condition is not so`() throws {
        let imported = try ImportedRules.ctp(rule("00080060", "@if(this,equals,MR){@keep()}{@skip()}"))
        _ = try imported.loaded()
        #expect(imported.has(#"<on label="ctp-skipped"><sequester/></on>"#))
        #expect(imported.bare.contains("<not>"))
        #expect(imported.report.statements.last?.outcome == .changed)
    }

    @Test func `in items another thing is done, where CTP looks into them`() throws {
        let script = """
            <script>
            <e en="T" t="0020000d" n="StudyInstanceUID">@select(){@keep()}{@hashuid(@ROOT,this)}</e>
            <e en="T" t="00081110" n="RefStudySeq">@process()</e>
            <p t="ROOT">1.2</p>
            </script>
            """
        let imported = try ImportedRules.ctp(script)
        _ = try imported.loaded()
        #expect(imported.has(#"<keep attribute="StudyInstanceUID"/>"#))
        #expect(imported.has(#"<uid attribute="**/ReferencedStudySequence/*/StudyInstanceUID"/>"#), "\(imported.text)")
    }

    @Test func `a look-up table becomes lists, and who is not on it is held back`() throws {
        let table = "ptid/1 = A\nptid/2 = @other/x\nother/x = B\nptid/3 = @nowhere/1\nbody/HEAD = HD\nacc/7 = S7\n"
        let script = """
            <script>
            <e en="T" t="00100020" n="PatientID">@lookup(this,ptid)</e>
            <e en="T" t="00100010" n="PatientName">@lookup(PatientID,ptid)</e>
            <e en="T" t="00180015" n="BodyPartExamined">@lookup(this,body,keep)</e>
            <e en="T" t="00080050" n="AccessionNumber">@lookup(this,acc)</e>
            <e en="T" t="00200010" n="StudyID">@lookup(this,none,remove)</e>
            </script>
            """
        let imported = try ImportedRules.ctp(script, lookup: table)
        let set = try imported.loaded()
        #expect(imported.has(#"<pseudonyms list="ctp-ptid-patients"/>"#), "\(imported.text)")
        #expect(imported.has(#"<lookup attribute="BodyPartExamined" list="ctp-body" otherwise="keep"/>"#))
        #expect(imported.has(#"<lookup attribute="AccessionNumber" list="ctp-acc" otherwise="remove"/>"#))
        #expect(imported.has(#"<remove attribute="StudyID"/>"#))
        #expect(imported.has(#"<in list="ctp-acc" attribute="AccessionNumber"/>"#))
        #expect(set.rules.count == 1)
        let patients = try #require(imported.lists.first { $0.name.contains("ptid") })
        #expect(patients.text == "PatientID,Replacement\n1,A\n2,B\n")
    }
}
