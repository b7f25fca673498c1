import DICOMWeb
import DICOMFile
import Foundation
import TestSupport
import Testing

/// dicomweb-client (PyPI), which others write their programs with, against our server.
@Suite struct `The dicomweb-client of PyPI` {
    private static let script = """
        import sys, io, json, pydicom
        from dicomweb_client.api import DICOMwebClient
        url, folder = sys.argv[1:3]
        client = DICOMwebClient(url=url)
        def say(*words): print(*words, sep='\\t')
        import glob
        files = [pydicom.dcmread(path) for path in sorted(glob.glob(folder + '/*.dcm'))]
        answer = client.store_instances(files)
        say('stored', len(answer.ReferencedSOPSequence), 'FailedSOPSequence' in answer)
        studies = client.search_for_studies()
        say('studies', len(studies), studies[0]['0020000D']['Value'][0])
        say('none', len(client.search_for_studies(search_filters={'PatientID': 'NOBODY'})))
        say('one', len(client.search_for_studies(search_filters={'PatientID': 'X1'}, fields=['PatientName'], limit=5)))
        say('series', len(client.search_for_series('1.2.3')))
        say('instances', len(client.search_for_instances('1.2.3', '1.2.3.4')))
        say('all', len(client.search_for_instances()))
        meta = client.retrieve_study_metadata('1.2.3')
        say('metadata', len(meta), pydicom.Dataset.from_json(json.dumps(meta[0])).PatientName)
        say('series metadata', len(client.retrieve_series_metadata('1.2.3', '1.2.3.4')))
        instance = client.retrieve_instance('1.2.3', '1.2.3.4', '1.2.3.4.5')
        say('instance', instance.SOPInstanceUID, instance.PixelData == files[0].PixelData)
        say('study', len(client.retrieve_study('1.2.3')))
        say('iterated', len(list(client.iter_series('1.2.3', '1.2.3.4'))))
        frames = client.retrieve_instance_frames('1.2.3', '1.2.3.4', '1.2.3.4.5', [2, 1])
        say('frames', [frame[0] for frame in frames])
        uri = url + '/studies/1.2.3/series/1.2.3.4/instances/1.2.3.4.5/bulkdata/7FE00010'
        say('bulk', [len(part) for part in client.retrieve_bulkdata(uri)])
        rendered = client.retrieve_instance_rendered('1.2.3', '1.2.3.4', '1.2.3.4.5', media_types=('image/png',))
        say('rendered', len(rendered))
        try:
            client.retrieve_study('1.2.99')
        except Exception as error:
            say('missing', error.response.status_code)
        """

    @Test(.enabled(if: Fixtures.hasPython("dicomweb_client"), "dicomweb-client is not installed"))
    func `stores, searches and retrieves`() async throws {
        let archive = MemoryArchive()
        let services = WebServices(
            authenticator: AnonymousAuthenticator(), receiver: archive, queries: archive, retrieval: archive)
        try await withFolder { folder in
            for number in 5..<8 {
                let file = Sample.file(instance: "1.2.3.4.\(number)")
                try Data(file).write(to: folder.appendingPathComponent("\(number).dcm"))
            }
            let python = try #require(Fixtures.python)
            try await withServer(services) { url in
                let (status, output) = try await run([python, "-W", "ignore", "-c", Self.script, url, folder.path])
                #expect(status == 0, "\(output)")
                let lines = output.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
                let said = Dictionary(lines.compactMap { line in line.first.map { ($0, Array(line.dropFirst())) } }) {
                    first, _ in first
                }
                #expect(said["stored"] == ["3", "False"])
                #expect(said["studies"] == ["1", "1.2.3"])
                #expect(said["none"] == ["0"])
                #expect(said["one"] == ["1"])
                #expect(said["series"] == ["1"])
                #expect(said["instances"] == ["3"])
                #expect(said["all"] == ["3"])
                #expect(said["metadata"] == ["3", "DOE^JANE"])
                #expect(said["series metadata"] == ["3"])
                #expect(said["instance"] == ["1.2.3.4.5", "True"])
                #expect(said["study"] == ["3"])
                #expect(said["iterated"] == ["3"])
                #expect(said["frames"] == ["[2, 1]"])
                #expect(said["bulk"] == ["[32]"])
                #expect(said["rendered"] == ["4"])
                #expect(said["missing"] == ["404"])
            }
        }
        #expect(archive.objects.count == 3)
    }
}
