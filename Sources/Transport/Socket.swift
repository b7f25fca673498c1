import Glibc
import Host

/// A connected socket of TCP. No call waits longer than the limit, and none raises a signal.
final class Socket: Sendable {
    private let descriptor: Descriptor
    /// In milliseconds.
    private let limit: Int32

    init(host: String, port: UInt16, limit seconds: Int) throws(TransportError) {
        limit = Int32(clamping: seconds * 1000)
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0 else {
            throw TransportError(.unreachable, "there is no host `\(host)`")
        }
        // SAFETY: the list is walked while it lives, and freed once.
        defer { unsafe freeaddrinfo(list) }
        var reason = "it has no address"
        var next = unsafe list
        while let address = unsafe next {
            unsafe next = unsafe address.pointee.ai_next
            let type = unsafe address.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let number = unsafe socket(address.pointee.ai_family, type, address.pointee.ai_protocol)
            guard number >= 0 else {
                reason = "\(SystemError.last("socket"))"
                continue
            }
            let descriptor = Descriptor(number)
            if unsafe connect(number, address.pointee.ai_addr, address.pointee.ai_addrlen) != 0, errno != EINPROGRESS {
                reason = "\(SystemError.last("connect"))"
                continue
            }
            guard Self.wait(number, POLLOUT, limit) else {
                reason = "it does not answer"
                continue
            }
            var code: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &size)
            guard code == 0 else {
                reason = SystemError.words(for: code)
                continue
            }
            self.descriptor = descriptor
            return
        }
        throw TransportError(.unreachable, "`\(host)` cannot be reached at port \(port): \(reason)")
    }

    private static func wait(_ number: Int32, _ events: Int32, _ limit: Int32) -> Bool {
        var request = pollfd(fd: number, events: Int16(events), revents: 0)
        while true {
            let count = unsafe poll(&request, 1, limit)
            if count < 0, errno == EINTR { continue }
            return count > 0
        }
    }

    func send(_ bytes: [UInt8]) throws(TransportError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { buffer in
                unsafe Glibc.send(descriptor.number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                guard Self.wait(descriptor.number, POLLOUT, limit) else {
                    throw TransportError(.timedOut, "the other side takes nothing")
                }
            } else if errno != EINTR {
                throw TransportError(.broken, "the connection broke: \(SystemError.last("send"))")
            }
        }
    }

    /// What has come; waits for something. Empty when the other side has said all.
    func receive() throws(TransportError) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: 1 << 14)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes { buffer in
                unsafe recv(descriptor.number, buffer.baseAddress, buffer.count, 0)
            }
            if count >= 0 { return Array(piece.prefix(count)) }
            if errno == EAGAIN {
                guard Self.wait(descriptor.number, POLLIN, limit) else {
                    throw TransportError(.timedOut, "the other side does not answer")
                }
            } else if errno != EINTR {
                throw TransportError(.broken, "the connection broke: \(SystemError.last("recv"))")
            }
        }
    }

    /// Says that nothing more is coming.
    func finishSending() throws(TransportError) {
        guard shutdown(descriptor.number, Int32(SHUT_WR)) == 0 else {
            throw TransportError(.broken, "the connection broke: \(SystemError.last("shutdown"))")
        }
    }
}
