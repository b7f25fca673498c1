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
                if try isFree(port) { return port }
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

    /// Ports that no other process is given before this one ends: it has the first of them for itself until then, by a socket, whoever
    /// runs it and wherever its temporary files are. The system takes that back when the process ends, however it ends.
    private static func block() throws -> [Int] {
        for start in stride(from: range.lowerBound, through: range.upperBound - count, by: count) {
            let first = try bound(start)
            if first != nil { return Array(start + 1..<start + count) }
        }
        throw NoneIsFree()
    }

    /// Nobody has it, at no address.
    private static func isFree(_ port: Int) throws -> Bool {
        guard let number = try bound(port) else { return false }
        close(number)
        return true
    }

    /// A socket that has a port at all addresses, and does not listen; nil when somebody else has it at one.
    private static func bound(_ port: Int) throws -> Int32? {
        // Programs that a test starts may outlive it, and are not to keep it.
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw NoneIsFree() }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        if isBound { return number }
        close(number)
        return nil
    }
}
