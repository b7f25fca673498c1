internal import DICOMCore
internal import DICOMFile
internal import DICOMWeb
internal import NIOCore

/// STOW-RS: each object goes the way of one that comes by an association, through the same `Receiver`, and is said to be stored
/// only after that has it on the disk (P1).
struct WebReceiver: DICOMWeb.ObjectReceiver {
    let receiver: Receiver
    let peers: WebPeers

    func store(_ object: DICOMWeb.IncomingObject, from caller: Caller) async -> StoreOutcome {
        guard let peer = peers.sender(caller) else { return StoreOutcome(.failure(.notAuthorized)) }
        do {
            let passing = try await WebThreads.run { [receiver] in Passing(incoming: try receiver.begin(from: peer)) }
            var head: [UInt8] = []
            while let piece = try await object.bytes.next() {
                if head.count < Self.headLength {
                    head += piece.readableBytesView.prefix(Self.headLength - head.count)
                }
                try await WebThreads.run { try passing.incoming.write(Array(buffer: piece)[...]) }
            }
            let beginning = DICOMFile.beginning(bytes: head)
            do {
                let asked = object.study
                let received = try await WebThreads.run { try passing.incoming.finish(in: asked) }
                return Self.outcome(received, received.study, beginning?.text(.seriesInstanceUID))
            } catch let error as GatewayError where error.code == .otherStudy {
                // PS3.18 10.5.1, by all of the object, wherever in it the study is named. The sender still has it.
                return StoreOutcome(
                    .failure(.cannotUnderstand), sopClass: beginning?.text(.sopClassUID),
                    sopInstance: beginning?.text(.sopInstanceUID))
            }
        } catch let error as GatewayError {
            return StoreOutcome(.failure(error.code == .full ? .outOfResources : .processingFailure))
        } catch {
            // The body ended in its midst: nothing is left of it.
            return StoreOutcome(.failure(.processingFailure))
        }
    }

    /// Enough for the UIDs of nearly any image: by what it says, the answer names one that was refused.
    private static let headLength = 256 << 10

    private static func outcome(_ received: Receiver.Received, _ study: String?, _ series: String?) -> StoreOutcome {
        let sopClass = received.sopClass.isEmpty ? nil : received.sopClass
        let sop = received.sop.isEmpty ? nil : received.sop
        let result: StoreOutcome.Result =
            switch received.form {
            case .good: .stored
            case .notUnderstood: .failure(.cannotUnderstand)
            case .mismatched: .failure(.doesNotMatchSOPClass)
            }
        return StoreOutcome(result, sopClass: sopClass, sopInstance: sop, study: study, series: series)
    }
}

/// What one task uses, on threads that are not its own, one call after the other.
// SAFETY: each call is awaited before the next.
private struct Passing: @unchecked Sendable {
    let incoming: Incoming
}
