import CustodyLog
import DICOMCore
import DICOMFile
import Foundation
import Host
import Production
import Registry
import RuleLanguage
import TestSupport
import Testing
import Vault

/// A site of a test, in a folder that is gone with it: a registry, a vault and a log, with what was received.
final class MatterSite {
    let path: String
    let registry: Registry
    let vault: Vault
    let log: LogFolder
    let keeper: Person
    let counsel: Person
    private var clock = Instant(milliseconds: 1_795_000_000_000)

    static let root = "1.2.826.0.1.3680043.8.498.78"
    static let reason = "order of the court"

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-matter-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        registry = try Registry.open(path + "/site")
        vault = try Vault(path: path + "/site/vault", keys: path + "/site/keys", making: .plain)
        log = try LogFolder(registry: path + "/site")
        _ = try log.signingKey(makingFor: "hospital.example/custody")
        keeper = try #require(Person("R. Keeper"))
        counsel = try #require(Person("A. Counsel"))
    }

    deinit {
        // The vault's objects may be immutable.
        _ = try? run("/usr/bin/env", ["chattr", "-R", "-f", "-i", path])
        try? FileManager.default.removeItem(atPath: path)
    }

    func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

    /// Later than ever before.
    func now() -> Instant {
        clock = clock.adding(seconds: 1)
        return clock
    }

    // MARK: - What is received

    static func uid(_ number: Int) -> String { "\(root).\(number).1" }
    static func study(_ number: Int) -> String { "\(root).9\(number)" }

    static func instance(
        _ number: Int, patient: String = "P1", name: String = "Roe^Jane", study: Int = 1, pixels: DataSetBuilder? = nil
    ) -> [UInt8] {
        let builder = DataSetBuilder()
            .text(.sopClassUID, .UI, "1.2.840.10008.5.1.4.1.1.2")
            .text(.sopInstanceUID, .UI, uid(number))
            .text(DICOMCore.Tag(0x0008, 0x0020), .DA, "20260301")
            .text(.modality, .CS, "CT")
            .text(.patientName, .PN, name)
            .text(.patientID, .LO, patient)
            .text(.studyInstanceUID, .UI, Self.study(study))
            .text(.seriesInstanceUID, .UI, "\(root).8\(study)")
            .text(DICOMCore.Tag(0x0020, 0x0013), .IS, String(number))
        return DataSetBuilder(builder.parts + (pixels ?? grey()).parts).file(.explicitLittleEndian)
    }

    /// 4 by 4 pixels of 16 bits.
    static func grey() -> DataSetBuilder {
        let values = (0..<16).flatMap { (value: UInt8) -> [UInt8] in [value * 16, 0] }
        return DataSetBuilder()
            .integers(DICOMCore.Tag(0x0028, 0x0002), .US, 1).text(DICOMCore.Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
            .integers(DICOMCore.Tag(0x0028, 0x0010), .US, 4).integers(DICOMCore.Tag(0x0028, 0x0011), .US, 4)
            .integers(DICOMCore.Tag(0x0028, 0x0100), .US, 16).integers(DICOMCore.Tag(0x0028, 0x0101), .US, 12)
            .integers(DICOMCore.Tag(0x0028, 0x0102), .US, 11).integers(DICOMCore.Tag(0x0028, 0x0103), .US, 0)
            .bytes(.pixelData, .OW, values)
    }

    private static let tags: [InstanceAttribute: DICOMCore.Tag] = [
        .sopClassUID: .sopClassUID, .sopInstanceUID: .sopInstanceUID, .studyDate: DICOMCore.Tag(0x0008, 0x0020),
        .modality: .modality, .patientName: .patientName, .patientID: .patientID, .studyInstanceUID: .studyInstanceUID,
        .seriesInstanceUID: .seriesInstanceUID,
    ]

    @discardableResult
    func receive(_ bytes: [UInt8], unreadable: InstanceAttribute? = nil) throws -> String {
        let incoming = try vault.begin(expecting: Int64(bytes.count))
        try bytes.withUnsafeBytes { try incoming.write($0) }
        let stored = try incoming.store()
        let file = try DICOMFile(bytes: bytes)
        var attributes: [InstanceAttribute: String] = [:]
        for (attribute, tag) in Self.tags { attributes[attribute] = file.text(tag) }
        if let unreadable { attributes[unreadable] = nil }
        try registry.receive(
            Instance(
                digest: stored.digest, size: stored.size, attributes: attributes,
                unreadable: unreadable.map { [$0] } ?? [], received: now(), source: "MODALITY"), by: keeper)
        try incoming.confirm()
        return stored.digest
    }

    @discardableResult
    func hold(_ scope: Scope = .patient(PatientIdentity(id: "P1")), matter: String = "Roe v. Hospital") throws -> Hold {
        try registry.place(
            HoldOrder(
                matter: matter, custodian: "Legal", reason: "suit over a fall", authority: "District court",
                scope: scope),
            by: counsel, at: now())
    }

    /// Three of the patient, two of another, a hold in between.
    static func withMatter() throws -> MatterSite {
        let site = try MatterSite()
        try site.receive(instance(1))
        try site.receive(instance(2))
        try site.receive(instance(8, patient: "P2", name: "Stranger^Carl", study: 2))
        try site.hold()
        _ = try site.registry.readLog { [log = site.log] in try log.sign($0) }
        try site.receive(instance(3))
        try site.receive(instance(9, patient: "P2", name: "Stranger^Carl", study: 2))
        return site
    }

    // MARK: - What is handed over

    func order(_ output: String = "out", matter: String = "Roe v. Hospital") -> ProductionOrder {
        ProductionOrder(
            matter: matter, output: self(output), person: counsel, reason: Self.reason, time: now(), version: "0.0.0")
    }

    @discardableResult
    func export(_ output: String = "out", _ change: (inout ProductionOrder) -> Void = { _ in }) throws
        -> ProductionReport
    {
        var order = order(output)
        change(&order)
        return try MatterExport(registry: registry, vault: vault, log: log).run(order)
    }

    func files(_ folder: String = "out") throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: self(folder)).filter { name in
            var isFolder: ObjCBool = false
            let isThere = FileManager.default.fileExists(atPath: self("\(folder)/\(name)"), isDirectory: &isFolder)
            return isThere && !isFolder.boolValue
        }.sorted()
    }

    func bytes(_ name: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(fileURLWithPath: self(name)))) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: self(name)))
    }
}

