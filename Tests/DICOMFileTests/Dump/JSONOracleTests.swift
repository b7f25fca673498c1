import DICOMFile
import Foundation
import TestSupport
import Testing

/// The JSON of every file of pydicom's, compared with what pydicom and dcm2json make of it.
@Suite(.enabled(if: Fixtures.python != nil && Fixtures.pydicom != nil)) struct JSONOracleTests {
    /// Differences that have a name are explained in the script.
    @Test(arguments: ["pydicom", "dcmtk"])
    func `every file is the same JSON as others make, but for differences that have a name`(reader: String) throws {
        var input: [String] = []
        for path in Fixtures.pydicomFiles + charsetFiles {
            guard let file = try? DICOMFile(path: path) else { continue }
            var options = JSONModel.Options()
            options.inlineBinaryLimit = 1 << 16
            var json = JSONWriter()
            JSONModel(file, options: options).write(to: &json)
            input.append(path + "\t" + json.text)
        }
        let script = try #require(Fixtures.bytes(Fixtures.packageRoot + "/Scripts/compare_json.py"))
        let rows = try Python.rows(
            String(decoding: script, as: UTF8.self), input: input.joined(separator: "\n"),
            environment: ["READER": reader])
        for row in rows where row.first == "differ" { Issue.record("\(row)") }
        // dcm2json refuses encapsulated pixels and character sets that its build does not know.
        let files = rows.first { $0.first == "files" }.flatMap { Int($0[1]) }
        if reader == "pydicom" { #expect(files ?? 0 > 170) } else if let files { #expect(files > 100) }
        for row in rows where row.first != "differ" { print(row.joined(separator: "\t")) }
    }

    private var charsetFiles: [String] {
        guard let folder = Fixtures.pydicom else { return [] }
        return Fixtures.files(under: folder + "/../charset_files").filter { $0.hasSuffix(".dcm") }
    }
}
