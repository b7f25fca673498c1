internal import DICOMNetwork

/// Takes objects of the archive behind: those that a retrieval of ours waits for are for whoever asked; others are objects like any
/// other, where the archive may send.
struct ArchiveIntake: StorageHandler {
    let arrivals: ArchiveArrivals
    /// Ours.
    let title: String
    /// Nil where it may not send.
    let others: AssociationIntake?

    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
        if let status = await arrivals.store(request, data, title: title) { return status }
        guard let others else { return .notAuthorized }
        return await others.store(request, data)
    }
}
