/// A connection to another machine, by TCP or by TLS over it. For one thread at a time.
public final class Connection {
    private enum Layer {
        case plain(Socket)
        case secure(SecureLayer)
    }

    private let layer: Layer

    /// Connects.
    ///
    /// - Parameters:
    ///   - tls: nil for TCP alone.
    ///   - limit: how many seconds one step may take.
    public init(host: String, port: UInt16, tls: TLSSettings?, limit: Int = 30) throws(TransportError) {
        let socket = try Socket(host: host, port: port, limit: limit)
        if let tls {
            layer = .secure(try SecureLayer(socket, host: host, settings: tls))
        } else {
            layer = .plain(socket)
        }
    }

    public func send(_ bytes: [UInt8]) throws(TransportError) {
        switch layer {
        case .plain(let socket): try socket.send(bytes)
        case .secure(let layer): try layer.send(bytes)
        }
    }

    /// What has come; waits for something. Empty when the other side has said all it has to say.
    public func receive() throws(TransportError) -> [UInt8] {
        switch layer {
        case .plain(let socket): try socket.receive()
        case .secure(let layer): try layer.receive()
        }
    }

    /// Says that nothing more is coming, and waits until the other side has read everything and ends too.
    ///
    /// A program that dies before it has read everything resets the connection, and then this throws; one that reads nothing
    /// runs into the limit.
    public func finish() throws(TransportError) {
        switch layer {
        case .plain(let socket):
            try socket.finishSending()
            while try !socket.receive().isEmpty {}
        case .secure(let layer): try layer.finish()
        }
    }
}
