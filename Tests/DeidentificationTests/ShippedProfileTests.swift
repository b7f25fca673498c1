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

    @Test(.enabled(if: shared != nil)) func `options keep what their column keeps, and inherit the rest`() throws {
        let columns = [
            "retain_uids": "ps3.15-retain-uids", "retain_device_identity": "ps3.15-retain-device-identity",
            "retain_institution_identity": "ps3.15-retain-institution-identity",
            "retain_patient_characteristics": "ps3.15-retain-patient-characteristics",
            "retain_longitudinal_full_dates": "ps3.15-retain-full-dates",
        ]
        let rows = try Self.rows("ps3.15_e1_1_2026d.csv")
        for (column, id) in columns {
            let profile = try Self.profile(id, in: "ps3.15-options.xml")
            #expect(profile.ancestors == ["ps3.15-basic"])
            #expect(profile.methodCodes.count == 2)
            let actions = Dictionary(
                profile.statements.map { ($0.selector, $0.action) }, uniquingKeysWith: { first, _ in first })
            for row in rows {
                guard let cell = row[column], !cell.isEmpty, let tag = Tag(row["tag"] ?? ""), tag.group != 0 else {
                    continue
                }
                #expect(actions[.tag(tag)] == (cell == "K" ? .keep : .clean), "\(id) \(tag)")
            }
        }
    }
}
