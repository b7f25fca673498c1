/// Where a registry keeps what it knows. What the words below promise is tested by one suite for every implementation.
package protocol RegistryStorage: Sendable {
    /// Reads one state of the registry, in which nothing changes meanwhile.
    func read<Result: Sendable>(_ body: @escaping @Sendable (any StorageReading) throws -> Result) throws -> Result

    /// Writes all that `body` writes, or nothing when it throws. When this returns, it is on the disk.
    ///
    /// Writers come one after another, in whatever process they are: what `body` reads is what the last one left. It may be
    /// brought to disk together with what others write at the same time. `body` starts no transaction of its own.
    func write<Result: Sendable>(_ body: @escaping @Sendable (any StorageWriting) throws -> Result) throws -> Result
}

/// Which records have anchors.
package enum AnchoredKind: String, CaseIterable, Sendable { case label, hold, retention }

/// What numbers are given to, from 1.
package enum NumberedKind: String, CaseIterable, Sendable {
    case label, hold, retention, decision, listRow, activation, grant, link
}

/// Which instances, by what there is an index for. Text is folded.
package enum InstanceSelection: Hashable, Sendable {
    case all
    case sopInstance(String)
    case study(String)
    case patientKey(String)
    case accessionKey(String)
    /// Those of which an attribute that is in the index cannot be read: whatever it is asked for, they may be meant.
    case unreadable(InstanceAttribute)
}

/// A study and a patient that it names.
package struct StudyPatient: Hashable, Sendable {
    package var study: String
    package var patient: PatientIdentity
}

/// A key that pseudonyms were made with.
package struct KeyState: Hashable, Sendable {
    package var isDestroyed: Bool
}

/// Whom or what a leaf of the custody log is about, so that its openings are found when a person is to be forgotten.
package enum LeafSubject: Hashable, Sendable {
    /// By folded ID, whoever issued it.
    case patient(String)
    case study(String)
    case instance(String)
}
