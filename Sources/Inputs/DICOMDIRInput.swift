package import Host
package import DICOMCore
package import DICOMFile
import Glibc

/// The files that a DICOMDIR refers to (PS3.3 F, PS3.10 8).
package enum DICOMDIRInput {
    /// What one record's Referenced File ID leads to.
    package enum Reference: Hashable {
        case file(PathBytes)
        /// There is none; the path as the record has it.
        case missing(PathBytes)
    }

    package static let pattern = PathPattern(
        steps: [.sequence(.standard(.directoryRecordSequence), item: nil)], element: .standard(.referencedFileID))

    /// The references of a DICOMDIR in a folder, each once; nil when one of them cannot be read.
    package static func references(of directory: DICOMFile, in folder: PathBytes) -> [Reference]? {
        var references: [Reference] = []
        var seen: Set<[String]> = []
        for node in directory.nodes(matching: pattern) {
            guard let components = try? directory.values(of: node) else { return nil }
            guard !components.isEmpty, seen.insert(components).inserted else { continue }
            references.append(resolve(components, in: folder))
        }
        return references
    }

    /// Follows the components as far as they lead. Media are written by systems that disagree on letter case, on
    /// ISO 9660 version numbers (`;1`) and on the dot of an empty extension. A component that is no name of a file, `..`
    /// above all, leads nowhere.
    package static func resolve(_ components: [String], in folder: PathBytes) -> Reference {
        var path = folder
        for (index, component) in components.enumerated() {
            let name = Array(component.utf8)
            let isName = !name.isEmpty && component != "." && component != ".." && !name.contains(PathBytes.slash)
            guard isName, !name.contains(0), let found = find(component, in: path) else {
                let rest = components[index...].joined(separator: "\\")
                return .missing(folder.appending(Array((components[..<index] + [rest]).joined(separator: "\\").utf8)))
            }
            path = path.appending(found)
        }
        return FolderInput.kind(of: path, followingLinks: true) == .file ? .file(path) : .missing(path)
    }

    /// The name in the folder that is meant: as it stands, or else the first in byte order that differs only in what
    /// does not count.
    private static func find(_ component: String, in folder: PathBytes) -> [UInt8]? {
        let exact = folder.appending(Array(component.utf8))
        if FolderInput.kind(of: exact, followingLinks: true) != nil { return Array(component.utf8) }
        let wanted = plain(component)
        return names(in: folder).filter { plain(String(decoding: $0, as: UTF8.self)) == wanted }
            .min { $0.lexicographicallyPrecedes($1) }
    }

    private static func plain(_ name: String) -> String {
        var name = name.lowercased()
        if name.hasSuffix(";1") { name.removeLast(2) }
        if name.hasSuffix(".") { name.removeLast() }
        return name
    }

    private static func names(in folder: PathBytes) -> [[UInt8]] {
        guard let stream = folder.withCString({ opendir($0) }) else { return [] }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while let entry = readdir(stream) { names.append(FolderInput.name(of: entry)) }
        return names
    }
}
