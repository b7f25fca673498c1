/// SOP classes and instances of the services (PS3.4), by their UIDs.
public enum ServiceClasses {
    public static let verification = "1.2.840.10008.1.1"

    public static let patientRootFind = "1.2.840.10008.5.1.4.1.2.1.1"
    public static let patientRootMove = "1.2.840.10008.5.1.4.1.2.1.2"
    public static let patientRootGet = "1.2.840.10008.5.1.4.1.2.1.3"
    public static let studyRootFind = "1.2.840.10008.5.1.4.1.2.2.1"
    public static let studyRootMove = "1.2.840.10008.5.1.4.1.2.2.2"
    public static let studyRootGet = "1.2.840.10008.5.1.4.1.2.2.3"
    /// Retired in 2006, and still asked for.
    public static let patientStudyOnlyFind = "1.2.840.10008.5.1.4.1.2.3.1"
    public static let patientStudyOnlyMove = "1.2.840.10008.5.1.4.1.2.3.2"
    public static let patientStudyOnlyGet = "1.2.840.10008.5.1.4.1.2.3.3"
    public static let modalityWorklistFind = "1.2.840.10008.5.1.4.31"

    public static let storageCommitment = "1.2.840.10008.1.20.1"
    /// The one instance of storage commitment that there is (PS3.4 J.3.5).
    public static let storageCommitmentInstance = "1.2.840.10008.1.20.1.1"

    public static let find: Set<String> = [
        patientRootFind, studyRootFind, patientStudyOnlyFind, modalityWorklistFind,
    ]
    public static let move: Set<String> = [patientRootMove, studyRootMove, patientStudyOnlyMove]
    public static let get: Set<String> = [patientRootGet, studyRootGet, patientStudyOnlyGet]

    /// Those that no object belongs to.
    static let others = find.union(move).union(get).union([verification, storageCommitment])
}
