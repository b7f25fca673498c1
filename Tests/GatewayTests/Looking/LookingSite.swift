import CustodyLog
import DICOMCore
import DICOMFile
import Foundation
import Registry
import TestSupport
import Testing

@testable import Gateway

/// A built gateway between askers and an archive, both of other makers. What is in the archive came by the gateway, from a
/// modality: three studies, one of a VIP, each with two series of two instances.
struct LookingSite: Sendable {
    enum Behind: String, CaseIterable, Sendable {
        /// dcmqrscp that is asked by C-GET, and by C-MOVE.
        case get, move
        /// Orthanc, by DIMSE, and by its DICOMweb plugin.
        case orthanc, web

        var isThere: Bool {
            switch self {
            case .get, .move: ArchiveBehind.dcmqrscp.program != nil
            case .orthanc, .web: WebLookingTests.isThere
            }
        }

        static var installed: [Behind] { allCases.filter(\.isThere) }
    }

    static let rules = LookingRules.text.replacing(
        #"<audience id="staff">"#,
        with: """
            <audience id="nobody"><always><sequester/></always></audience>
            <audience id="emergency"><always><release/></always></audience>
            <audience id="staff">
            """)

    let site: Site
    let gateway: Site.Running
    /// Where C-MOVEs to `WARD` and `STAFF` go.
    let destination: Int
    /// Of the listener for DICOMweb, if there is one.
    let web: String

    /// - Parameters:
    ///   - more: of the configuration, beside peers WARD, STAFF, RESEARCH and NOBODY, which have audiences of those names.
    ///   - listener: in place of a listener for DICOMweb; it is given its port.
    static func run(
        _ behind: Behind, more: String = "", folder: WorkFolder? = nil, users: String = "",
        listener: (Int) throws -> String = { _ in "" }, _ body: (LookingSite) async throws -> Void
    ) async throws {
        let folder = try folder ?? WorkFolder()
        let port = try Ports.take(), archivePort = try Ports.take(), webPort = try Ports.take()
        let destination = try Ports.take(), listenerPort = try Ports.take()
        let archive = try start(behind, folder, port: archivePort, web: webPort, gateway: port)
        let place = #"host="127.0.0.1" port="\#(archivePort)""#
        let pacs =
            switch behind {
            case .get, .move, .orthanc:
                #"<peer id="pacs" title="ARCHIVE" \#(place) addresses="127.0.0.1" roles="receive"/>"#
            case .web: #"<peer id="pacs" url="http://127.0.0.1:\#(webPort)/dicom-web" roles="receive"/>"#
            }
        let askers = ["ward", "staff", "research", "nobody"].map { name in
            let place = ["ward", "staff"].contains(name) ? #"host="127.0.0.1" port="\#(destination)""# : ""
            return """
                <peer id="\(name)" title="\(name.uppercased())" addresses="127.0.0.1" \(place) roles="ask" audience="\(name)"/>
                """
        }
        let asked =
            switch behind {
            case .get, .orthanc: #"<archive peer="pacs"/>"#
            case .move: #"<archive peer="pacs" retrieve="move"/>"#
            case .web: #"<archive peer="pacs" by="web"/>"#
            }
        let site = try await Site(
            folder: folder, peers: ([pacs] + askers).joined(separator: "\n"),
            routes: #"<route id="all"><to peer="pacs" audience="staff"/></route>"#,
            more: [asked, users, more, try listener(listenerPort)].joined(separator: "\n"), rules: rules, port: port)
        let gateway = try await site.start()
        let scene = LookingSite(
            site: site, gateway: gateway, destination: destination,
            web: "https://localhost:\(listenerPort)/dicom-web")
        do {
            try await scene.fill()
            try await body(scene)
        } catch {
            Issue.record("\(error)\nthe gateway said: \(site.log.suffix(4000))")
        }
        await gateway.stop()
        await archive.kill()
        #expect(gateway.program.status == 0, "\(site.log.suffix(2000))")
        for secret in ["Stone", "Rosetta", "Roe^Jane", "V-1"] {
            #expect(!site.log.contains(secret), "no patient data in the log")
        }
    }

