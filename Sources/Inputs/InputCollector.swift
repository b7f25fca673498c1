package import Host
import DICOMCore
import DICOMFile
import Glibc

/// Where inputs come from, as the command line says it.
public struct InputSources: Sendable {
    /// Folders, files, DICOMDIRs, ZIP archives.
    public var paths: [String]
    /// A list of paths on standard input.
    public var list: PathList.Separator?

    public init(paths: [String], list: PathList.Separator? = nil) {
        self.paths = paths
        self.list = list
    }
}

/// Finds all inputs before any of them is read.
package struct InputCollector {
    private var names = InputNames()
    private var specialCount = 0
    private var folders: FolderInput
    private let output: OutputPlace?
    /// Where folders of listed files really are.
    private var resolvedFolders: [PathBytes: PathBytes] = [:]

    /// The output folder, which may not be among the inputs nor hold them.
    package struct OutputPlace {
        /// With all links followed.
        package var path: PathBytes
        /// Nil when it is not there yet.
        package var identity: FileIdentity?

        package init(path: PathBytes, identity: FileIdentity?) {
            self.path = path
            self.identity = identity
        }
    }

    private init(output: OutputPlace?) {
        self.output = output
        folders = FolderInput(output: output?.identity)
    }

    /// All that there is to read.
    package struct Collected {
        package var names: InputNames
        /// Pipes, sockets and devices that were passed by.
        package var specialCount: Int
        /// Folders that were read.
        package var folders: Set<FileIdentity>
    }

    package static func collect(_ sources: InputSources, output: OutputPlace?) throws(RunError) -> Collected {
        var collector = InputCollector(output: output)
        var roots: [PathBytes] = []
        for (index, path) in sources.paths.enumerated() {
            guard let root = collector.place(of: PathBytes(path)),
                FolderInput.kind(of: root, followingLinks: true) != nil
            else {
                // The path itself may name a patient.
                throw RunError(.arguments, "input \(index + 1) on the command line is not there; check its spelling")
            }
            roots.append(root)
        }
        if let separator = sources.list {
            let list = try PathList.standardInput()
            if let misread = PathList.misreading(list, as: separator) { throw RunError(.arguments, misread) }
            for path in PathList.paths(in: list, separator: separator) {
                if let root = collector.place(of: path) {
                    roots.append(root)
                } else {
                    collector.names.add(
                        InputName(path: path.absolute), refusal: Refusal(reason: .cannotOpen, code: ENOENT))
                }
            }
        }
        for root in roots.sorted() { try collector.add(root: root) }
        var walker = collector.folders
        try walker.walkLinks { found throws(RunError) in try collector.add(found) }
        collector.names.sort()
        return Collected(names: collector.names, specialCount: collector.specialCount, folders: walker.visited)
    }

    /// The path with the links of its folder followed: the same for every spelling. The last name stays, so that two
    /// links to one file are two inputs.
    private mutating func place(of path: PathBytes) -> PathBytes? {
        if FolderInput.kind(of: path, followingLinks: true) == .folder { return path.resolved }
        let folder = path.folder
        guard let resolved = resolvedFolders[folder] ?? folder.resolved else { return nil }
        resolvedFolders[folder] = resolved
        return resolved.appending(Array(path.lastComponent))
    }

    private mutating func add(root: PathBytes) throws(RunError) {
        if let output {
            if root.isWithin(output.path) {
                throw RunError(.arguments, "an input lies within OUT; name an output folder elsewhere")
            }
            if output.path.isWithin(root) { throw FolderInput.outputWithinInput }
        }
        switch FolderInput.kind(of: root, followingLinks: true) {
        case .folder:
            var walker = folders
            try walker.walk(root) { found throws(RunError) in try add(found) }
            folders = walker
        case .file:
            try add(.file(root))
            addReferences(of: root)
        case .special, .link: specialCount += 1
        case nil: names.add(InputName(path: root), refusal: Refusal(reason: .cannotOpen, code: ENOENT))
        }
    }

    private mutating func add(_ found: FolderInput.Found) throws(RunError) {
        switch found {
        case .file(let path):
            if path.lowercaseExtension == "zip" { addEntries(of: path) } else { names.add(InputName(path: path)) }
        case .special: specialCount += 1
        case .refused(let path, let refusal): names.add(InputName(path: path), refusal: refusal)
        }
    }

    private mutating func addEntries(of path: PathBytes) {
        do throws(SystemError) {
            let file = try Descriptor(reading: path)
            guard let archive = ZIPArchive(file) else {
                names.add(InputName(path: path), refusal: Refusal(reason: .damagedArchive))
                return
            }
            do throws(ZIPArchive.RefusedArchive) {
                for entry in try archive.entries() {
                    names.add(
                        InputName(path: path, entry: .init(number: entry.number, name: entry.name)),
                        refusal: entry.refusal)
                }
            } catch {
                names.add(InputName(path: path), refusal: error.refusal)
            }
        } catch {
            names.add(InputName(path: path), refusal: Refusal(reason: .cannotOpen, code: error.code))
        }
    }

    /// A DICOMDIR that was named by itself stands for the files it refers to.
    private mutating func addReferences(of path: PathBytes) {
        guard let file = try? Descriptor(reading: path), let directory = try? DICOMFile(path: file.path) else {
            if InputName(path: path).isDICOMDIR {
                names.add(
                    InputName(path: path.appending(Array("*".utf8))), refusal: Refusal(reason: .unreadableReference))
            }
            return
        }
        guard InputName(path: path).isDICOMDIR || !directory.nodes(matching: DICOMDIRInput.pattern).isEmpty else {
            return
        }
        guard let references = DICOMDIRInput.references(of: directory, in: path.folder) else {
            names.add(InputName(path: path.appending(Array("*".utf8))), refusal: Refusal(reason: .unreadableReference))
            return
        }
        for reference in references {
            switch reference {
            case .file(let path): names.add(InputName(path: path))
            case .missing(let path): names.add(InputName(path: path), refusal: Refusal(reason: .missingReference))
            }
        }
    }
}
