import DICOMDictionary

/// The SOP classes that objects belong to, from the table of PS3.6 A.
public enum StorageClasses {
    /// All that were ever registered, retired ones and those of DICOS too: whoever must lose nothing takes what there is. In the
    /// order of their UIDs as text.
    public static let registered: [String] = RegisteredUIDs.all.filter(isStorage).map(\.uid).sorted()

    static let all = Set(registered)

    /// Those that are not retired and hold what belongs to a patient, 128 at most by the table of today: what an asker who does not
    /// know what will come proposes.
    public static let current: [String] = RegisteredUIDs.all.filter { isStorage($0) && isCurrent($0) }.map(\.uid)
        .sorted()

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
}
