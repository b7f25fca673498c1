import DICOMCore
import DICOMEncoding
import Glibc

/// Why a result could not be written. What was written so far is not the result.
public enum WriteError: Error, Hashable, Sendable {
    /// Writing failed, with the system's number for it.
    case system(Int32)
    /// The original cannot be read on, with the reason.
    case unreadable(String)
    /// Somebody wrote to the original since it was read: what was decided was decided about other bytes.
    case originalChanged
    /// The data set could not be deflated.
    case deflate
}

extension WriteError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .system(let number): "cannot be written: \(StoredBytes.ReadError.system(number).reason)"
        case .unreadable(let reason): "the original cannot be read on: \(reason)"
        case .originalChanged: "the original changed while it was processed; process it again"
        case .deflate: "the data set could not be deflated"
        }
    }
}

extension EditedDataSet {
    /// Writes the result to an open descriptor, in order, and hands all of it to `observe` (for a digest). What is
    /// not in memory passes through one buffer, whatever the size of the file.
    public func write(
        to descriptor: Int32, observe: (UnsafeRawBufferPointer) -> Void
    ) throws(WriteError) {
        try produce { bytes throws(WriteError) in
            guard writeAll(descriptor, bytes) else { throw .system(errno) }
            // SAFETY: the closure is handed bytes that live through the call, as it was told.
            unsafe bytes.withUnsafeBytes { unsafe observe($0) }
        }
    }

    /// Of headers that are written by edits; more are written in several calls.
    private static let gatheredByteCount = 64 << 10

    /// The result in memory, for tests and small objects.
    public func bytes() throws(WriteError) -> [UInt8] {
        var result: [UInt8] = []
        try produce { bytes throws(WriteError) in result += bytes.copy(0..<bytes.byteCount) }
        return result
    }

    private func produce(_ consume: RunBuffer.Consumer) throws(WriteError) {
        let stored = file.stored
        // Bytes between the beginning of the data set and the end of the file.
        let body = file.storedDataSetStart..<stored.size
        // Long runs of what is in memory do not pass through it.
        let isInMemory = stored.head.count == stored.size
        let most = isInMemory ? Self.gatheredByteCount : RunBuffer.byteCount
        var buffer = RunBuffer(byteCount: min(most, (header?.count ?? 0) + stored.size))
        if let header {
            try buffer.append(header[...], consume)
        } else {
            try buffer.copy(0..<body.lowerBound, of: stored, consume)
        }
        if let plan {
            let elements = file.elements
            let rest = file.dataSet.range.upperBound..<elements.size
            if file.transferSyntax.isDeflated {
                try Deflation.deflate(plan, rest, of: elements, into: &buffer, consume)
            } else {
                for run in plan.runs { try buffer.append(run, made: plan.made, of: elements, consume) }
                try buffer.copy(rest, of: elements, consume)
            }
        } else {
            try buffer.copy(body, of: stored, consume)
        }
        try buffer.flush(consume)
        guard stored.isUnchanged else { throw .originalChanged }
    }
}
