import Glibc
import RuleLanguage
import Testing
import TestSupport

@Suite("Shipped rules")
struct ShippedRulesTests {
    /// All rule files of the project, found by looking.
    static let files: [String] = find("Rules")

    private static func find(_ folder: String) -> [String] {
        var found: [String] = []
        guard let directory = opendir("\(Fixtures.packageRoot)/\(folder)") else { return found }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            if entry.pointee.d_type == UInt8(DT_DIR) { found += find("\(folder)/\(name)") }
            if name.hasSuffix(".xml"), !name.hasSuffix(".test.xml") { found.append("\(folder)/\(name)") }
        }
        return found.sorted()
    }

    @Test func `there are some`() {
        #expect(Self.files.contains("Rules/sites/general-hospital.xml"))
    }

    @Test(arguments: files)
    func `each loads without a finding`(_ file: String) {
        let (ruleSet, findings) = RuleSetLoader().load(path: "\(Fixtures.packageRoot)/\(file)")
        #expect(ruleSet != nil)
        #expect(findings.isEmpty, "\(listed(findings))")
    }
}
