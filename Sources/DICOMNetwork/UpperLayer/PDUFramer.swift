/// Cuts a stream of bytes into PDUs. What is too long is refused at its header; no more than one PDU is kept.
public struct PDUFramer: Sendable {
    private var kept: [UInt8] = []
    private var start = 0
    public let limits: PDULimits

    public init(limits: PDULimits = PDULimits()) { self.limits = limits }

    /// Takes what came from the socket.
    public mutating func append(_ bytes: some Sequence<UInt8>) {
        if start > 0 {
            kept.removeSubrange(..<start)
            start = 0
        }
        kept.append(contentsOf: bytes)
    }

    /// The next PDU, or nil when more bytes must come first.
    public mutating func next() throws(PDUError) -> PDU? {
        guard kept.count - start >= PDU.headerLength else { return nil }
        let length = try PDU.length(header: kept[start..<start + PDU.headerLength], limits: limits)
        guard kept.count - start >= length else {
            // Once, and not each time that some of it has come. It is no more than the limits let a peer ask for.
            kept.reserveCapacity(start + length)
            return nil
        }
        defer { start += length }
        return try PDU(decoding: kept[start..<start + length], limits: limits)
    }

    /// Whether a PDU has begun and not ended.
    public var isInsidePDU: Bool { kept.count > start }
}
