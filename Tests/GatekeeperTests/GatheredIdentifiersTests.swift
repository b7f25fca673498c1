import DICOMCore
import DICOMFile
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Gatekeeper
@testable import Inputs

/// What is known of a patient comes from all their instances, and goes out of the text of each.
@Suite struct GatheredIdentifiersTests {
    private static let rules = """
        <ruleset xmlns="urn:cordon:rules:1" id="gathered" revision="1" tier="2">
          <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15.xml"/>
          <include href="\(Fixtures.packageRoot)/Rules/profiles/ps3.15-options.xml"/>
          <audience id="research"><always><deidentify profile="ps3.15-clean-descriptors"/></always></audience>
        </ruleset>
        """

    private static let text = "stable Wurzelgruber told MQX-77 room"
    private static let description = Tag(0x0008, 0x1030)

    /// An instance whose text says a name and a number that nothing in it tells to be such.
    private func telling(patient: String = Samples.patientID, study: Int = 1, instance: Int = 1) -> [UInt8] {
        Samples.dataSet(patient: patient, study: study, instance: instance).inserting(
            Self.description, .LO, Self.text
        ).file()
    }

    /// An instance in whose elements they are a physician's name and a number of the patient.
    private func naming(patient: String = Samples.patientID, study: Int = 1, instance: Int = 2) -> [UInt8] {
        Samples.dataSet(patient: patient, study: study, instance: instance)
            .inserting(Tag(0x0008, 0x0090), .PN, "Wurzelgruber^Kunigunde")
            .inserting(Tag(0x0010, 0x1000), .LO, "MQX-77").file()
    }

    /// Study descriptions of all outputs, sorted.
    private func descriptions(_ folder: WorkFolder, _ output: String = "out") throws -> [String] {
        try folder.files("\(output)/released").compactMap { name in
            let file = try DICOMFile(bytes: try folder.bytes("\(output)/released/\(name)"))
            return file.dataSet.child(Self.description).flatMap { try? file.values(of: $0).first }
        }.sorted()
    }

    private func apply(
        _ folder: WorkFolder, _ inputs: [String] = ["in"], to output: String = "out", jobs: Int = 2
    ) throws -> BatchRun.Report {
        try folder.apply(inputs, to: output, audience: "research", jobs: jobs, rules: Self.rules)
    }

    @Test func `a name that stands in the second instance alone is cleaned out of the first`() throws {
        let folder = WorkFolder()
        try folder.write("in/1", telling())
        _ = try apply(folder, to: "alone")
        #expect(try descriptions(folder, "alone") == [Self.text])
        try folder.write("in/2", naming())
        _ = try apply(folder)
        #expect(try descriptions(folder) == ["stable told room"])
    }

    @Test func `studies of one patient share what is known, and those of another have no part in it`() throws {
        let folder = WorkFolder()
        try folder.write("in/1", telling(study: 1))
        try folder.write("in/2", naming(study: 2))
        try folder.write("in/3", telling(patient: "OTHER", study: 3))
        _ = try apply(folder)
        #expect(try descriptions(folder) == ["stable told room", Self.text].sorted())
    }

    @Test func `an input that comes late cleans what was made before it, as if it had been there from the start`()
        throws
    {
        let folder = WorkFolder()
        try folder.write("in/1", telling())
        try folder.write("in/other", telling(patient: "OTHER", study: 3))
        #expect(try apply(folder).summary.counts.deidentified == 2)
        #expect(try descriptions(folder) == [Self.text, Self.text])
        try folder.write("in/2", naming())
        let report = try apply(folder)
        // The other patient's was done before.
        #expect(report.summary.counts.deidentified == 3 && report.keptCount == 1)
        #expect(try descriptions(folder) == ["stable told room", Self.text].sorted())
        _ = try apply(folder, to: "fresh")
        #expect(try folder.tree("out/released") == folder.tree("fresh/released"))
        #expect(try !apply(folder).isChanged)
    }

    @Test func `outputs are the same bytes in every run, with any number of jobs and in any order`() throws {
        let folder = WorkFolder()
        for instance in 1...12 {
            let name = String(UInt64(instance) &* 0x9E37_79B9_7F4A_7C15, radix: 36)
            try folder.write("in/\(name)", instance == 7 ? naming(instance: 7) : telling(instance: instance))
            try folder.write("in/o\(name)", telling(patient: "OTHER", study: 3, instance: instance))
        }
        _ = try apply(folder, to: "first", jobs: 1)
        let first = try folder.tree("first/released")
        #expect(try descriptions(folder, "first").count { $0 == "stable told room" } == 11)
        #expect(try descriptions(folder, "first").count { $0 == Self.text } == 12)
        let names = try folder.files("in").map { "in/\($0)" }
        for (number, jobs) in [1, 2, 8, 16].enumerated() {
            _ = try apply(folder, number % 2 == 0 ? names.reversed() : ["in"], to: "out\(number)", jobs: jobs)
            #expect(try folder.tree("out\(number)/released") == first)
        }
    }
}

extension DataSetBuilder {
    /// With an element in its place among those that are there.
    func inserting(_ tag: Tag, _ vr: VR, _ text: String) -> DataSetBuilder {
        let place =
            parts.firstIndex { part in
                if case .element(let other, _, _) = part { other >= tag } else { false }
            } ?? parts.count
        return DataSetBuilder(parts[..<place] + [.element(tag, vr, Array(text.utf8))] + parts[place...])
    }
}