/// Runs a program to its end.
@discardableResult
func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
) throws -> (status: Int32, output: String, error: String) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cordon-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
    let output = folder.appendingPathComponent("output"), error = folder.appendingPathComponent("error")
    for file in [output, error] { _ = FileManager.default.createFile(atPath: file.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: error)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (
        process.terminationStatus, try String(contentsOf: output, encoding: .utf8),
        try String(contentsOf: error, encoding: .utf8)
    )
}

/// The verifier as it goes into bags, run by the Python of this machine.
enum Verifier {
    static let folder = Fixtures.packageRoot + "/Tests/ProductionTests/Python"
    static let script = Fixtures.packageRoot + "/Sources/Production/verify.py"
    static let python = Fixtures.python ?? "/usr/bin/python3"

    /// The words by question, and the status.
    static func words(_ bag: String, _ arguments: [String] = [], script: String = script) throws
        -> (words: [String: String], status: Int32, output: String)
    {
        let done = try run(python, [script, "--json"] + arguments + [bag])
        let object = try JSONSerialization.jsonObject(with: Data(done.output.utf8)) as? [String: [Any]] ?? [:]
        return (object.compactMapValues { $0.first as? String }, done.status, done.output)
    }

    static let command: String = {
        let test = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: test).deletingLastPathComponent().appendingPathComponent("cordon").path
    }()
}

extension BagVerdicts {
    var words: [String: String] {
        Dictionary(uniqueKeysWithValues: Question.allCases.map { ($0.rawValue, self[$0].word.rawValue) })
    }

    /// What was found wrong.
    var faults: [String] {
        Question.allCases.flatMap { self[$0].findings.filter { $0.word > .unconfirmed }.map(\.text) }
    }
}
