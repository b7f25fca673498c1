internal import Registry

/// Which frames of a study are shown small: of each series the first instance and the one in the middle; of an instance that may have
/// many frames its first and its middle one.
struct PictureChoice: Hashable, Sendable {
    var digest: String
    var frame: PictureDesk.Frame
    var modality: String
    var series: String
    /// Of how many instances of the series.
    var place: Int
    var count: Int

    /// More series than that are counted and not shown.
    private static let mostSeries = 6

    /// What has no pixels at all.
    private static let withoutPixels: Set<String> = [
        "SR", "KO", "PR", "DOC", "RTSTRUCT", "RTPLAN", "RTRECORD", "REG", "AU", "ECG", "HD", "PLAN", "SEG", "FID",
        "RWV",
    ]

    /// Storage SOP Classes whose instances have one frame (PS3.4 B.5).
    private static let ofOneFrame = Set(
        [
            "1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1", "2", "4", "6.1", "7", "77.1.1", "77.1.4", "128",
        ].map { "1.2.840.10008.5.1.4.1.1." + $0 })

    /// - Returns: the choice, and how many series with pictures there are in all.
    static func of(_ instances: [RecordedInstance]) -> (pictures: [PictureChoice], series: Int) {
        let shown = instances.filter {
            $0.removed == nil && !withoutPixels.contains($0.instance.attributes[.modality] ?? "")
        }
        let series = Dictionary(grouping: shown) { $0.instance.attributes[.seriesInstanceUID] ?? "" }
        let pictures = series.sorted { $0.key < $1.key }.prefix(mostSeries).flatMap { _, members in
            of(series: members.map(\.instance).sorted { order($0) < order($1) })
        }
        return (pictures, series.count)
    }

    private static func of(series members: [Instance]) -> [PictureChoice] {
        guard let first = members.first else { return [] }
        func choice(_ place: Int, _ frame: PictureDesk.Frame) -> PictureChoice {
            let instance = members[place]
            return PictureChoice(
                digest: instance.digest, frame: frame, modality: instance.attributes[.modality] ?? "",
                series: instance.attributes[.seriesInstanceUID] ?? "", place: place + 1, count: members.count)
        }
        if members.count > 1 { return [choice(0, .first), choice(members.count / 2, .middle)] }
        let isSingle = first.attributes[.sopClassUID].map(ofOneFrame.contains) ?? false
        return isSingle ? [choice(0, .first)] : [choice(0, .first), choice(0, .middle)]
    }

    /// By number where UIDs end in one, as most do.
    private static func order(_ instance: Instance) -> (String, Int, String) {
        let uid = instance.attributes[.sopInstanceUID] ?? ""
        let end = uid.split(separator: ".").last ?? ""
        return (String(uid.dropLast(end.count)), Int(end) ?? 0, uid + instance.digest)
    }

    /// For a page.
    func values(study: String, marksText: Bool) -> [String: Any] {
        let frame = count > 1 ? "instance \(place) of \(count)" : frame == .first ? "first frame" : "middle frame"
        let words = "\(modality.isEmpty ? "image" : modality), \(frame)"
        let query = marksText ? "?text=yes" : ""
        return [
            "source": "\(StudyPages.path(study))/pictures/\(digest)/\(self.frame.rawValue)\(query)", "words": words,
        ]
    }
}
