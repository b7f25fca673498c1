/// What matters about a SOP class for de-identification: where identity may be that no element's rule reaches.
enum SOPClassKind: Hashable {
    /// Nothing beyond its elements, and pixels that seldom carry text.
    case plain
    /// Pixels that often carry burned-in text, with what they are.
    case likelyBurnedIn(String)
    /// Key objects: content that consists of references.
    case keyObjects
    /// Never de-identified as it is, and why.
    case refused(String)

    init(_ uid: String) {
        self =
            if uid == "1.2.840.10008.1.3.10" {
                .refused("a DICOMDIR names patients and files; it is made anew for an export, not edited")
            } else if uid == Self.storage + "88.59" {
                .keyObjects
            } else if uid.hasPrefix(Self.storage + "9.4.") {
                .refused("a voice may name the patient")
            } else if let what = Self.burnedIn[uid] {
                .likelyBurnedIn(what)
            } else {
                .plain
            }
    }

    static let storage = "1.2.840.10008.5.1.4.1.1."

    /// Classes whose images are made with text in them: by ultrasound scanners, from screens, films and paper, by
    /// fluoroscopy, and by cameras whose pictures show faces and labels. From what others found by experience: CTP's
    /// pixel signatures, pydicom/deid's lists, PixelMed's sorting by risk.
    private static let burnedIn: [String: String] = {
        let kinds: [(String, [String])] = [
            ("ultrasound", ["3", "3.1", "6", "6.1", "6.2", "6.3"]),
            ("a secondary capture", ["7", "7.1", "7.2", "7.3", "7.4"]),
            ("a hardcopy", ["29", "30"]),
            ("a video", ["77.1.1.1", "77.1.2.1", "77.1.4.1"]),
            ("angiography or fluoroscopy", ["12.1", "12.1.1", "12.2", "12.2.1", "12.3"]),
            (
                "a photograph or microscopy",
                [
                    "77.1", "77.2", "77.1.1", "77.1.2", "77.1.3", "77.1.4", "77.1.7", "77.1.5.1", "77.1.5.2",
                    "77.1.5.5", "77.1.5.6", "77.1.5.7", "77.1.5.8",
                ]
            ),
        ]
        var result: [String: String] = ["1.2.840.10008.5.1.1.29": "a hardcopy", "1.2.840.10008.5.1.1.30": "a hardcopy"]
        for (what, suffixes) in kinds {
            for suffix in suffixes { result[storage + suffix] = what }
        }
        return result
    }()
}
