/// The text of a list that stands for a file, or for a list of the registry.
package struct ListText: Sendable {
    var bytes: [UInt8]
    /// The file that it stands in, and the line there that its first is.
    var name: String
    var firstLine: Int

    package init(bytes: [UInt8], name: String, firstLine: Int = 1) {
        self.bytes = bytes
        self.name = name
        self.firstLine = firstLine
    }
}
