import DICOMCore
import Foundation
import Registry
import TestSupport
import Testing

@testable import Gateway

/// Orthanc as the modality before the gateway: by C-STORE, and by its DICOMweb client.
struct ModalityTests {
    @Test(.enabled(if: WebLookingTests.isThere, "Orthanc is not installed"), arguments: [true, false])
    func `what Orthanc sends is kept and goes on to the archive`(isWeb: Bool) async throws {
        let folder = try WorkFolder()
        let own = try await KeyFiles("localhost", folder), scanner = try await KeyFiles("scanner", folder)
        let archive = try Archive(folder, "PACS")
        let receiving = try await archive.start()
        let webPort = try Ports.take(), httpPort = try Ports.take(), dicomPort = try Ports.take()
        let site = try await Site(
            folder: folder,
            peers: archive.peer("pacs", audience: "archive")
                + #"<peer id="scanner" certificate="\#(scanner.certificate)" roles="send"/>"#,
            routes: #"<route id="all"><to peer="pacs" audience="archive"/></route>"#,
            more: """
                <web host="127.0.0.1" port="\(webPort)" login="certificate">
                  <tls certificate="\(own.certificate)" key="\(own.key)" clients="\(scanner.certificate)"/>
                </web>
                """)
        let gateway = try await site.start()
        try FileManager.default.createDirectory(atPath: folder("modality"), withIntermediateDirectories: true)
        try folder.write("modality.log", text: "")
        let configuration = try folder.write(
            "modality.json",
            text: """
                {"Name": "modality", "HttpPort": \(httpPort), "RemoteAccessAllowed": false, "AuthenticationEnabled": false,
                 "DicomAet": "CT1", "DicomPort": \(dicomPort), "StorageDirectory": "\(folder("modality"))",
                 "IndexDirectory": "\(folder("modality"))", "Plugins": ["\(WebLookingTests.plugin)"],
                 "DicomModalities": {"cordon": ["CORDON", "127.0.0.1", \(gateway.port)]},
                 "HttpsVerifyPeers": true, "HttpsCACertificates": "\(own.certificate)",
                 "DicomWeb": {"Enable": true, "Root": "/dicom-web/", "Servers": {"cordon": {
                   "Url": "https://localhost:\(webPort)/dicom-web/", "CertificateFile": "\(scanner.certificate)",
                   "CertificateKeyFile": "\(scanner.key)"}}}}
                """)
        let program = try #require(WebLookingTests.program)
        let modality = try Program([program, configuration], output: folder("modality.log"))
        let http = "http://127.0.0.1:\(httpPort)"
        try await eventually("Orthanc answers") {
            try await run(["curl", "-sf", "-o", "/dev/null", "\(http)/system"]).status == 0
        }
        let files = (1...3).map { Instances.file($0) }
        for (number, file) in files.enumerated() {
            let path = try folder.write("in/\(number).dcm", file)
            let put = try await Curl.send("POST", "\(http)/instances", body: "@\(path)")
            #expect(put.status == 200, "\(put)")
        }
        let studies = try await Curl.send("GET", "\(http)/studies").body
        let study = studies.split(separator: "\"").first { $0.count == 44 }.map(String.init) ?? ""
        let sent =
            try await isWeb
            ? Curl.send(
                "POST", "\(http)/dicom-web/servers/cordon/stow",
                body: #"{"Resources": ["\#(study)"], "Synchronous": true}"#)
            : Curl.send("POST", "\(http)/modalities/cordon/store", body: study)
        let said = try String(contentsOfFile: folder("modality.log"), encoding: .utf8)
        #expect(sent.status == 200, "\(sent) \(site.log) \(said.suffix(1500))")
        // Answered means kept.
        #expect(try site.registry().instances(inStudy: Instances.study()).count == 3)
        try await eventually("all have arrived: \(site.log.suffix(2000))") { archive.count == 3 }
        await gateway.stop()
        #expect(gateway.program.status == 0, "\(site.log.suffix(2000))")
        await modality.kill()
        await receiving.kill()
    }
}
