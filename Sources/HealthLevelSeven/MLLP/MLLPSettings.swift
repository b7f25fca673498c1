public import NIOCore
public import NIOSSL

/// Limits of a listener. No sender keeps us waiting longer than these say, nor holds more memory.
public struct MLLPSettings: Sendable {
    public var limits = MessageLimits()
    /// Connections at once; one more is closed at once. Each may have one message here, and one in the socket's buffers.
    public var connections = 64
    /// Messages that are worked on at once, each on a thread of its own, since the registry waits for the disk.
    public var threads = 4
    /// From the first byte of a message to its last.
    public var message: TimeAmount = .seconds(60)
    /// Without any byte; feeds are silent at night.
    public var idle: TimeAmount = .hours(24)
    /// For the handshake of TLS.
    public var handshake: TimeAmount = .seconds(30)
    /// Whether somebody with this address may connect; others are closed at once.
    public var isWelcome: @Sendable (_ address: String) -> Bool = { _ in true }
    /// Nil: without TLS.
    public var tls: TLSConfiguration?

    public init() {}
}
