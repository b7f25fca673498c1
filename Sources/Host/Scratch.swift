import Glibc

/// Where nameless files go when there is no output folder: `TMPDIR`, or `/tmp`.
package enum Scratch {
    package static var folder: String {
        guard let folder = getenv("TMPDIR"), folder.pointee != 0 else { return "/tmp" }
        return String(cString: folder)
    }
}
