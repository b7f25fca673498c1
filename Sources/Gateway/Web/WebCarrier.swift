internal import DICOMFile
internal import DICOMWeb
internal import Host
internal import NIOCore

/// Sends by STOW-RS (PS3.18 10.5), an object to a request, over connections that stay open.
struct WebCarrier: Carrier {
    func carry(_ batch: [Delivery], to peer: GatewayConfiguration.Peer, _ clerk: Clerk) async throws {
        guard let client = try DICOMWebClient.of(peer) else {
            throw GatewayError(.arguments, "the peer `\(peer.id)` has no DICOMweb service")
        }
        for delivery in batch {
            guard let file = try await clerk.begin(delivery, to: peer) else { continue }
            let report: StoreReport
            do {
                report = try await client.store([file.object()])
            } catch let error as WebClientError {
                switch error {
                // Nothing of it got there: nothing is counted.
                case .unreachable: throw error
                case .lost:
                    // An object over which the connection breaks again and again is one for a person to look at.
                    try clerk.end(delivery, .refused("the connection was lost over it"), to: peer)
                    throw error
                case .status(let status):
                    try clerk.end(
                        delivery, error.isTransient ? .busy("HTTP \(status)") : .refused("HTTP \(status)"), to: peer)
                case .malformed:
                    try clerk.end(delivery, .refused("its answer is no report of PS3.18"), to: peer)
                }
                continue
            }
            try clerk.end(delivery, Self.answer(report, delivery.sop), to: peer)
        }
    }

    /// What is not said to be stored is not.
    static func answer(_ report: StoreReport, _ sop: String) -> Clerk.Answer {
        switch report.outcome(of: sop)?.result {
        case .stored?: return .taken("HTTP \(report.status)")
        case .warning(let reason)?: return .taken(code(reason))
        case .failure(let reason)?: return reason.isTransient ? .busy(code(reason)) : .refused(code(reason))
        case nil:
            // Whoever has no UID to name it by has at least a reason.
            let others = report.outcomes.filter { $0.sopInstance == nil }
            if case .failure(let reason)? = others.first?.result {
                return reason.isTransient ? .busy(code(reason)) : .refused(code(reason))
            }
            return report.status == 503 ? .busy("HTTP 503") : .refused("HTTP \(report.status), and no word of it")
        }
    }

    private static func code(_ reason: StoreReason) -> String {
        let digits = String(reason.rawValue, radix: 16, uppercase: true)
        return String(repeating: "0", count: 4 - digits.count) + digits + "H"
    }
}

extension SentFile {
    /// The whole file, read on threads that may wait.
    func object() -> OutgoingObject {
        let file = file
        let size = file.size
        let piece = 256 << 10
        let places = Feed<Range<Int>>(
            stride(from: 0, to: size, by: piece).map { $0..<min($0 + piece, size) })
        // Keeps what is open open.
        let own = self
        // The transfer syntax stands in the file. Orthanc passes over a part whose media type names it, too, and answers 200.
        return OutgoingObject(
            length: size,
            bytes: Feed {
                guard let place = try await places.next() else { return nil }
                return try await WebThreads.run { ByteBuffer(bytes: try own.file.storedBytes(in: place)) }
            })
    }
}
