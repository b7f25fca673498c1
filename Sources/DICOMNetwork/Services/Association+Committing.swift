extension Association {
    /// Asks for storage commitment (PS3.4 J.3.2, N-ACTION). What becomes of it comes as an N-EVENT-REPORT to `Services.events`, on
    /// this association while it lasts, or on another.
    ///
    /// - Parameter information: transaction UID and referenced SOP sequence.
    public func commit(_ information: EncodedDataSet) async throws -> Outcome {
        let context = try context(
            sopClass: ServiceClasses.storageCommitment, transferSyntax: information.transferSyntax)
        var command = Command(.actionRequest)
        command[text: .requestedSOPClassUID] = ServiceClasses.storageCommitment
        command[text: .requestedSOPInstanceUID] = ServiceClasses.storageCommitmentInstance
        command[.actionTypeID] = 1
        return try await response(to: try await invoke(command, context, dataSet: information.bytes)).outcome
    }

    /// N-EVENT-REPORT (PS3.7 10.1.1): tells the peer. We must have the SCP role for the SOP class: as acceptor always, as requestor by
    /// role selection (`ContextProposals.receive`).
    public func report(_ event: EventReport) async throws -> Outcome {
        let found = contexts.values.first {
            $0.abstractSyntax == event.sopClass && $0.mayPerform
                && (event.information == nil || event.information?.transferSyntax == $0.transferSyntax)
        }
        guard let context = found else { throw AssociationError.noContext(sopClass: event.sopClass) }
        var command = Command(.eventReportRequest)
        command[text: .affectedSOPClassUID] = event.sopClass
        command[text: .affectedSOPInstanceUID] = event.sopInstance
        command[.eventTypeID] = event.eventType
        return try await response(to: try await invoke(command, context, dataSet: event.information?.bytes)).outcome
    }

    /// The transfer syntax in which event information of a SOP class has to be encoded here; nil when we may not report.
    public func reportTransferSyntax(sopClass: String) -> String? {
        contexts.values.filter { $0.abstractSyntax == sopClass && $0.mayPerform }.min { $0.id < $1.id }?.transferSyntax
    }
}
