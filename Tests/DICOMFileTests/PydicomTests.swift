import DICOMCore
import DICOMEncoding
import DICOMFile
import Foundation
import TestSupport
import Testing

/// The index against another reader's: pydicom reads every file that both can read, and has to find the same elements at
/// the same paths, with the same VRs, lengths and numbers of items. Runs where a virtual environment with pydicom is.
struct PydicomTests {
    struct Report: Decodable {
        var path: String
        var error: String?
        var implicit: Bool?
        var elements: [String: [Entry]]?
    }

    enum Entry: Decodable, Equatable {
        case text(String), number(Int), none

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .none
            } else if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try container.decode(String.self))
            }
        }
    }

    /// Where the two differ for a reason, by the end of the file's name.
    static let differing: [String: String] = [
        "no_preamble_dicm_in_data": "pydicom takes `DICM` in a value for the prefix and reads on from there",
        "GH179A.dcm": "of a blank VR, pydicom takes the length for one of 32 bits; dcmdump reads as we do",
        "dti/001_implicit/IM-0001-3835-0001.dcm": "its private dictionary lacks a sequence",
        "fmri/001_implicit/IM-0001-9600-0001.dcm": "its private dictionary lacks a sequence",
    ]

    @Test(.enabled(if: Fixtures.python != nil && !Fixtures.pydicomFiles.isEmpty))
    func `elements, nesting, VRs and lengths are those that pydicom finds`() throws {
        let files = Fixtures.pydicomFiles + Corpus.entries.filter(\.isReal).map(\.path)
        var compared = 0
        for report in try reports(files) {
            guard let elements = report.elements, let file = try? DICOMFile(path: report.path) else { continue }
            if Self.differing.keys.contains(where: { report.path.hasSuffix($0) }) { continue }
            compared += 1
            let differences = differences(file, elements, isImplicit: report.implicit ?? false)
            #expect(differences.isEmpty, "\(report.path): \(differences.prefix(5))")
        }
        #expect(compared > 90)
    }

    private func reports(_ paths: [String]) throws -> [Report] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Fixtures.python))
        process.arguments = [Fixtures.packageRoot + "/Scripts/pydicom_index.py"]
        let list = temporaryPath(), output = temporaryPath()
        defer { for path in [list, output] { unlink(path) } }
        try Data((paths.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: list))
        process.standardInput = FileHandle(forReadingAtPath: list)
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let lines = try Data(contentsOf: URL(fileURLWithPath: output)).split(separator: UInt8(ascii: "\n"))
        return try lines.map { try JSONDecoder().decode(Report.self, from: $0) }
    }

    /// pydicom keeps the last of elements that come twice, and cannot be asked for what it skipped.
    private func differences(_ file: DICOMFile, _ theirs: [String: [Entry]], isImplicit: Bool) -> [String] {
        var ours: [String: DataSetIndex.NodeID] = [:]
        for id in file.dataSet.nodes.indices where file.dataSet.nodes[id].kind != .item {
            ours["\(file.dataSet.path(of: id))"] = id
        }
        var result: [String] = []
        // Private UN that is a sequence stays bytes where pydicom's dictionary does not know its creator.
        var unread: [String] = []
        for (path, id) in ours.sorted(by: { $0.value < $1.value }) {
            if unread.contains(where: { path.hasPrefix($0) }) { continue }
            let own = file.dataSet.nodes[id]
            if own.vr == .UN, own.tag.isPrivate, own.kind == .sequence, !own.hasUndefinedLength,
                theirs[path]?.dropFirst() == [.number(own.valueLength)]
            {
                unread.append(path + "/")
                continue
            }
            guard let entry = theirs[path] else {
                result.append("\(path) is ours alone")
                continue
            }
            let node = file.dataSet.nodes[id]
            // pydicom has some UN decoded by its dictionary and hands out what came of it.
            if node.vr == .UN, node.kind == .element, entry.first != .text("UN") { continue }
            if case .text(let vr)? = entry.first, node.encoding.isExplicit, vr != node.vr.description {
                result.append("\(path): VR \(node.vr), theirs \(vr)")
            }
            let expected: [Int] =
                switch node.kind {
                case .sequence: [-1, file.dataSet.children(of: id).count]
                case .fragments: [-2]
                default: [node.valueLength]
                }
            let numbers = entry.dropFirst().map { entry in if case .number(let number) = entry { number } else { -9 } }
            // -3: pydicom has decoded the value, its bytes are gone.
            if numbers != [-3], numbers != expected { result.append("\(path): \(expected), theirs \(numbers)") }
        }
        for path in theirs.keys.sorted() where ours[path] == nil { result.append("\(path) is theirs alone") }
        return result
    }
}
