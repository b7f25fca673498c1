import DICOMCore
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing
import struct DICOMCore.Tag

@testable import Deidentification
@testable import PixelCleaning

@Suite("Faces in series of the head")
struct FaceTests {
    private struct Series {
        var folder: WorkFolder
        var paths: [String]

        init(_ head: DrawnHead) throws {
            folder = try WorkFolder()
            paths = try head.write(to: folder.path)
        }

        func finding(_ order: [Int]? = nil) throws -> FaceFinding {
            let files = try (order ?? Array(paths.indices)).map { try DICOMFile(path: paths[$0]) }
            return FaceSeries().finding(files.compactMap { FaceHeader($0) }) { files[$0] }
        }
    }

    /// Of what truth says, how much is in the cut: of the brain, the rest within the skull, the skin of the face; of
    /// nose and chin.
    private static func parts(_ cut: FaceCut, _ series: Series) throws -> (
        brain: Int, skull: Int, face: Double, nose: Double
    ) {
        var taken = [0, 0, 0, 0, 0], all = [0, 0, 0, 0, 0]
        for path in series.paths {
            let truth = try #require(Fixtures.bytes(path.replacing(".dcm", with: ".truth")))
            let mask = PixelMask(cut, try SliceGeometry(DICOMFile(path: path)))
            for value in truth { all[Int(value)] += 1 }
            for (row, spans) in mask.spans.enumerated() {
                for span in spans { for column in span { taken[Int(truth[row * mask.columns + column])] += 1 } }
            }
        }
        #expect(all[1] > 1000 && all[2] > 100 && all[4] > 100)
        return (
            taken[1], taken[3], Double(taken[2]) / Double(max(1, all[2])), Double(taken[4]) / Double(max(1, all[4]))
        )
    }