    /// The modality's work: everything goes to the archive, through the gateway.
    private func fill() async throws {
        var files: [String] = []
        for study in LookingTests.studies {
            for series in 1...2 {
                for instance in 1...2 {
                    files.append(
                        try site.folder.write(
                            "in/\(study).\(series).\(instance).dcm",
                            LookingTests.file(study, series: series, instance: instance)))
                }
            }
        }
        let sent = try await gateway.send(files)
        try #require(sent.status == 0, "\(sent.output)")
        try await eventually("the archive has all: \(site.log.suffix(3000))") {
            try site.lines("sent").count == files.count
        }
    }

    private static func start(
        _ behind: Behind, _ folder: WorkFolder, port: Int, web: Int, gateway: Int
    ) throws -> Program {
        let store = folder("archive")
        try FileManager.default.createDirectory(atPath: store, withIntermediateDirectories: true)
        try folder.write("archive.log", text: "")
        switch behind {
        case .get, .move:
            let configuration = try folder.write(
                "archive.cfg",
                text: """
                    NetworkTCPPort  = \(port)
                    MaxPDUSize      = 16384
                    MaxAssociations = 32
                    HostTable BEGIN
                    cordon = (CORDON, 127.0.0.1, \(gateway))
                    HostTable END
                    VendorTable BEGIN
                    VendorTable END
                    AETable BEGIN
                    ARCHIVE \(store) RW (200, 1024mb) ANY
                    AETable END

                    """)
            return try Program(["dcmqrscp", "-v", "-c", configuration], output: folder("archive.log"))
        case .orthanc, .web:
            let configuration = try folder.write(
                "orthanc.json",
                text: """
                    {"Name": "test", "HttpPort": \(web), "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
                     "DicomAet": "ARCHIVE", "DicomPort": \(port), "DicomAlwaysAllowEcho": true, "DicomCheckCalledAet": false,
                     "DicomAlwaysAllowStore": true, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true, "StorageDirectory": "\(store)", "IndexDirectory": "\(store)",
                     "Plugins": ["\(WebLookingTests.plugin)"], "DicomWeb": {"Enable": true, "Root": "/dicom-web/"}}
                    """)
            let program = try #require(WebLookingTests.program)
            return try Program([program, configuration], output: folder("archive.log"))
        }
    }

    // MARK: - Askers

    /// Study Instance UIDs and so on that `findscu` prints of what matches, and the rest of its output.
    func find(_ title: String, _ keys: [String], model: String = "-S") async throws -> String {
        try await said(
            ["findscu", "-v", model, "-aet", title, "-aec", "CORDON", "127.0.0.1", "\(gateway.port)"]
                + keys.flatMap { ["-k", $0] })
    }

    func get(_ title: String, _ keys: [String], model: String = "-S") async throws -> (
        files: [DICOMFile], output: String
    ) {
        let out = site.folder(UUID().uuidString)
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let output = try await said(
            ["getscu", "-v", model, "-aet", title, "-aec", "CORDON", "-od", out, "127.0.0.1", "\(gateway.port)"]
                + keys.flatMap { ["-k", $0] })
        return (try Fixtures.files(under: out).map { try DICOMFile(path: $0) }, output)
    }

    func move(_ title: String, to other: String, _ keys: [String], model: String = "-S") async throws -> (
        files: [DICOMFile], output: String
    ) {
        let out = site.folder(UUID().uuidString)
        try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
        let output = try await said(
            [
                "movescu", "-d", model, "-aet", title, "-aec", "CORDON", "-aem", other, "+P", "\(destination)", "-od",
                out, "127.0.0.1", "\(gateway.port)",
            ] + keys.flatMap { ["-k", $0] })
        return (try Fixtures.files(under: out).map { try DICOMFile(path: $0) }, output)
    }

    private func said(_ arguments: [String]) async throws -> String {
        try await ArchiveBehind.tool(arguments).output
    }

    /// What is on the custody log of looking, behind an entry.
    func kinds(after size: Int) throws -> [CustodyEvent.Kind] {
        try site.registry().readLog { log in
            try (size..<log.logSize()).compactMap { try log.leaf(at: $0).kind }.filter {
                [.queried, .viewed].contains($0)
            }
        }
    }

    func logSize() throws -> Int { try site.registry().readLog { try $0.logSize() } }
}
