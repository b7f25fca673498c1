import RuleLanguage
import Testing

@Suite("Findings about settings of profiles")
struct SettingFindingTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    private static func audience(_ profile: String, using id: String = "▸p") -> String {
        Marked.ruleSet(
            """
            \(profile)
            <audience id="a"><always><deidentify profile="\(id)"/></always></audience>
            """)
    }

    static let cases: [BadCase] = [
        BadCase(
            "bad-setting",
            Marked.profile(#"<date-shift unit="weeks" from="▸-1" to="-104"/>"#),
            "dates shift from -1 to -104, which is nothing",
            hint: "`from` is the smaller one; the past is negative"),
        BadCase(
            "bad-setting",
            Marked.profile(#"<date-shift unit="days" from="▸0" to="1"/>"#),
            "the dates of all patients shift alike",
            hint: "one known date gives all others away; write a wider range"),
        BadCase(
            "bad-setting",
            Marked.profile(
                #"<date-shift unit="weeks" from="-6000" to="▸6000"/>"#.replacing("-6000", with: "▸-6000")
                    .replacing("▸6000", with: "60")),
            "dates shift by more than a hundred years"),
        BadCase(
            "bad-value",
            Marked.profile(#"<date-shift unit="▸months" from="-9" to="-1"/>"#),
            "`unit` cannot be `months`",
            hint: "it takes `weeks` or `days`"),
        BadCase(
            "misplaced-element",
            Marked.profile(
                """
                <date-shift unit="days" from="-9" to="-1"/>
                <▸date-shift unit="days" from="-9" to="-1"/>
                """),
            "a profile has one `date-shift`"),
        BadCase(
            "bad-setting",
            Marked.profile(#"<pseudonyms prefix="▸A^B"/>"#),
            "a pseudonym cannot begin with `A^B`: it holds letters, digits and signs of ASCII, but not \\, ^ and ="),
        BadCase(
            "bad-setting",
            Marked.profile(#"<pseudonyms prefix="S" alphabet="digits" length="▸8"/>"#),
            "two of many patients may get the same pseudonym of 8 characters",
            hint: "write 12, or 8 of the alphabet `consonants`, or more", severity: .warning),
        BadCase(
            "bad-setting",
            Marked.profile(#"<pseudonyms alphabet="digits" length="▸7"/>"#),
            "7 digits are fewer than patients need",
            hint: "write 8 or more; of the alphabet `consonants`, 6 are enough for a small set"),
        BadCase(
            "unknown-list",
            Marked.profile(#"<pseudonyms list="▸patients"/>"#),
            "there is no list `patients`"),
        BadCase(
            "unknown-list",
            Marked.profile(#"<text><keep-words list="▸eponyms"/></text>"#),
            "there is no list `eponyms`"),
        BadCase(
            "bad-pattern",
            Marked.profile(#"<text><pattern name="ward" pattern="▸ward ("/></text>"#),
            "the pattern cannot be compiled: missing ): ward (",
            hint: "patterns are written as RE2 takes them: https://github.com/google/re2/wiki/Syntax"),
        BadCase(
            "bad-pattern",
            Marked.profile(#"<text><pattern name="ward" pattern="▸[0-9]*"/></text>"#),
            "the pattern is found where there is nothing",
            hint: "it names what is taken out: write one that is at least a character long"),
        BadCase(
            "duplicate-name",
            Marked.profile(
                """
                <text><pattern name="ward" pattern="W[0-9]"/><pattern name="▸ward" pattern="V[0-9]"/></text>
                """),
            "the pattern `ward` is defined twice",
            hint: "the other stands at rules.xml:3:22"),
        BadCase(
            "duplicate-statement",
            Marked.profile(
                """
                <concepts system="DCM"><keep code="121022"/></concepts>
                <concepts system="DCM"><▸remove code="121022"/></concepts>
                """),
            "the profile says two things of the same concept",
            hint: "the other stands at rules.xml:3:25"),
        BadCase(
            "bad-value",
            Marked.profile(#"<concepts system="DCM"><keep code="121022" type="▸STRING"/></concepts>"#),
            "`type` cannot be `STRING`",
            hint: "it takes `CODE`, `COMPOSITE`, `CONTAINER`, `DATE`, `DATETIME`, `IMAGE`, `NUM`, `PNAME` or 8 more"),
        BadCase(
            "missing-setting",
            audience(#"<profile id="p"><shift-date vr="DA"/><remove anything="true"/></profile>"#),
            "`p` shifts dates, and does not say how far",
            hint: #"write <date-shift unit="weeks" from="-104" to="-1"/> in a profile of the site that extends it"#),
        BadCase(
            "missing-setting",
            audience(
                """
                <profile id="p"><remove anything="true"/>
                <by-type attribute="StudyDate" type1="dummy" type2="shift-date" type3="remove"/></profile>
                """),
            "`p` shifts dates, and does not say how far",
            hint: #"write <date-shift unit="weeks" from="-104" to="-1"/> in a profile of the site that extends it"#),
        BadCase(
            "missing-setting",
            audience(
                """
                <profile id="p"><remove anything="true"/>
                <concepts system="DCM"><shift-date code="111018"/></concepts></profile>
                """),
            "`p` shifts dates, and does not say how far",
            hint: #"write <date-shift unit="weeks" from="-104" to="-1"/> in a profile of the site that extends it"#),
        BadCase(
            "missing-setting",
            audience(
                """
                <profile id="p"><remove anything="true"/><encrypt attribute="PatientID" then="pseudonym"/></profile>
                """),
            "`p` encrypts, and names nobody who could read it",
            hint: #"write <recipient certificate="….pem"/> in a profile of the site that extends it"#),
        BadCase(
            "unreadable-file",
            Marked.profile(#"<recipient certificate="▸none/research.pem"/>"#),
            "the certificate `none/research.pem` cannot be read: no such file or directory",
            hint: "the path counts from the folder of this file"),
    ]

    // MARK: - Lists

    @Test(arguments: [
        ("<lookup attribute=\"PatientID\" list=\"▸l\" otherwise=\"remove\"/>", "PatientID", "no-value-column"),
        ("<pseudonyms list=\"▸l\"/>", "PatientID", "no-value-column"),
        (
            "<lookup attribute=\"PatientID\" list=\"▸l\" otherwise=\"remove\"/>",
            "PatientID Issuer\" value=\"Pseudonym", "key-count"
        ),
        ("<pseudonyms list=\"▸l\"/>", "PatientID Issuer Birth\" value=\"Pseudonym", "key-count"),
    ])
    func `a list that gives no value for what is asked is refused`(_ use: String, _ key: String, _ code: String) throws
    {
        let folder = try Folder()
        folder.write("l.csv", "PatientID,Issuer,Birth,Pseudonym\nA,B,C,D\n")
        let marked = Marked(
            Marked.ruleSet(
                """
                <list id="l" href="l.csv" key="\(key)"/>
                <profile id="p"><remove anything="true"/>
                \(use)
                </profile>
                """))
        let findings = RuleSetLoader().load(path: folder.write("a.xml", marked.text)).findings
        #expect(findings.map(\.code) == [code], "\(listed(findings))")
        #expect(findings.first?.location.line == marked.position?.line)
        #expect(findings.first?.location.column == marked.position?.column)
    }

    // MARK: - Certificates

    /// An empty SEQUENCE with as much in it as it says.
    private static let body = "MAYBAf8CAQE="
    private static let certificate = "-----BEGIN CERTIFICATE-----\n\(body)\n-----END CERTIFICATE-----\n"

    @Test(arguments: [
        ("", "it has no line that begins one"),
        ("MAYBAf8CAQE=", "it has no line that begins one"),
        (certificate + certificate, "it holds several"),
        ("-----BEGIN CERTIFICATE-----\nMAYBAf8CAQE=\n", "it is cut off"),
        (certificate.replacing("MAYB", with: "MA?B"), "what is in it is damaged"),
        (certificate.replacing("MAYB", with: "MAUB"), "what is in it is damaged"),
        (certificate.replacing("MAYB", with: "MQYB"), "what is in it is damaged"),
        (certificate.replacing("\n\(body)", with: ""), "what is in it is damaged"),
        (
            certificate + "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n",
            "it holds a private key, which belongs to the recipient alone"
        ),
    ])
    func `a file that is no certificate is refused`(_ text: String, _ problem: String) throws {
        let folder = try Folder()
        folder.write("keys/research.pem", text)
        let marked = Marked(Marked.profile(#"<recipient certificate="▸keys/research.pem"/>"#))
        let findings = RuleSetLoader().load(path: folder.write("a.xml", marked.text)).findings
        #expect(findings.map(\.code) == ["bad-certificate"], "\(listed(findings))")
        #expect(findings.first?.message == "`keys/research.pem` is no certificate: \(problem)")
        #expect(findings.first?.location.column == marked.position?.column)
    }

    @Test func `a certificate is part of the rule set and of its digest`() throws {
        let folder = try Folder()
        let rules = Marked.profile(#"<recipient certificate="research.pem"/>"#)
        func load(_ certificate: String) throws -> RuleSet {
            folder.write("research.pem", certificate)
            let (ruleSet, findings) = RuleSetLoader().load(path: folder.write("a.xml", rules))
            return try #require(ruleSet, "\(listed(findings))")
        }
        let first = try load("Subject: CN=research\r\n" + Self.certificate.replacing("\n", with: "\r\n"))
        #expect(first.profiles["profile"]?.settings.recipients.map(\.path) == ["\(folder.path)/research.pem"])
        #expect(first.sources.map(\.kind) == [.rules, .certificate])
        #expect(first.digest != (try load(Self.certificate)).digest)
        let twice = Marked.profile(
            #"<recipient certificate="research.pem"/><recipient certificate="./research.pem"/>"#)
        #expect(
            RuleSetLoader().load(path: folder.write("b.xml", twice)).findings.map(\.code) == ["duplicate-name"])
    }

    @Test func `settings are read as they are written`() throws {
        let folder = try Folder()
        folder.write("words.csv", "Word\nHodgkin\nCrohn\n")
        folder.write("ids.csv", "PatientID,Pseudonym\nA,S1\n")
        let text = Marked.ruleSet(
            """
            <list id="words" href="words.csv" key="Word"/>
            <list id="ids" href="ids.csv" key="PatientID" value="Pseudonym"/>
            <profile id="p" private-characteristics="honour">
            <date-shift unit="weeks" from="-104" to="+3"/>
            <pseudonyms prefix="S-" alphabet="digits" length="12" list="ids"/>
            <text><keep-words list="words"/><pattern name="ward" pattern="ward [0-9]+" case="ignore"/></text>
            <concepts system="DCM">
            <remove code="121022" meaning="Accession Number"/><clean code="121022" type="TEXT"/>
            <hash code="121023" digits="16"/>
            </concepts>
            <remove anything="true"/>
            <lookup attribute="PatientID" list="ids" otherwise="hash:32"/>
            <by-type attribute="PatientAge" type1="cap-age:089Y" type2="empty" type3="remove"/>
            <truncate-date attribute="PatientBirthDate" to="year"/>
            <encrypt attribute="PatientName" then="pseudonym"/>
            </profile>
            """)
        let (ruleSet, findings) = RuleSetLoader().load(path: folder.write("a.xml", text))
        #expect(findings.isEmpty, "\(listed(findings))")
        let profile = try #require(ruleSet?.profiles["p"])
        let settings = profile.settings
        #expect(settings.dateShift == DateShift(unit: .weeks, range: -104...3))
        #expect(settings.pseudonyms == PseudonymForm(prefix: "S-", alphabet: .digits, length: 12, list: "ids"))
        #expect(settings.text.keptWords == ["words"])
        #expect(settings.text.patterns.map(\.name) == ["ward"])
        #expect(settings.text.patterns.first?.isCaseSensitive == false)
        #expect(settings.honoursPrivateCharacteristics)
        #expect(settings.concepts.map(\.code) == ["121022", "121022", "121023"])
        #expect(settings.concepts.map(\.valueType) == [nil, "TEXT", nil])
        #expect(settings.concepts.map(\.action) == [.remove, .clean, .hash(digits: 16)])
        #expect(
            Set(profile.statements.map(\.action)) == [
                .remove, .lookup(list: "ids", otherwise: .hash(digits: 32)),
                .byType(type1: .capAge(years: 89), type2: .empty, type3: .remove), .truncateDate(.year),
                .encrypt(then: .pseudonym),
            ])
        #expect(ruleSet?.lists["words"]?.firstCells == ["Hodgkin", "Crohn"])
    }
}
