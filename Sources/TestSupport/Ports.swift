import Foundation
import Glibc
import Synchronization

/// TCP ports for programs that cannot be told to take any that is free, or whose port others have to know before.
///
/// A port that the system gave and that was closed again may be somebody else's a moment later: the system gives it to the next
/// who asks for any, and as the near end of a connection, too. These lie beside those that it gives. Each is given once in a
/// process, and no other process has it until this one ends.
public enum Ports {
    public struct NoneIsFree: Error {}

    private static let count = 100
    private static let ports = Mutex<[Int]>([])

    /// The next one.
    ///
    /// - Throws: `NoneIsFree`.
    public static func take() throws -> Int {
        try ports.withLock { ports in
            while true {
                if ports.isEmpty { ports = try block() }
                let port = ports.removeLast()
                if isFree(port) { return port }
            }
        }
    }

    /// Beside those that the system gives.
    private static let range: Range<Int> = {
        let text = (try? String(contentsOfFile: "/proc/sys/net/ipv4/ip_local_port_range", encoding: .utf8)) ?? ""
        let given = text.split { $0.isWhitespace }.compactMap { Int($0) }
        guard let lowest = given.first, let highest = given.last else { return 10_000..<32_000 }
        if lowest > 20_000 { return 10_000..<lowest }
        return highest < 60_000 ? highest + 1..<65_536 : 10_000..<32_000
    }()

    /// Ports that no other process is given before this one ends: by then nobody holds the lock.
    private static func block() throws -> [Int] {
        let folder = NSTemporaryDirectory() + "/cordon-ports-\(getuid())"
        _ = mkdir(folder, 0o700)
        for start in stride(from: range.lowerBound, through: range.upperBound - count, by: count) {
            let lock = open("\(folder)/\(start)", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard lock >= 0 else { throw NoneIsFree() }
            if flock(lock, LOCK_EX | LOCK_NB) == 0 { return Array(start..<start + count) }
            close(lock)
        }
        throw NoneIsFree()
    }

    /// Nobody listens there, at no address.
    private static func isFree(_ port: Int) -> Bool {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