    private static func single() throws -> DICOMFile {
        let series = try Series(DrawnHead(fault: "single"))
        return try DICOMFile(bytes: #require(series.paths.first.flatMap { Fixtures.bytes($0) }))
    }

    // MARK: Where it is

    @Test(arguments: [
        DrawnHead(size: 1), DrawnHead(modality: "MR", plane: "sagittal"),
        DrawnHead(modality: "MR", plane: "coronal", pitch: -14), DrawnHead(modality: "PT", size: 1.05),
        DrawnHead(modality: "MR", pitch: 16, bodyPart: "", fault: "reversed"), DrawnHead(yaw: 12),
        DrawnHead(modality: "MR", yaw: -9), DrawnHead(size: 0.65, pixel: 1.5, spacing: 3, bodyPart: ""),
    ])
    func `the face is found however the head and the slices lie, and nothing within the skull is of it`(
        _ head: DrawnHead
    ) throws {
        let series = try Series(head)
        let finding = try series.finding()
        guard case .cut(let cut) = finding else {
            Issue.record("\(finding)")
            return
        }
        let parts = try Self.parts(cut, series)
        #expect(parts.brain == 0 && parts.skull == 0 && parts.nose > 0.96, "\(parts)")
        #expect(parts.face > 0.85, "\(parts.face)")
        // The same in any order.
        if head.fault.isEmpty, head.modality == "CT" {
            #expect(try series.finding(series.paths.indices.reversed()) == finding)
        }
    }

    @Test(arguments: ["gap", "single", "upside-down", "no-face", "top", "thigh", "coarse"])
    func `where nobody can tell, nobody says that there is no face`(_ fault: String) throws {
        let finding = try Series(
            DrawnHead(
                modality: fault == "thigh" ? "CT" : "MR", pixel: fault == "coarse" ? 4 : 2,
                bodyPart: fault == "thigh" ? "" : "HEAD",
                fault: fault)
        ).finding()
        guard case .unknown = finding else {
            Issue.record("\(finding)")
            return
        }
    }

    @Test func `a trunk and a leg that says that it is one have no face`() throws {
        guard case .none = try Series(DrawnHead(pixel: 4, bodyPart: "KNEE", fault: "thigh")).finding() else {
            Issue.record("a leg")
            return
        }
        guard case .none = try Series(DrawnHead(pixel: 4, bodyPart: "LEFT KNEE", fault: "thigh")).finding() else {
            Issue.record("a left leg")
            return
        }
        // A side alone names no part.
        guard case .unknown = try Series(DrawnHead(pixel: 4, bodyPart: "LEFT", fault: "thigh")).finding() else {
            Issue.record("a left something")
            return
        }
        for bodyPart in ["", "CHEST"] {
            guard case .none = try Series(DrawnHead(size: 1.5, pixel: 6, bodyPart: bodyPart, fault: "chest")).finding()
            else {
                Issue.record("a trunk")
                return
            }
        }
        // What says that it is a knee and looks like a head is one.
        guard case .cut = try Series(DrawnHead(bodyPart: "KNEE")).finding() else {
            Issue.record("a head")
            return
        }
    }

    @Test func `a series that says that it shows a head, and a head between raised arms, are no trunk`() throws {
        let named = try Series(DrawnHead(size: 1.5, pixel: 6, bodyPart: "HEAD", fault: "chest")).finding()
        guard case .unknown = named else {
            Issue.record("\(named)")
            return
        }
        // Turned so far that no face can be made out.
        let raised = try Series(DrawnHead(yaw: 45, size: 1, pixel: 2, bodyPart: "", fault: "arms")).finding()
        if case .none = raised { Issue.record("\(raised)") }
    }

    @Test(arguments: ["CT", "MR"])
    func `arms beside the head are no part of its shape, or nobody can tell`(_ modality: String) throws {
        let series = try Series(DrawnHead(modality: modality, size: 1, pixel: 2, bodyPart: "", fault: "arms"))
        switch try series.finding() {
        case .unknown(let reason): #expect(!reason.isEmpty)
        case .none: Issue.record("a head between arms has no face")
        case .cut(let cut):
            let parts = try Self.parts(cut, series)
            #expect(parts.brain == 0 && parts.skull == 0 && parts.nose > 0.96 && parts.face > 0.85, "\(parts)")
        }
    }

    @Test func `an image that is another one than its header said is not looked at`() throws {
        let series = try Series(DrawnHead(pixel: 3))
        let headers = try series.paths.compactMap { try FaceHeader(DICOMFile(path: $0)) }
        #expect(headers.count == series.paths.count)
        let other = try Self.single()
        let finding = FaceSeries().finding(headers) { _ in other }
        guard case .unknown(let reason) = finding else {
            Issue.record("\(finding)")
            return
        }
        #expect(reason.contains("header"), "\(reason)")
    }

    @Test func `what is in a part of space is found row by row`() throws {
        let slice = try SliceGeometry(Self.single())
        let cut = FaceCut(planes: [
            .init(normal: [0.3, -0.8, 0.1], distance: 12), .init(normal: [-1, 0.2, 0], distance: -40),
        ])
        let mask = PixelMask(cut, slice)
        var wrong = 0
        for row in 0..<slice.rows {
            for column in 0..<slice.columns {
                let point = slice.point(Double(column), Double(row))
                let isIn = cut.planes.allSatisfy { plane in
                    Vector(plane.normal[0], plane.normal[1], plane.normal[2]).dot(point) >= plane.distance - 1e-9
                }
                if mask.spans[row].contains(where: { $0.contains(column) }) != isIn { wrong += 1 }
            }
        }
        #expect(wrong == 0)
        #expect(mask.pixelCount > 100 && mask.pixelCount < slice.rows * slice.columns)
    }

    @Test func `sines and angles are those of the library`() {
        for step in -60...60 {
            let angle = Double(step) / 50
            let (sine, cosine) = FaceAngle.sineAndCosine(angle)
            #expect(abs(sine - sin(angle)) < 1e-12 && abs(cosine - cos(angle)) < 1e-12)
            #expect(abs(FaceAngle.ofSlope(Double(step) / 10) - atan(Double(step) / 10)) < 1e-12)
        }
    }

    // MARK: What leaves

    private static func rules(_ faces: String = "remove") -> String {
        """
        <ruleset xmlns="urn:cordon:rules:1" id="test" revision="1">
          <profile id="p">
            <keep attribute="PixelData"/><keep vr="CS"/><keep vr="US"/><keep vr="IS"/><keep vr="DS"/><uid vr="UI"/>
            <remove anything="true"/>
            <pixels faces="\(faces)"/>
          </profile>
          <audience id="a" purpose="HRESCH"><always><deidentify profile="p"/></always></audience>
        </ruleset>
        """
    }

    private static func outcome(_ file: DICOMFile, _ faces: FaceFinding?, _ setting: String = "remove") throws
        -> Deidentifier.Outcome
    {
        let folder = try WorkFolder()
        let loaded = RuleSetLoader().load(path: try folder.write("rules.xml", Array(rules(setting).utf8)))
        let ruleSet = try #require(loaded.ruleSet, "\(loaded.findings.map(\.message))")
        let profile = try #require(ruleSet.profiles["p"])
        let key = DeidentificationKey(secret: [UInt8](repeating: 7, count: 32))
        return Deidentifier(ruleSet: ruleSet, profile: profile, key: key)
            .cleaningPixels(with: ProfilePixelCleaner(profile, in: ruleSet)).deidentify(file, faces: faces)
    }

    @Test func `an instance of which nobody looked at the series, or saw nothing for certain, is sequestered`() throws {
        let file = try Self.single()
        for (finding, word) in [(nil, "whole series"), (FaceFinding.unknown("there are gaps"), "there are gaps")] {
            guard case .sequester(let reason) = try Self.outcome(file, finding) else {
                Issue.record("\(word)")
                continue
            }
            #expect(reason.contains(word))
        }
        guard case .edited = try Self.outcome(file, .none("it is a leg")) else {
            Issue.record("a leg")
            return
        }
        guard case .edited = try Self.outcome(file, nil, "leave") else {
            Issue.record("faces that stay")
            return
        }
    }

    @Test func `a claim of recognizable features holds an instance back unless its face went`() throws {
        let source = try Self.single()
        let claim = NewElement(tag: Tag(0x0028, 0x0302), vr: .CS, text: "YES")
        let file = try DICOMFile(bytes: EditedDataSet(source, edits: [.insert(into: nil, claim)]).bytes())
        guard case .sequester = try Self.outcome(file, .none("it is a leg")) else {
            Issue.record("a claim")
            return
        }
        let cut = FaceCut(planes: [.init(normal: [0, -1, 0], distance: 60)])
        guard case .edited(let result) = try Self.outcome(file, .cut(cut)) else {
            Issue.record("a face")
            return
        }
        let after = try DICOMFile(bytes: EditedDataSet(file, edits: result.edits, fileMeta: result.fileMeta).bytes())
        #expect(after.text(Tag(0x0028, 0x0302)) == "NO")
        // Nobody looked for text.
        #expect(after.text(.burnedInAnnotation) == nil)
    }

    @Test(arguments: ["", "1.2.840.10008.1.2.5"])
    func `apply takes the face out of a series, leaves all within the skull as it was, and says so`(
        _ syntax: String
    ) throws {
        let folder = try WorkFolder()
        let rules = try folder.write("rules.xml", Array(Self.rules().utf8))
        let series = try Series(DrawnHead(transferSyntax: syntax))
        let command = URL(fileURLWithPath: try #require(WorkerProgram.installed("cordon-codec")).path)
            .deletingLastPathComponent().appendingPathComponent("cordon").path
        #expect(try Tool.run([command, "key", "new", folder["key"]]).status == 0)
        func apply(_ out: String) throws -> Tool.Result {
            try Tool.run(
                [command, "apply", "--rules", rules, "--audience", "a", "--key", folder["key"], "--quiet"]
                    + series.paths
                    + [folder[out]])
        }
        let first = try apply("out")
        #expect(first.status == 0, "\(first.output)")
        let released = Fixtures.files(under: folder["out"]).filter { $0.hasSuffix(".dcm") }
        #expect(released.count == series.paths.count)
        var outputs: [String: DICOMFile] = [:]
        for path in released {
            let file = try DICOMFile(path: path)
            outputs[try #require(file.text(Tag(0x0020, 0x0013)))] = file
            #expect(file.text(Tag(0x0028, 0x0302)) == "NO")
            let codes = try #require(file.dataSet.child(Tag(0x0012, 0x0064)))
            let values = try file.dataSet.children(of: codes).map { item in
                try file.values(of: #require(file.dataSet.child(Tag(0x0008, 0x0100), of: item)))
            }
            #expect(values == [["113102"]])
        }
        var faceCount = 0, faceLeft = 0, harmed = 0
        for path in series.paths {
            let original = try DICOMFile(path: path)
            let output = try #require(outputs[original.text(Tag(0x0020, 0x0013)) ?? ""])
            let truth = try #require(Fixtures.bytes(path.replacing(".dcm", with: ".truth")))
            let before = try FrameSource(original).image(0).values, after = try FrameSource(output).image(0).values
            for (place, value) in truth.enumerated() {
                // Bit by bit.
                if value == 1 || value == 3, before[place] != after[place] { harmed += 1 }
                if value == 2 || value == 4 {
                    faceCount += 1
                    if after[place] != 0 { faceLeft += 1 }
                }
            }
        }
        #expect(harmed == 0)
        #expect(faceCount > 1000 && faceLeft * 10 < faceCount, "\(faceLeft) of \(faceCount)")
        // Again, nothing is to be done; with one instance less, the series is another one.
        let states = released.map { Fixtures.bytes($0) }
        #expect(try apply("out").status == 0)
        #expect(released.map { Fixtures.bytes($0) } == states)
        let middle = series.paths[series.paths.count / 2]
        try FileManager.default.removeItem(atPath: middle)
        try FileManager.default.removeItem(atPath: series.paths[series.paths.count / 2 + 1])
        let rest = try Tool.run(
            [command, "apply", "--rules", rules, "--audience", "a", "--key", folder["key"], "--quiet"]
                + series.paths.filter { FileManager.default.fileExists(atPath: $0) } + [folder["gap"]])
        #expect(rest.status == 1, "\(rest.output)")
        #expect(Fixtures.files(under: folder["gap"]).filter { $0.contains("/released/") }.isEmpty)
    }
}
