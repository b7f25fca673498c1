import Glibc

/// A path as the file system has it: bytes, which need not be UTF-8. Ordered by bytes, so that no locale matters.
package struct PathBytes: Hashable, Sendable {
    package var bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package init(_ text: String) { self.bytes = Array(text.utf8) }

    package static let slash = UInt8(ascii: "/")
    package static let dot = UInt8(ascii: ".")

    /// The path of something in this folder.
    package func appending(_ component: [UInt8]) -> PathBytes {
        bytes.last == Self.slash ? PathBytes(bytes + component) : PathBytes(bytes + [Self.slash] + component)
    }

    /// Behind the last slash.
    package var lastComponent: ArraySlice<UInt8> {
        bytes[(bytes.lastIndex(of: Self.slash).map { $0 + 1 } ?? 0)...]
    }

    /// Before the last slash; `/` for what lies at the root, `.` for a bare name.
    package var folder: PathBytes {
        switch bytes.lastIndex(of: Self.slash) {
        case nil: PathBytes(".")
        case 0: PathBytes("/")
        case let slash?: PathBytes(Array(bytes[..<slash]))
        }
    }

    /// In small letters, ASCII alone: `dcm` for `IM1.DCM`. Empty when there is none.
    package var lowercaseExtension: String {
        let name = lastComponent
        guard let dot = name.lastIndex(of: Self.dot) else { return "" }
        return String(decoding: name[(dot + 1)...], as: UTF8.self).lowercased()
    }

    /// Whether this is the folder or lies in it; both are absolute and without `.`, `..` and double slashes.
    package func isWithin(_ folder: PathBytes) -> Bool {
        if bytes == folder.bytes || folder.bytes == [Self.slash] { return true }
        return bytes.count > folder.bytes.count && bytes.starts(with: folder.bytes)
            && bytes[folder.bytes.count] == Self.slash
    }

    /// The absolute path with `.`, `..` and double slashes taken out by the letter; links stay as they are named.
    package var absolute: PathBytes {
        var path = self
        if bytes.first != Self.slash {
            guard let folder = getcwd(nil, 0) else { return self }
            defer { free(folder) }
            path = PathBytes(Array(UnsafeRawBufferPointer(start: folder, count: strlen(folder)))).appending(bytes)
        }
        var parts: [ArraySlice<UInt8>] = []
        for part in path.bytes.split(separator: Self.slash) where part != [Self.dot] {
            if part == [Self.dot, Self.dot] { _ = parts.popLast() } else { parts.append(part) }
        }
        return PathBytes([Self.slash] + Array(parts.joined(separator: [Self.slash])))
    }

    /// Where the path leads when all links are followed; nil when it leads nowhere.
    package var resolved: PathBytes? {
        withCString { path in
            guard let real = realpath(path, nil) else { return nil }
            defer { free(real) }
            return PathBytes(Array(UnsafeRawBufferPointer(start: real, count: strlen(real))))
        }
    }

    /// Whether `text` names the same file.
    package var isText: Bool { Array(text.utf8) == bytes }

    /// For the file names that we make, which are text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    package func withCString<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
        try (bytes + [0]).withUnsafeBufferPointer { buffer in
            try buffer.withMemoryRebound(to: CChar.self) { text in
                guard let start = text.baseAddress else {
                    preconditionFailure("an array with a terminator is not empty")
                }
                return try body(start)
            }
        }
    }
}

extension PathBytes: Comparable {
    package static func < (left: PathBytes, right: PathBytes) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
