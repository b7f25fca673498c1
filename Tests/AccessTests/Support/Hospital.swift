import DICOMCore
import DICOMFile
import TestSupport

/// Made-up studies, for an archive that holds them and for the model of what is seen of it.
struct Hospital {
    struct Instance: Hashable {
        var uid: String
        var sopClass: String
        /// Written into Burned In Annotation, which the profiles of the tests refuse.
        var isBurnedIn = false
    }

    struct Series: Hashable {
        var uid: String
        var modality: String
        var number: Int
        var instances: [Instance]
    }

    struct Study: Hashable {
        var uid: String
        var patientID: String
        var issuer: String
        var patientName: String
        var date: String
        var description: String
        var accession: String
        var series: [Series]

        var instances: [Instance] { series.flatMap(\.instances) }
    }

    var studies: [Study]

    static let slice = "1.2.840.10008.5.1.4.1.1.2"
    static let words = ["CHEST", "KNEE LEFT", "ABUSE SERIES", "HEAD", "FOLLOW UP"]
    static let names = ["Roe^Jane", "Doe^John", "Smith^Ann", "Stone^Rosetta"]
    /// `V-` are on the rule set's mind.
    static let patients = ["V-1", "V-2", "P-1", "P-2", "P-3", "P-4"]

    /// - Parameter seed: the same gives the same.
    init(seed: UInt64, studies count: Int = 8) {
        var random = SeededGenerator(seed: seed)
        studies = (0..<count).map { number in
            let patient = random.pick(Self.patients)
            let uid = "1.2.826.\(seed).\(number + 1)"
            let series = (0..<(1 + random.below(3))).map { place in
                let modality = random.pick(["CT", "MR", "OT"])
                return Series(
                    uid: "\(uid).\(place + 1)", modality: modality, number: place + 1,
                    instances: (0..<(1 + random.below(3))).map {
                        Instance(
                            uid: "\(uid).\(place + 1).\($0 + 1)", sopClass: Self.slice,
                            isBurnedIn: modality == "OT" && random.below(2) == 0)
                    })
            }
            return Study(
                uid: uid, patientID: patient, issuer: random.below(3) == 0 ? "" : "GH",
                patientName: "",
                date: "2026\(10 + random.below(3))\(10 + random.below(18))", description: random.pick(Self.words),
                accession: "A\(100 + number)", series: series)
        }
        // A patient has one name.
        for index in studies.indices {
            studies[index].patientName =
                Self.names[
                    (Self.patients.firstIndex(of: studies[index].patientID) ?? 0) % Self.names.count]
        }
    }

    init(studies: [Study]) { self.studies = studies }

    func study(_ uid: String) -> Study? { studies.first { $0.uid == uid } }

    static func file(_ study: Study, _ series: Series, _ instance: Instance) -> [UInt8] {
        var data = DataSetBuilder()
            .text(.sopClassUID, .UI, instance.sopClass).text(.sopInstanceUID, .UI, instance.uid)
            .text(Tag(0x0008, 0x0020), .DA, study.date).text(Tag(0x0008, 0x0050), .SH, study.accession)
            .text(.modality, .CS, series.modality).text(Tag(0x0008, 0x1030), .LO, study.description)
            .text(.patientName, .PN, study.patientName).text(.patientID, .LO, study.patientID)
        if !study.issuer.isEmpty { data = data.text(.issuerOfPatientID, .LO, study.issuer) }
        data = data.text(.studyInstanceUID, .UI, study.uid).text(.seriesInstanceUID, .UI, series.uid)
            .text(Tag(0x0020, 0x0011), .IS, String(series.number)).text(Tag(0x0020, 0x0013), .IS, "1")
            .integers(Tag(0x0028, 0x0002), .US, 1).text(Tag(0x0028, 0x0004), .CS, "MONOCHROME2")
            .integers(Tag(0x0028, 0x0010), .US, 2).integers(Tag(0x0028, 0x0011), .US, 2)
            .integers(Tag(0x0028, 0x0100), .US, 8).integers(Tag(0x0028, 0x0101), .US, 8)
            .integers(Tag(0x0028, 0x0102), .US, 7).integers(Tag(0x0028, 0x0103), .US, 0)
            .text(.burnedInAnnotation, .CS, instance.isBurnedIn ? "YES" : "NO")
            .bytes(.pixelData, .OW, [1, 2, 3, 4])
        return data.file()
    }

    /// All attributes that the archive answers with, at a level.
    func answers(_ level: ArchiveLevel) -> [[Tag: String]] {
        switch level {
        case .study: studies.map(Self.attributes)
        case .series: studies.flatMap { study in study.series.map { Self.attributes(study, $0) } }
        case .instance:
            studies.flatMap { study in
                study.series.flatMap { series in
                    series.instances.map { instance in
                        Self.attributes(study, series).merging([
                            .sopInstanceUID: instance.uid, .sopClassUID: instance.sopClass,
                            Tag(0x0020, 0x0013): "1",
                        ]) { $1 }
                    }
                }
            }
        case .patient:
            Dictionary(grouping: studies) { [$0.patientID, $0.issuer] }.values.map { own in
                [
                    .patientID: own[0].patientID, .issuerOfPatientID: own[0].issuer, .patientName: own[0].patientName,
                    Tag(0x0020, 0x1200): String(own.count),
                    Tag(0x0020, 0x1202): String(own.reduce(0) { $0 + $1.series.count }),
                    Tag(0x0020, 0x1204): String(own.reduce(0) { $0 + $1.instances.count }),
                ]
            }
        }
    }

    enum ArchiveLevel { case patient, study, series, instance }

    private static func attributes(_ study: Study) -> [Tag: String] {
        [
            .studyInstanceUID: study.uid, .patientID: study.patientID, .issuerOfPatientID: study.issuer,
            .patientName: study.patientName, Tag(0x0008, 0x0020): study.date, Tag(0x0008, 0x1030): study.description,
            Tag(0x0008, 0x0050): study.accession,
            Tag(0x0008, 0x0061): Set(study.series.map(\.modality)).sorted().joined(separator: "\\"),
            Tag(0x0008, 0x0062): Set(study.instances.map(\.sopClass)).sorted().joined(separator: "\\"),
            Tag(0x0020, 0x1206): String(study.series.count), Tag(0x0020, 0x1208): String(study.instances.count),
        ]
    }

    private static func attributes(_ study: Study, _ series: Series) -> [Tag: String] {
        attributes(study).filter { [.studyInstanceUID, .patientID, .issuerOfPatientID, .patientName].contains($0.key) }
            .merging([
                .seriesInstanceUID: series.uid, .modality: series.modality, Tag(0x0020, 0x0011): String(series.number),
                Tag(0x0020, 0x1209): String(series.instances.count),
            ]) { $1 }
    }
}
