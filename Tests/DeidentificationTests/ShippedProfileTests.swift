import DICOMCore
import DICOMDictionary
import Foundation
import RuleLanguage
import TestSupport
import Testing

@testable import Deidentification

/// `Rules/profiles/ps3.15.xml` beside the tables that it was made from.
struct ShippedProfileTests {
    typealias Tag = DICOMCore.Tag

    static let shared = Fixtures.shared.map { $0 + "/data/" }

    static func rows(_ name: String) throws -> [[String: String]] {
        let text = try String(contentsOfFile: (shared ?? "") + name, encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline).map(cells)
        return lines.dropFirst().map { Dictionary(zip(lines[0], $0)) { first, _ in first } }
    }

    private static func cells(_ line: Substring) -> [String] {
        var result = [""]
        var isQuoted = false
        for character in line {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: result.append("")
            default: result[result.count - 1].append(character)
            }
        }
        return result
    }

    static func profile(_ id: String, in file: String) throws -> Profile {
        let path = Fixtures.packageRoot + "/Rules/profiles/" + file
        return try #require(RuleSetLoader().load(path: path).ruleSet?.profiles[id])
    }

    /// Rows that the profile treats in another way than by a statement of their own, or better than the table.
    static let exceptions: Set<String> = [
        // Commands, curves and private elements: by group.
        "(0000,1000)", "(0000,1001)", "(50xx,xxxx)", "(gggg,eeee) where gggg is odd",
        // Pseudonyms.
        "(0010,0010)", "(0010,0020)",
    ]

    /// X/Z/U*: sequences of references, which stay for every Type.
    static let references: Set<String> = ["(0008,1140)", "(0008,2112)"]

    @Test(.enabled(if: shared != nil)) func `every row of the table is a statement, with its code`() throws {
        let profile = try Self.profile("ps3.15-basic", in: "ps3.15.xml")
        var actions: [Tag: ProfileAction] = [:]
        for statement in profile.statements {
            switch statement.selector {
            case .tag(let tag): actions[tag] = statement.action
            case .repeating(let group, let element): actions[Tag(group, element)] = statement.action
            default: break
            }
        }
        var count = 0
        for row in try Self.rows("ps3.15_e1_1_2026d.csv") {
            let text = try #require(row["tag"])
            count += 1
            guard !Self.exceptions.contains(text) else { continue }
            let tag = try #require(Tag(text.lowercased().replacing("xx", with: "00")))
            let expected: ProfileAction? =
                switch row["basic_profile"] {
                case "X": .remove
                case "Z": .empty
                case "D": .dummy
                case "U": .uid
                case "Z/D": .byType(type1: .dummy, type2: .empty, type3: .empty)
                case "X/Z", "X/D", "X/Z/D": .byType(type1: .dummy, type2: .empty, type3: .remove)
                // Kept for every Type, so that references stay whole.
                case "X/Z/U*": .keep
                default: nil
                }
            #expect(actions[tag] == expected, "\(text)")
        }
        #expect(count == 657)
        let selectors = Set(profile.statements.map(\.selector))
        #expect(
            selectors.isSuperset(of: [.privateGroups, .group(0x5000, repeating: true), .group(0x6000, repeating: true)])
        )
        #expect(actions[.patientName] == .pseudonym && actions[.patientID] == .pseudonym)
    }

    /// An independent reading of Table E.1-1 and PS3.3: for each IOD and attribute, the strongest Type and what follows.
    @Test(.enabled(if: shared != nil)) func `for every IOD, compound codes and conflicts end as they should`() throws {
        let compiled = CompiledProfile(try Self.profile("ps3.15-basic", in: "ps3.15.xml"))
        var iods: [String: InformationObjectDefinitions.IOD] = [:]
        for row in try Self.rows("ps3.4_sop_class_iod_2026b.csv") {
            let uid = try #require(row["sop_class_uid"])
            iods[row["iod"] ?? ""] = InformationObjectDefinitions.iod(forSOPClass: uid)
        }
        var compared = 0
        for row in try Self.rows("ps3.15_e1_1_resolved_by_iod.csv") {
            let text = try #require(row["tag"])
            guard let iod = iods[row["iod"] ?? ""], !Self.exceptions.contains(text) else { continue }
            let tag = try #require(Tag(text.lowercased().replacing("xx", with: "00")))
            let type = InformationObjectDefinitions.type(of: [tag], in: iod)
            #expect(type?.rawValue == row["strongest_type"], "\(iod.name) \(tag)")
            let vr = try #require(StandardDictionary.vr(of: tag))
            let disposal = compiled.disposal(compiled.treatment(of: tag, vr: vr), for: Requirement(type))
            let expected: Disposal? =
                switch row["resolved_action"] {
                case _ where Self.references.contains(text): .keep
                case "X": .remove
                case "Z", "CONFLICT(X on Type 2)", "CONFLICT(Z or D)": .empty
                case "D", "CONFLICT(X on Type 1)": .dummy
                case "U": .uid
                case "U*": .keep
                default: nil
                }
            // Zero length is no value for Type 1: there a dummy, which Z allows.
            let isRequired = expected == .empty && Requirement(type) == .value
            #expect(disposal == (isRequired ? .dummy : expected), "\(iod.name) \(tag) \(type?.rawValue ?? "-")")
            compared += 1
        }
        #expect(compared > 20_000)
    }

    static let columns = [
        "clean_graphics": "ps3.15-clean-graphics", "clean_structured_content": "ps3.15-clean-structured-content",
        "clean_descriptors": "ps3.15-clean-descriptors",
        "retain_longitudinal_full_dates": "ps3.15-retain-full-dates",
        "retain_longitudinal_modified_dates": "ps3.15-retain-modified-dates",
        "retain_patient_characteristics": "ps3.15-retain-patient-characteristics",
        "retain_device_identity": "ps3.15-retain-device-identity", "retain_uids": "ps3.15-retain-uids",
        "retain_safe_private": "ps3.15-retain-safe-private",
        "retain_institution_identity": "ps3.15-retain-institution-identity",
    ]

    /// What a cell of an option's column asks for. Nil: nothing can be cleaned, and the row of the basic profile stands.
    static func expected(_ column: String, _ cell: String, _ vr: VR?) -> ProfileAction? {
        if cell == "K" { return .keep }
        switch (column, vr) {
        case ("retain_longitudinal_modified_dates", .DA), ("retain_longitudinal_modified_dates", .TM),
            ("retain_longitudinal_modified_dates", .DT):
            return .shiftDate
        // The offset from UTC, which days that are shifted leave true.
        case ("retain_longitudinal_modified_dates", .SH): return .keep
        case ("retain_longitudinal_modified_dates", _), ("clean_descriptors", .OB): return nil
        // Items and codes are cleaned in their elements; what is coded has no text.
        case ("clean_descriptors", .SQ), ("clean_descriptors", .CS): return .keep
        default: return .clean
        }
    }

    @Test(.enabled(if: shared != nil)) func `options do what their column says, and inherit the rest`() throws {
        let rows = try Self.rows("ps3.15_e1_1_2026d.csv")
        let ruleSet = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/profiles/ps3.15-options.xml").ruleSet
        let basic = try Self.actions(#require(ruleSet?.profiles["ps3.15-basic"]))
        var codes: Set<String> = []
        for (column, id) in Self.columns {
            let profile = try #require(ruleSet?.profiles[id])
            #expect(profile.ancestors == ["ps3.15-basic"])
            #expect(profile.methodCodes.count == 2)
            codes.formUnion(profile.methodCodes.map(\.code))
            let actions = Self.actions(profile)
            var cells = 0
            for row in rows {
                guard let tag = Self.tag(row["tag"] ?? ""), let cell = row[column] else { continue }
                let expected = cell.isEmpty ? nil : Self.expected(column, cell, StandardDictionary.vr(of: tag))
                #expect(actions[tag] == expected ?? basic[tag], "\(id) \(tag)")
                cells += cell.isEmpty ? 0 : 1
            }
            #expect(cells >= (column == "retain_safe_private" ? 0 : 3), "\(column)")
        }
        #expect(codes == Set(["113100"] + (113103...113112).map(String.init)))
    }

    /// Rows that are one attribute.
    static func tag(_ text: String) -> Tag? {
        guard !text.hasPrefix("(0000,"), !text.hasPrefix("(50xx") else { return nil }
        return Tag(text.lowercased().replacing("xx", with: "00"))
    }

    private static func actions(_ profile: Profile) -> [Tag: ProfileAction] {
        var actions: [Tag: ProfileAction] = [:]
        for statement in profile.statements {
            switch statement.selector {
            case .tag(let tag): actions[tag] = statement.action
            case .repeating(let group, let element): actions[Tag(group, element)] = statement.action
            default: break
            }
        }
        return actions
    }

    @Test(.enabled(if: shared != nil)) func `every private element of Table E.3.10-1 stays, as far as it is safe`()
        throws
    {
        let profile = try Self.profile("ps3.15-retain-safe-private", in: "ps3.15-options.xml")
        #expect(profile.settings.honoursPrivateCharacteristics)
        var actions: [String: ProfileAction] = [:]
        for statement in profile.statements {
            guard case .privateElement(let group, let creator, let element) = statement.selector else { continue }
            let place = String(format: "(%04X,xx%02X)", Int(group), Int(element))
            actions["\(place) \(creator)"] = statement.action
        }
        let rows = try Self.rows("ps3.15_e3_10_1_2026d.csv")
        for row in rows {
            let tag = (row["tag"] ?? "").uppercased().replacing(",XX", with: ",xx")
            let expected: ProfileAction =
                switch row["vr"] {
                case "UI": .uid
                case "LO", "LT", "SH", "ST", "UC", "UT": .clean
                default: .keep
                }
            #expect(actions["\(tag) \(row["private_creator"] ?? "")"] == expected, "\(tag)")
        }
        #expect(actions.count == rows.count)
        #expect(profile.statements.contains { $0.selector == .privateGroups && $0.action == .remove })
    }

    @Test(.enabled(if: shared != nil)) func `every concept of Table E.3.4-1 is treated as its columns say`() throws {
        let ruleSet = RuleSetLoader().load(path: Fixtures.packageRoot + "/Rules/profiles/ps3.15-options.xml").ruleSet
        let rows = try Self.rows("ps3.15_e3_4_1_sr_concepts_2020.csv")
        for (column, id) in Self.columns.merging(
            ["basic_profile": "ps3.15-basic"], uniquingKeysWith: { first, _ in first })
        {
            let concepts = try #require(ruleSet?.profiles[id]).settings.concepts
            func action(_ system: String, _ code: String, _ type: String) -> ProfileAction? {
                let found = concepts.filter { $0.system == system && $0.code == code }
                return (found.first { $0.valueType == type } ?? found.first { $0.valueType == nil })?.action
            }
            for row in rows {
                let cell = row[column] ?? ""
                let expected: ProfileAction =
                    switch cell.isEmpty ? row["basic_profile"] : cell {
                    case "X": .remove
                    case "K": .keep
                    case "C": column == "retain_longitudinal_modified_dates" ? .shiftDate : .clean
                    default: .dummy
                    }
                let system = row["coding_scheme"] ?? "", code = row["code_value"] ?? "", type = row["value_type"] ?? ""
                #expect(action(system, code, type) == expected, "\(id) (\(code), \(system)) \(type)")
            }
            // Finding Site as reports of before 2018 code it.
            let site = concepts.first { $0.system == "SCT" && $0.code == "363698007" }?.action
            #expect(concepts.first { $0.system == "SRT" && $0.code == "G-C0E3" }?.action == site)
        }
        #expect(rows.count == 206)
    }

    @Test func `options that contradict each other are not joined, all others are`() throws {
        func findings(_ options: [String]) -> [Finding] {
            let text = """
                <ruleset xmlns="urn:cordon:rules:1" id="t" revision="1"><include href="ps3.15-options.xml"/>
                <profile id="p" extends="\(options.joined(separator: " "))"><date-shift unit="weeks" from="-9" to="-1"/></profile>
                <audience id="a"><always><deidentify profile="p"/></always></audience></ruleset>
                """
            return RuleSetLoader().load(text: text, path: Fixtures.packageRoot + "/Rules/profiles/test.xml").findings
        }
        let full = "ps3.15-retain-full-dates", modified = "ps3.15-retain-modified-dates"
        let options = Self.columns.values.sorted()
        #expect(findings([full, modified]).map(\.code) == ["contradicting-profiles"])
        #expect(findings([modified, full]).map(\.code) == ["contradicting-profiles"])
        for left in [full, modified] {
            #expect(findings(options.filter { $0 != left }).isEmpty, "all but \(left)")
        }
    }
}
