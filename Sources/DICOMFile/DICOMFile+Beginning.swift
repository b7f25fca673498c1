import DICOMEncoding

/// What can be read of a file that cannot be read to its end. Such a file is never passed on; but it may say, before the
/// damage, what the rest of its study must be kept back for.
extension DICOMFile {
    /// The elements before the damage, as if the data set ended there. Nil when not even its beginning can be found.
    public static func beginning(
        path: String, limits: ParseLimits = ParseLimits(), scratch: String? = nil
    ) -> DICOMFile? {
        guard let stored = try? StoredBytes(path: path) else { return nil }
        return try? DICOMFile(stored, limits: limits, scratch: scratch, stopsAtDamage: true)
    }

    /// The same of bytes in memory.
    public static func beginning(bytes: [UInt8], limits: ParseLimits = ParseLimits()) -> DICOMFile? {
        try? DICOMFile(StoredBytes(bytes), limits: limits, scratch: nil, stopsAtDamage: true)
    }
}
