/// A Key Object Selection Document (PS3.3 A.35.4): a title, and the instances of one study that it is about. The one titled
/// (113021, DCM, "For Litigation") is the standard's way to say that they are held: it changes none of them.
public struct KeyObjectSelection: Hashable, Sendable {
    public static let sopClass = "1.2.840.10008.5.1.4.1.1.88.59"
    public struct Title: Hashable, Sendable {
        /// (113021, DCM, "For Litigation"), CID 7010.
        public static let forLitigation = Title(system: "DCM", code: "113021", meaning: "For Litigation")

        public var system: String
        public var code: String
        public var meaning: String

        public init(system: String, code: String, meaning: String) {
            self.system = system
            self.code = code
            self.meaning = meaning
        }
    }

    /// An instance that it is about.
    public struct Reference: Hashable, Sendable {
        public var studyInstanceUID: String
        public var seriesInstanceUID: String
        public var sopClassUID: String
        public var sopInstanceUID: String
        /// Referenced SOP Instance MAC Sequence (0400,0403).
        public var macs: [InstanceMAC]

        public init(
            studyInstanceUID: String, seriesInstanceUID: String, sopClassUID: String, sopInstanceUID: String,
            macs: [InstanceMAC] = []
        ) {
            self.studyInstanceUID = studyInstanceUID
            self.seriesInstanceUID = seriesInstanceUID
            self.sopClassUID = sopClassUID
            self.sopInstanceUID = sopInstanceUID
            self.macs = macs
        }
    }

    public var title: Title
    public var sopInstanceUID: String
    public var references: [Reference]

    /// Whether it says that its instances are held.
    public var isForLitigation: Bool { title.system == "DCM" && title.code == "113021" }

    public init(title: Title, sopInstanceUID: String, references: [Reference]) {
        self.title = title
        self.sopInstanceUID = sopInstanceUID
        self.references = references
    }
}
