import DICOMCore
import RuleLanguage
import Testing

@Suite("Profiles that extend several")
struct ProfileJoiningTests {
    @Test(arguments: cases)
    func `the mistake is shown where it is`(_ mistake: BadCase) { mistake.check() }

    private static let basic =
        #"<profile id="basic"><remove anything="true"/><remove attribute="StudyDate"/></profile>"#

    static let cases: [BadCase] = [
        BadCase(
            "conflicting-statements",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="a" extends="basic"><empty attribute="StudyDate"/></profile>
                <profile id="b" extends="basic"><dummy attribute="StudyDate"/></profile>
                <profile id="p" extends="▸b a"/>
                <profile id="q" extends="p"/>
                """),
            "`a` and `b` say different things of `StudyDate`",
            hint: "at rules.xml:3:34 and rules.xml:4:34; say in `p` what holds"),
        BadCase(
            "conflicting-statements",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="a" extends="basic"><empty attribute="StudyDate"/><clean vr="LO"/></profile>
                <profile id="b" extends="basic"><dummy attribute="StudyDate"/><empty vr="LO"/></profile>
                <profile id="p" extends="▸a b"/>
                """),
            "`a` and `b` say different things of `StudyDate`, and of 1 more",
            hint: "at rules.xml:3:34 and rules.xml:4:34; say in `p` what holds"),
        BadCase(
            "conflicting-statements",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="a" extends="basic"><concepts system="DCM"><clean code="1"/></concepts></profile>
                <profile id="b" extends="basic"><concepts system="DCM"><dummy code="1"/></concepts></profile>
                <profile id="p" extends="▸a b"/>
                """),
            "`a` and `b` say different things of `(1, DCM)`",
            hint: "at rules.xml:3:57 and rules.xml:4:57; say in `p` what holds"),
        BadCase(
            "conflicting-settings",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="a" extends="basic"><date-shift unit="days" from="-9" to="-1"/></profile>
                <profile id="b" extends="basic"><date-shift unit="days" from="-8" to="-1"/></profile>
                <profile id="p" extends="▸a b"/>
                """),
            "`a` and `b` say different things of `date-shift`",
            hint: "at rules.xml:3:34 and rules.xml:4:34; say in `p` what holds"),
        BadCase(
            "contradicting-profiles",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="full" extends="basic" contradicts="modified"/>
                <profile id="modified" extends="basic"/>
                <profile id="p" extends="▸full modified"/>
                <profile id="q" extends="p"/>
                """),
            "`p` joins `full` and `modified`, which contradict each other",
            hint: "it is said at rules.xml:3:49; extend one of them"),
        BadCase(
            "unknown-profile",
            Marked.ruleSet(#"<profile id="basic" contradicts="▸basc"><remove anything="true"/></profile>"#),
            "there is no profile `basc`",
            hint: "did you mean `basic`?"),
        BadCase(
            "duplicate-name",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="p" extends="basic ▸basic"/>
                """),
            "the profile `basic` is named twice"),
        BadCase(
            "profile-cycle",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="p" extends="basic ▸p"/>
                <profile id="q" extends="p"/>
                """),
            "a profile extends itself: `p` → `p`",
            hint: "remove one of these `extends`"),
        BadCase(
            "ambiguous-statement",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="a" extends="basic"><keep attribute="RequestAttributesSequence/*/AccessionNumber"/></profile>
                <profile id="b" extends="basic"><empty attribute="RequestAttributesSequence/1/AccessionNumber"/></profile>
                <profile id="p" extends="▸a b"/>
                <profile id="q" extends="p"/>
                """),
            "two inherited statements choose the same element and neither is more specific",
            hint: "they stand at rules.xml:3:34 and rules.xml:4:34; make one of them name what it means"),
        BadCase(
            "conflicting-profiles",
            Marked.ruleSet(
                """
                \(basic)
                <profile id="a" extends="basic"/><profile id="b" extends="basic"/><profile id="ab" extends="a b"/>
                <audience id="x"><always><deidentify profile="ab"/></always>
                <on label="sensitive"><deidentify profile="a"/></on></audience>
                <audience id="y"><always><deidentify profile="a"/></always>
                <on label="sensitive"><deidentify profile="▸b"/></on></audience>
                """),
            "a study may meet both `b` and `a`, and neither extends the other",
            hint: "the other stands at rules.xml:6:47; let one profile extend the other"),
    ]

    // MARK: - What holds

    private func profile(_ id: String, _ text: String) throws -> Profile {
        let (ruleSet, findings) = RuleSetLoader().load(text: Marked.ruleSet(text))
        return try #require(ruleSet?.profiles[id], "\(listed(findings))")
    }

    private func action(_ profile: Profile, _ selector: ProfileStatement.Selector) -> ProfileAction? {
        profile.statements.first { $0.selector == selector }?.action
    }

    private let studyDate = ProfileStatement.Selector.tag(Tag(0x0008, 0x0020))

    @Test func `in a diamond, what nobody nearer says holds, and what one side says overrides the top`() throws {
        let joined = try profile(
            "p",
            """
            \(Self.basic)
            <profile id="a" extends="basic"><clean attribute="StudyDescription"/></profile>
            <profile id="b" extends="basic"><keep attribute="StudyDate"/></profile>
            <profile id="c" extends="a"/>
            <profile id="p" extends="c b"/>
            """)
        #expect(joined.ancestors == ["a", "b", "basic", "c"])
        #expect(joined.parents == ["b", "c"])
        #expect(action(joined, studyDate) == .keep, "`basic` is overridden by `b`, and is not a definer of `a`'s")
        #expect(action(joined, .tag(Tag(0x0008, 0x1030))) == .clean)
        #expect(action(joined, .anything) == .remove)
    }

    @Test func `keeping gives way to anything else`() throws {
        let joined = try profile(
            "p",
            """
            \(Self.basic)
            <profile id="a" extends="basic" private-characteristics="honour" burned-in="pass">
            <keep attribute="StudyDate"/><concepts system="DCM"><keep code="1"/></concepts></profile>
            <profile id="b" extends="basic" private-characteristics="ignore" burned-in="sequester">
            <shift-date attribute="StudyDate"/><concepts system="DCM"><shift-date code="1"/></concepts></profile>
            <profile id="p" extends="a b"/>
            """)
        #expect(action(joined, studyDate) == .shiftDate)
        #expect(joined.settings.concepts.map(\.action) == [.shiftDate])
        #expect(joined.burnedInAnnotation == .sequester)
        #expect(!joined.settings.honoursPrivateCharacteristics)
    }

    @Test func `the profile itself decides what its parents say differently`() throws {
        let joined = try profile(
            "p",
            """
            \(Self.basic)
            <profile id="a" extends="basic"><empty attribute="StudyDate"/>
            <date-shift unit="days" from="-9" to="-1"/><text><pattern name="x" pattern="a"/></text></profile>
            <profile id="b" extends="basic"><dummy attribute="StudyDate"/>
            <date-shift unit="days" from="-8" to="-1"/><text><pattern name="x" pattern="b"/></text></profile>
            <profile id="p" extends="a b" burned-in="pass"><keep attribute="StudyDate"/>
            <date-shift unit="weeks" from="-7" to="-1"/><text><pattern name="x" pattern="c"/></text></profile>
            """)
        #expect(action(joined, studyDate) == .keep)
        #expect(joined.settings.dateShift == DateShift(unit: .weeks, range: -7 ... -1))
        #expect(joined.settings.text.patterns.map(\.pattern) == ["c"])
        #expect(joined.burnedInAnnotation == .pass)
    }

    @Test func `a setting comes from whoever is nearest, and words of all are kept`() throws {
        let folder = try Folder()
        folder.write("words.csv", "Word\nHodgkin\n")
        let text = Marked.ruleSet(
            """
            <list id="w" href="words.csv" key="Word"/><list id="v" href="words.csv" key="Word"/>
            <profile id="basic"><remove anything="true"/><date-shift unit="days" from="-9" to="-1"/>
            <text><keep-words list="w"/><pattern name="x" pattern="a"/></text></profile>
            <profile id="a" extends="basic"><date-shift unit="days" from="-8" to="-1"/></profile>
            <profile id="b" extends="basic"><text><keep-words list="v"/><pattern name="y" pattern="b"/></text></profile>
            <profile id="p" extends="b a"/>
            """)
        let (ruleSet, findings) = RuleSetLoader().load(path: folder.write("a.xml", text))
        let settings = try #require(ruleSet?.profiles["p"]?.settings, "\(listed(findings))")
        #expect(settings.dateShift == DateShift(unit: .days, range: -8 ... -1))
        #expect(settings.text.keptWords == ["v", "w"])
        #expect(settings.text.patterns.map(\.name) == ["x", "y"])
    }

    @Test func `parents in any order give the same profile`() throws {
        let names = ["a", "b", "c", "d"]
        let parents = names.enumerated().map { index, name in
            """
            <profile id="\(name)" extends="basic" burned-in="\(index % 2 == 0 ? "pass" : "sequester")">
            <method system="DCM" code="11310\(index + 1)" meaning="m"/><keep attribute="StudyDate"/>
            <clean attribute="\(index < 2 ? "StudyDescription" : "SeriesDescription")"/>
            <\(index == 3 ? "shift-date" : "keep") vr="DA"/>
            <date-shift unit="days" from="-9" to="-1"/>
            <text><pattern name="x\(index)" pattern="\(name)"/></text>
            <concepts system="DCM"><keep code="\(index % 2)"/></concepts></profile>
            """
        }
        var generator = Generator(state: 4)
        var seen: Set<String> = []
        for _ in 0..<24 {
            let order = names.shuffled(using: &generator).joined(separator: " ")
            // Always as long, so that everything else stands where it stood.
            let joined = try profile(
                "p", "\(Self.basic)\n<profile id=\"p\" extends=\"\(order)\"/>\n\(parents.joined(separator: "\n"))")
            seen.insert("\(joined)")
        }
        #expect(seen.count == 1)
    }

    @Test func `a hundred profiles that extend one another are joined`() throws {
        let chain = (1...100).map { #"<profile id="p\#($0)" extends="p\#($0 - 1)"/>"# }.joined()
        let last = try profile("p100", #"<profile id="p0"><remove anything="true"/></profile>\#(chain)"#)
        #expect(last.ancestors.count == 100)
        #expect(last.statements.count == 1)
    }
}
