internal import DICOMCore
internal import DICOMFile
internal import Host
internal import Registry

/// A page for each study, with a small picture of each instance. One study is in memory at a time.
struct StudyPages {
    /// What the first page tells of a study.
    struct Entry {
        var study: Originals.Study
        /// From the bag's folder.
        var page: String
        /// The picture of an instance in the middle, from the bag's folder.
        var picture: String?
    }

    private(set) var entries: [Entry] = []

    private struct Row {
        var instance: Instance
        var series: String
        var seriesDescription: String
        var number: Int
        var modality: String
        var picture: String?
        var note: String
    }

    /// - Parameter studies: of which something is in `data/originals`.
    init(_ studies: [Originals.Study], _ registry: Registry, _ scope: MatterScope, into bag: BagFolder) throws {
        let run = try bag.run("pages/")
        let order = studies.sorted {
            ($0.patientName, $0.patientID, $0.date, $0.uid) < ($1.patientName, $1.patientID, $1.date, $1.uid)
        }
        for (index, study) in order.enumerated() {
            let digits = String(index + 1)
            let folder = "pages/\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
            var rows: [Row] = []
            try Self.forEach(study, registry, scope) { instance in
                guard FileSystem.status(bag.place(Originals.file(instance.digest))) != nil else { return }
                rows.append(try Self.row(instance, folder, bag, run))
            }
            rows.sort {
                ($0.modality, $0.series, $0.number, $0.instance.digest) < (
                    $1.modality, $1.series, $1.number, $1.instance.digest
                )
            }
            try bag.file("\(folder)/index.html", in: run) { try Self.write(study, rows, to: $0) }
            let pictures = rows.compactMap(\.picture)
            entries.append(
                Entry(
                    study: study, page: "\(folder)/index.html",
                    picture: pictures.isEmpty ? nil : "\(folder)/\(pictures[pictures.count / 2])"))
        }
    }

    /// By digest. What names no study is found by going through the matter once more.
    private static func forEach(
        _ study: Originals.Study, _ registry: Registry, _ scope: MatterScope, _ body: (Instance) throws -> Void
    ) throws {
        guard study.uid.isEmpty || study.uid.contains("\\") else {
            let records = try registry.instances(inStudy: study.uid)
            for record in records.sorted(by: { $0.instance.digest < $1.instance.digest })
            where record.instance.attributes[.studyInstanceUID] == study.uid { try body(record.instance) }
            return
        }
        try scope.forEach { record in
            if record.instance.attributes[.studyInstanceUID] ?? "" == study.uid { try body(record.instance) }
        }
    }

    private static func row(
        _ instance: Instance, _ folder: String, _ bag: BagFolder, _ run: ManifestRun
    ) throws -> Row {
        var row = Row(
            instance: instance, series: instance.attributes[.seriesInstanceUID] ?? "", seriesDescription: "", number: 0,
            modality: instance.attributes[.modality] ?? "", picture: nil, note: "cannot be read as DICOM")
        guard let file = try? DICOMFile(path: bag.place(Originals.file(instance.digest))) else { return row }
        row.number = file.text(Tag(0x0020, 0x0013)).flatMap { Int($0) } ?? 0
        row.seriesDescription = file.text(Tag(0x0008, 0x103E)) ?? ""
        switch Preview.of(file) {
        case .png(let bytes): row.picture = try picture(instance.digest + ".png", bytes, folder, bag, run)
        case .jpeg(let bytes): row.picture = try picture(instance.digest + ".jpg", bytes, folder, bag, run)
        case .none(let reason): row.note = reason
        }
        return row
    }

    private static func picture(
        _ name: String, _ bytes: [UInt8], _ folder: String, _ bag: BagFolder, _ run: ManifestRun
    ) throws -> String {
        try bag.file("\(folder)/\(name)", in: run) { try $0.write(bytes) }
        return name
    }

    private static func write(_ study: Originals.Study, _ rows: [Row], to page: BagFile) throws {
        let title = study.title
        try page.write(HTML.head(title, up: "../../"))
        try page.write("<p><a href=\"../../index.html\">back</a></p>\n<h1>\(HTML.escaped(title))</h1>\n")
        try page.write(
            HTML.facts([
                ("patient", study.patientName.asName), ("patient ID", study.patientID),
                ("issuer", study.issuer), ("study date", study.date.asDate), ("Study Instance UID", study.uid),
                ("instances", String(rows.count)),
            ]))
        try page.write(
            "<p class=\"small\">Small pictures to find things by, made from the middle frame. They are not for diagnosis; the "
                + "originals are.</p>\n")
        var series: String?
        for row in rows {
            if row.series != series {
                if series != nil { try page.write("</ul>\n") }
                series = row.series
                let name = [row.modality, row.seriesDescription].filter { !$0.isEmpty }.joined(separator: ": ")
                try page.write("<h2>\(HTML.escaped(name.isEmpty ? "Series" : name))</h2>\n")
                try page.write("<p class=\"digest small\">\(HTML.escaped(row.series))</p>\n<ul class=\"grid\">\n")
            }
            let uid = row.instance.attributes[.sopInstanceUID] ?? "no SOP Instance UID"
            let frame =
                row.picture.map { "<img src=\"\($0)\" alt=\"preview\" loading=\"lazy\">" }
                ?? "no preview:<br>it \(HTML.escaped(row.note))"
            try page.write(
                """
                <li><div class="frame">\(frame)</div><div class="caption">\
                <a href="../../\(Originals.file(row.instance.digest))">\(row.number == 0 ? "instance" : "no. \(row.number)")</a>
                <div class="digest small">\(HTML.escaped(uid))</div>\
                <div class="digest small">SHA-256 \(row.instance.digest.prefix(16))…</div></div></li>

                """)
        }
        if series != nil { try page.write("</ul>\n") }
        try page.write(HTML.foot)
    }
}

extension Originals.Study {
    var title: String {
        let words = [date.asDate, modalities.sorted().joined(separator: "/"), description].filter { !$0.isEmpty }
        return words.isEmpty ? "Study" : words.joined(separator: " · ")
    }
}

extension String {
    /// A PN as people write names: the first group of components.
    var asName: String {
        let group = split(separator: "=", maxSplits: 1).first ?? ""
        return group.split(separator: "^").joined(separator: " ")
    }

    /// A DA as people write dates; anything else as it is.
    var asDate: String {
        guard utf8.count == 8, utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return self }
        return "\(prefix(4))-\(dropFirst(4).prefix(2))-\(dropFirst(6))"
    }
}
