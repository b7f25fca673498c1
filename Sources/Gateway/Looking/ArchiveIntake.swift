internal import DICOMNetwork

/// Takes objects where an archive is asked behind: those that a retrieval of ours waits for are for whoever asked, and those that come too
/// late for that are refused, since the archive has them; others are objects like any other, where the peer may send.
struct ArchiveIntake: StorageHandler {
    let arrivals: ArchiveArrivals
    /// Ours.
    let title: String
    /// Whether the peer is the archive.
    let isArchive: Bool
    /// Nil where it may not send.
    let others: AssociationIntake?

    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
        switch arrivals.fate(of: request, title: title, isArchive: isArchive) {
        case .awaited(let receiver): return await receiver.store(request, data)
        case .late: return .notAuthorized
        case .arrival:
            guard let others else { return .notAuthorized }
            return await others.store(request, data)
        }
    }
}
