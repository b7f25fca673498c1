import Glibc
import NIOCore

/// Acknowledges at once what was read. A sender with Nagle's algorithm waits for that before it sends the rest of an
/// object, and the kernel by itself would wait 40 ms; the option holds until the next read only, so it is set each time.
final class QuickAcknowledgement: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private static let option = ChannelOptions.Types.SocketOption(
        level: .tcp, name: NIOBSDSocket.Option(rawValue: TCP_QUICKACK))

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // A socket that has just closed refuses it, which does no harm.
        try? context.channel.syncOptions?.setOption(Self.option, value: 1)
        context.fireChannelRead(data)
    }
}
