internal import DICOMNetwork
internal import Inputs

/// Takes objects that come by associations of one peer (PS3.4 B).
struct AssociationIntake: StorageHandler {
    let receiver: Receiver
    let log: GatewayLog
    /// Its id.
    let peer: String

    func store(_ request: StoreRequest, _ data: DataSetPieces) async -> Status {
        do {
            let incoming = try receiver.begin(
                from: peer,
                said: Receiver.Said(
                    sopClass: request.sopClass, sop: request.sopInstance, transferSyntax: request.transferSyntax))
            while let piece = try await data.next() { try incoming.write(piece) }
            switch try incoming.finish().form {
            case .good: return .success
            case .notUnderstood: return .cannotUnderstand
            case .mismatched: return .dataSetDoesNotMatchSOPClass
            }
        } catch let error as GatewayError {
            log.write(.notStored, ["peer": .string(peer), "problem": .string(error.message)])
            switch error.code {
            // The sender keeps what it has, and may offer it again (PS3.4 B.2.3).
            case .full, .tooLarge: return .outOfResources
            case .storage, .inUse, .arguments, .otherStudy, .site: return .processingFailure
            }
        } catch {
            // The peer has gone: it is told nothing, and nothing is left of what it sent.
            log.write(
                .notStored,
                ["peer": .string(peer), "problem": .string("the association ended in the midst of an object")])
            return .processingFailure
        }
    }
}
