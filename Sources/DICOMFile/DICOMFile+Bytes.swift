public import DICOMEncoding

extension DICOMFile {
    /// A copy of some of the bytes that `dataSet` is the index of: the file's, or of a deflated data set the inflated
    /// ones. For who reads many values that lie one behind the other, or a long one in pieces.
    public func bytes(in range: Range<Int>) throws(ValueError) -> [UInt8] {
        guard range.lowerBound >= 0 else { throw ValueError(.unreadable, reason: "there are no such bytes") }
        do throws(StoredBytes.ReadError) {
            return try elements.copy(range)
        } catch {
            throw ValueError(.unreadable, reason: "the file cannot be read on: \(error.reason)")
        }
    }
}

extension DICOMFile {
    /// Where the data set begins in the file, deflated or not: behind preamble and file meta information.
    public var dataSetOffset: Int { storedDataSetStart }

    /// A copy of some of the file's bytes, as stored: for who sends a data set on as it is.
    public func storedBytes(in range: Range<Int>) throws(ValueError) -> [UInt8] {
        guard range.lowerBound >= 0 else { throw ValueError(.unreadable, reason: "there are no such bytes") }
        do throws(StoredBytes.ReadError) {
            return try stored.copy(range)
        } catch {
            throw ValueError(.unreadable, reason: "the file cannot be read on: \(error.reason)")
        }
    }
}
