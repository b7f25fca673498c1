import DICOMDictionary

/// The SOP classes that objects belong to, from the table of PS3.6 A.
public enum StorageClasses {
    /// All that were ever registered, retired ones and those of DICOS too: whoever must lose nothing takes what there is. In the
    /// order of their UIDs as text.
    public static let registered: [String] = RegisteredUIDs.all.filter(isStorage).map(\.uid).sorted()

    static let all = Set(registered)

    /// Those that are not retired and hold what belongs to a patient: more than one association has room for.
    public static let current: [String] = RegisteredUIDs.all.filter { isStorage($0) && isCurrent($0) }.map(\.uid)
        .sorted()

    /// Those of `current` that are met every day, with room for some others in one association: what an asker proposes who
    /// cannot learn first what a study has (SOP Classes in Study (0008,0062)). What is left out are eye measurements,
    /// radiotherapy of the second generation, protocols, rare waveforms and the like.
    public static let common: [String] = {
        let names = Dictionary(uniqueKeysWithValues: RegisteredUIDs.all.map { ($0.uid, $0.entry.name) })
        return current.filter { uid in !rareWords.contains { names[uid]?.contains($0) ?? false } }
    }()

    /// Objects have "Storage" in the name of their class; services that have it too are not objects.
    private static func isStorage(_ entry: (uid: String, entry: RegisteredUIDs.Entry)) -> Bool {
        let name = entry.entry.name
        guard entry.entry.kind == "SOP Class", entry.uid != "1.2.840.10008.1.3.10" else { return false }
        return name.contains("Storage") && !name.contains("Storage Commitment") && !name.contains("Storage Management")
    }

    private static func isCurrent(_ entry: (uid: String, entry: RegisteredUIDs.Entry)) -> Bool {
        let name = entry.entry.name
        return !name.contains("(Retired)") && !name.contains("Trial") && !name.hasPrefix("DICOS")
            && entry.uid.hasPrefix("1.2.840.10008.5.1.4.1.1.")
    }

    private static let rareWords = [
        "Protocol", "Tractography", "Inventory", "Real-Time", "Confocal", "Intravascular", "Robotic",
        "Variable Modality",
        "Height Map", "Photoacoustic", "Content Assessment", "Tomotherapeutic", "Radiation Record", "Radiation Set",
        "C-Arm", "Radiation Storage", "Simple Annotations", "Physician Intent", "Segment Annotation",
        "Treatment Preparation", "Patient Position Acquisition", "Electromyogram", "Electrooculogram",
        "Electroencephalogram", "Sleep", "Body Position", "Waveform Presentation", "Waveform Acquisition",
        "Volume Rendering", "Planar MPR", "Parametric Map", "Surface Scan", "Wide Field", "OCT", "Ophthalmic Optical",
        "Spectacle", "Refraction", "Keratometry", "Lensometry", "Subjective", "Autorefraction", "Visual Acuity",
        "Intraocular", "Axial", "Corneal", "Optical Surface", "Implantation", "Dermoscopic", "Label Map",
        "Performed Imaging Agent", "Planned Imaging Agent", "Acquisition Context", "Patient Radiation Dose", "Macular",
        "Extensible SR", "Delivery", "Brachy Application", "Deformable", "Respiratory Waveform", "Multi-channel",
        "Routine Scalp", "Eddy Current", "Thermography", "Ultrasound Waveform",
    ]
}
