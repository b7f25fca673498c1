import Foundation

/// Real files that tests read where they are there: those that pydicom carries, and the corpus beside the checkout.
/// Nothing of them is in the repository. Tests count what they skip.
public enum Fixtures {
    /// The folder of `Package.swift`.
    public static let packageRoot: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    /// pydicom's folder of test files: `CORDON_PYDICOM`, else that of the virtual environment in the package's root.
    public static let pydicom: String? = {
        if let named = ProcessInfo.processInfo.environment["CORDON_PYDICOM"] { return existing(named) }
        let libraries = packageRoot + "/.venv/lib"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: libraries)) ?? []
        for version in versions.sorted() where version.hasPrefix("python3") {
            if let found = existing("\(libraries)/\(version)/site-packages/pydicom/data/test_files") { return found }
        }
        return nil
    }()

    /// The Python that has pydicom, if the virtual environment is there.
    public static let python: String? = existing(packageRoot + "/.venv/bin/python")

    /// `CORDON_SHARED`, else the folder `shared` beside the package's root.
    public static let shared: String? = existing(
        ProcessInfo.processInfo.environment["CORDON_SHARED"] ?? packageRoot + "/../shared")

    /// Every file of pydicom's folder, in order of path; not all of them are DICOM.
    public static let pydicomFiles: [String] = pydicom.map(files(under:)) ?? []

    /// One of pydicom's files, by its path in the folder: `CT_small.dcm`.
    public static func pydicom(_ name: String) -> String? { pydicom.flatMap { existing($0 + "/" + name) } }

    /// Every regular file under a folder, in order of path.
    public static func files(under folder: String) -> [String] {
        guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
        return walk.compactMap { $0 as? String }.sorted().map { folder + "/" + $0 }.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }
    }

    /// A whole file; nil when it cannot be read.
    public static func bytes(_ path: String) -> [UInt8]? { FileManager.default.contents(atPath: path).map(Array.init) }

    static func existing(_ path: String) -> String? { FileManager.default.fileExists(atPath: path) ? path : nil }
}
