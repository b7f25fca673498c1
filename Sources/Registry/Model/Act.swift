/// What a hold or a retention may forbid (P6).
public enum Act: Hashable, Sendable {
    case delete, overwrite, coerce
    case withdrawLabel(Int64)
    /// The fingerprint of the key that links pseudonyms to patients.
    case destroyKey(String)
    /// A code of the DCM scheme: 113001, 113037, 113038, 113039 (IHE IOCM).
    case acceptRejection(String)

    /// The titles of rejection notes (PS3.16 CID 7011; IHE RAD TF-3 4.66).
    public static let rejectionCodes: Set<String> = ["113001", "113037", "113038", "113039"]

    /// As it stands on the custody log.
    public var name: String {
        switch self {
        case .delete: "delete"
        case .overwrite: "overwrite"
        case .coerce: "coerce"
        case .withdrawLabel: "withdraw-label"
        case .destroyKey: "destroy-key"
        case .acceptRejection: "accept-rejection"
        }
    }

    /// Whether bytes must stay as they are while a retention runs. A rejection note hides bytes and keeps them, unless it
    /// says that their time is over.
    var isForbiddenByRetention: Bool {
        switch self {
        case .delete, .overwrite, .coerce: true
        case .acceptRejection(let code): code == "113039"
        case .withdrawLabel, .destroyKey: false
        }
    }
}
