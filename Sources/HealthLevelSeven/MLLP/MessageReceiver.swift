/// Whoever takes messages.
public protocol MessageReceiver: Sendable {
    /// Takes one message. It is called on a thread that may wait for the disk, for each connection one message after the other.
    /// What it returns is sent when it returns: `accept` says that the message is done and durable.
    func take(_ message: Message, content: [UInt8], from sender: MessageSender) -> Acknowledgement

    /// What came and is no message; it has been rejected. For a log.
    func refused(_ error: MessageError, from sender: MessageSender)
}

/// Who sends.
public struct MessageSender: Hashable, Sendable {
    /// The address without the port.
    public var address: String
    /// SHA-256 of the client's certificate, 64 hexadecimal digits, checked against the roots of the listener; nil without one.
    public var certificate: String?

    public init(address: String, certificate: String? = nil) {
        self.address = address
        self.certificate = certificate
    }
}
