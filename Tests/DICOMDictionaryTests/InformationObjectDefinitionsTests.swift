import DICOMCore
import Testing

@testable import DICOMDictionary

struct InformationObjectDefinitionsTests {
    typealias Definitions = InformationObjectDefinitions

    static let ct = "1.2.840.10008.5.1.4.1.1.2"
    static let enhancedCT = "1.2.840.10008.5.1.4.1.1.2.1"
    static let enhancedSR = "1.2.840.10008.5.1.4.1.1.88.22"

    func type(_ path: Tag..., in sopClass: String) throws -> Definitions.AttributeType? {
        Definitions.type(of: path, in: try #require(Definitions.iod(forSOPClass: sopClass)))
    }

    @Test func `a SOP class gives its IOD`() {
        #expect(Definitions.iod(forSOPClass: Self.ct)?.name == "ct-image")
        for uid in ["", "1.2.3", "1.2.840.10008.1.2.1", Self.ct + " "] {
            #expect(Definitions.iod(forSOPClass: uid) == nil)
        }
    }

    @Test func `Types are those of the modules`() throws {
        #expect(try type(.patientName, in: Self.ct) == .type2)
        #expect(try type(.sopInstanceUID, in: Self.ct) == .type1)
        #expect(try type(.sensitiveContentCodeSequence, in: Self.ct) == .type3)
        #expect(try type(Tag(0x0018, 0x0050), in: Self.ct) == .type2)
        #expect(try type(Tag(0x0040, 0xA730), in: Self.ct) == nil)
        #expect(try type(Tag(0x0009, 0x1010), in: Self.ct) == nil)
    }

    @Test func `an attribute in a sequence has its own Type there`() throws {
        #expect(try type(Tag(0x0008, 0x1140), Tag(0x0008, 0x1155), in: Self.ct) == .type1)
        #expect(try type(Tag(0x0008, 0x1155), in: Self.ct) == nil)
        #expect(try type(Tag(0x0008, 0x1140), .patientName, in: Self.ct) == nil)
        #expect(try type(.patientName, .patientID, in: Self.ct) == nil)
    }

    @Test func `functional groups are known, shared and per frame`() throws {
        for groups in [Tag(0x5200, 0x9229), Tag(0x5200, 0x9230)] {
            #expect(try type(groups, Tag(0x0020, 0x9113), Tag(0x0020, 0x0032), in: Self.enhancedCT) == .type1C)
            #expect(try type(groups, Tag(0x0020, 0x9111), Tag(0x0018, 0x9074), in: Self.enhancedCT) == .type1C)
        }
        #expect(try type(Tag(0x5200, 0x9230), Tag(0x0020, 0x9111), Tag(0x0018, 0x9074), in: Self.ct) == nil)
    }

    @Test(arguments: 1...30) func `content items are known at any depth`(depth: Int) throws {
        let iod = try #require(Definitions.iod(forSOPClass: Self.enhancedSR))
        let content = [Tag](repeating: Tag(0x0040, 0xA730), count: depth)
        #expect(Definitions.type(of: content, in: iod) == .type1C)
        #expect(Definitions.type(of: content + [Tag(0x0040, 0xA123)], in: iod) == .type1C)
        #expect(Definitions.type(of: content + [Tag(0x0040, 0xA043), .codeMeaning], in: iod) == .type1)
        #expect(Definitions.type(of: content + [Tag(0x0040, 0xA171)], in: iod) == .type3)
        #expect(Definitions.type(of: content + [.patientName], in: iod) == nil)
    }

    @Test(arguments: [0x6000, 0x6002, 0x601E] as [UInt16]) func `overlays are known in each of their groups`(
        group: UInt16
    ) throws {
        #expect(try type(Tag(group, 0x3000), in: Self.ct) == .type1)
        #expect(try type(Tag(group + 1, 0x3000), in: Self.ct) == nil)
    }

    @Test func `what only optional modules demand is told apart`() throws {
        let iod = try #require(Definitions.iod(forSOPClass: Self.ct))
        // Overlay Plane is a module of usage U.
        #expect(Definitions.type(of: [Tag(0x6000, 0x3000)], in: iod) == .type1)
        #expect(Definitions.mandatoryType(of: [Tag(0x6000, 0x3000)], in: iod) == nil)
        #expect(Definitions.mandatoryType(of: [.patientName], in: iod) == .type2)
        #expect(Definitions.mandatoryType(of: [], in: iod) == nil)
    }

    @Test(.enabled(if: SourceTables.areThere)) func `every attribute of every module has its strongest Type`() throws {
        let order: [String: Int] = ["1": 1, "1C": 2, "2": 3, "2C": 4, "3": 5]
        var modules: [String: [(path: [Tag], type: String)]] = [:]
        for row in try SourceTables.rows("ps3.3_module_attributes_2026b.csv") {
            let text = [row["path_tags"], row["tag"]].compactMap { $0 }.joined(separator: "/")
            let tags = text.split(separator: "/").map { Tag($0.replacing("x", with: "0")) }
            // Two abbreviated keywords of PS3.3 come without a tag.
            guard !tags.contains(nil), row["tag"] != "", let type = row["type"] else { continue }
            let module = try #require(row["module"])
            modules[module, default: []].append((tags.compactMap { $0 }, type))
        }
        var strongest: [String: [[Tag]: Int]] = [:]
        for row in try SourceTables.rows("ps3.3_iod_modules_2026b.csv") {
            let iod = try #require(row["iod"])
            let module = try #require(row["module"])
            for (path, type) in modules[module] ?? [] {
                let rank = order[type] ?? 9
                strongest[iod, default: [:]][path] = min(strongest[iod]?[path] ?? 9, rank)
            }
        }
        var compared = 0
        for row in try SourceTables.rows("ps3.4_sop_class_iod_2026b.csv") {
            let uid = try #require(row["sop_class_uid"])
            let iod = try #require(Definitions.iod(forSOPClass: uid))
            #expect(iod.name == row["iod"])
            for (path, rank) in strongest.removeValue(forKey: iod.name) ?? [:] {
                let type = Definitions.type(of: path, in: iod)
                #expect(type.flatMap { order[$0.rawValue] } == rank, "\(iod.name) \(path)")
                compared += 1
            }
        }
        #expect(compared > 100_000)
    }
}
