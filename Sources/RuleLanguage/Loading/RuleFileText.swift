/// The bytes of a rule file, for whoever shows a line of it.
package enum RuleFileText {
    /// - Throws: when the file cannot be read, or is larger than rule files may be.
    package static func read(_ path: String) throws -> [UInt8] {
        try FileAccess.read(path, limit: XMLDocument.maximumSize).bytes
    }
}
