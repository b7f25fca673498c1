import DICOMCore
import DICOMDictionary
import DICOMEncoding
import DICOMFile
import Foundation
import RuleLanguage
import TestSupport
import Testing

import struct DICOMCore.Tag

@testable import Deidentification

/// Real files: no date of theirs comes out as it went in.
@Suite struct DateCorpusTests {
    private static var paths: [String] { Fixtures.pydicomFiles + Corpus.entries.map(\.path) }
    private let deidentifier = Deidentifier(Profile.shifting.passing())

    private func isDate(_ node: DataSetIndex.Node) -> Bool {
        let known = StandardDictionary.vr(of: node.tag)
        return node.kind == .element && [.DA, .DT].contains(known ?? node.vr)
    }

    @Test func `every date of a real file comes out moved by its patient's offset, or is gone`() throws {
        var files = 0, moved = 0, gone = 0
        for path in Self.paths {
            guard let file = try? DICOMFile(path: path), let output = try deidentifier.output(file) else { continue }
            files += 1
            let identities = PatientIdentities(file)
            var originals: [String: DataSetIndex.NodeID] = [:]
            for (id, node) in file.dataSet.nodes.enumerated() where isDate(node) {
                originals["\(file.dataSet.path(of: id))"] = id
            }
            for (id, node) in output.file.dataSet.nodes.enumerated() where isDate(node) {
                let place = "\(output.file.dataSet.path(of: id))"
                let original = try #require(originals[place], "\(path): \(place) is new")
                let parent = Int(file.dataSet.nodes[original].parent)
                let person = identities.person(around: parent < 0 ? nil : parent)
                let offset = try #require(deidentifier.dateOffset(of: person))
                let new = try output.file.values(of: id), old = (try? file.values(of: original)) ?? []
                for (index, value) in new.enumerated() where !value.isEmpty && value != "19000101" {
                    moved += 1
                    let before = index < old.count ? old[index].filter { $0 != " " } : ""
                    let isPartial = [4, 6].contains(value.prefix { $0 != "+" && $0 != "-" }.count)
                    if isPartial {
                        #expect(value != before, "\(path): \(place)")
                        continue
                    }
                    let date = try DICOMDate(String(before.filter { $0 != "." || before.count > 10 }.prefix(8)))
                    #expect(
                        try DICOMDate(String(value.prefix(8))).dayNumber - date.dayNumber == offset.days,
                        "\(path): \(place)")
                }
                if new.allSatisfy(\.isEmpty) && !old.allSatisfy(\.isEmpty) { gone += 1 }
            }
        }
        print("dates: \(moved) moved, \(gone) gone, in \(files) of \(Self.paths.count) files")
        // pydicom's files alone have fewer dates than the corpus beside them.
        #expect(Self.paths.isEmpty || moved > (Fixtures.shared == nil ? 100 : 500))
    }

    private static let script = #"""
        import sys, datetime
        import pydicom
        def dates(ds, at=()):
            for e in ds:
                if e.VR == 'SQ':
                    for n, item in enumerate(e.value): yield from dates(item, at + (int(e.tag), n))
                elif e.VR in ('DA', 'DT'):
                    values = e.value if isinstance(e.value, pydicom.multival.MultiValue) else [e.value]
                    for n, v in enumerate(values): yield at + (int(e.tag), n), str(v or '')
        for line in sys.stdin:
            old, new = line.rstrip('\n').split('\t')
            a, b = (dict(dates(pydicom.dcmread(p, force=True))) for p in (old, new))
            differences = set()
            for place, text in b.items():
                try:
                    x = datetime.datetime.strptime(a[place][:8], '%Y%m%d')
                    y = datetime.datetime.strptime(text[:8], '%Y%m%d')
                except (KeyError, ValueError): continue
                if text != '19000101': differences.add((y - x).days)
            print(old, *sorted(differences), sep='\t')
        """#

    @Test func `pydicom sees one difference between all dates of a file and its original`() throws {
        guard Fixtures.python != nil else {
            print("skipped: no Python with pydicom")
            return
        }
        let folder = try Folder()
        var input = ""
        var offsets: [String: Int] = [:]
        for (index, path) in Fixtures.pydicomFiles.enumerated() {
            guard let file = try? DICOMFile(path: path), let output = try deidentifier.output(file) else { continue }
            // Where items speak of others there may be more offsets than one.
            let identities = PatientIdentities(file)
            guard identities.others.isEmpty else { continue }
            let result = "\(folder.path)/\(index).dcm"
            try Data(output.bytes).write(to: URL(fileURLWithPath: result))
            input += "\(path)\t\(result)\n"
            offsets[path] = deidentifier.dateOffset(of: identities.patient)?.days
        }
        var count = 0
        for row in try Python.rows(Self.script, input: input) {
            let differences = row.dropFirst().compactMap { Int($0) }
            if differences.isEmpty { continue }
            count += 1
            #expect(differences == [try #require(offsets[row[0]])], "\(row[0])")
        }
        print("pydicom: \(count) files with dates of \(offsets.count)")
        #expect(count > 10)
    }

    private static let oracle = #"""
        import sys, hmac, hashlib
        def derived(secret, label):
            return hmac.new(hmac.new(bytes(32), secret, hashlib.sha256).digest(), label + b'\x01', hashlib.sha256).digest()
        key = derived(bytes([7] * 32), b'cordon 1 dates')
        for line in sys.stdin:
            person, low, high = line.rstrip('\n').split('\t')
            message = b''.join(len(p).to_bytes(8, 'big') + p for p in (b'patient', person.encode(), b''))
            number = int.from_bytes(hmac.new(key, message, hashlib.sha256).digest()[:16], 'big')
            choices = [n for n in range(int(low), int(high) + 1) if n]
            print(choices[number % len(choices)])
        """#

    @Test func `another process, in another language, finds the same offsets`() throws {
        guard Fixtures.python != nil else {
            print("skipped: no Python")
            return
        }
        var generator = SeededGenerator(seed: 31)
        let identifiers = KeyedIdentifiers(keyOfSevens)
        var input = ""
        var expected: [String] = []
        for number in 0..<500 {
            let low = generator.below(2000) - 1000
            let shift = DateShift(unit: .days, range: low...(low + 1 + generator.below(500)))
            input += "Ä\(number)\t\(low)\t\(shift.range.upperBound)\n"
            expected.append("\(identifiers.offset(for: .patient(id: "Ä\(number)", issuer: ""), shift).days)")
        }
        #expect(try Python.rows(Self.oracle, input: input).map { $0[0] } == expected)
    }
}
