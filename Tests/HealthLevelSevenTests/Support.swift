import Foundation
import Synchronization
import TestSupport

@testable import HealthLevelSeven

/// Messages as senders write them: segments on lines, which become CR.
func message(_ text: String) throws -> Message { try Message(lines(text)) }

func lines(_ text: String) -> [UInt8] { Array(text.replacing("\n", with: "\r").utf8) }

enum Sample {
    static let admission = """
        MSH|^~\\&|HIS|HOSPITAL|CORDON|PACS|20261129101500+0100||ADT^A01^ADT_A01|M-1|P|2.5.1|||AL|NE||UNICODE UTF-8
        EVN|A01|20261129101459+0100
        PID|1|old-2|4711^^^HOSPITAL&1.2.3.4&ISO^MR~999^^^CITY^PI||Müller^Änne
        PD1||||||||||||Y
        PV1|1|I|WARD^1^2|||||||||||||VIP|||V-1
        """

    static func update(_ vip: String, id: String = "M-2", time: String = "20261129111500") -> String {
        """
        MSH|^~\\&|HIS|HOSPITAL|CORDON|PACS|\(time)||ADT^A08|\(id)|P|2.3
        PID|1||4711^^^HOSPITAL^MR
        PV1|1|I||||||||||||||\(vip)
        """
    }
}

/// Keeps what it gets, and answers as it is told.
final class Inbox: MessageReceiver {
    private let state = Mutex<(contents: [[UInt8]], refusals: [MessageError], senders: [MessageSender])>(([], [], []))
    private let answer: @Sendable (Message) -> Acknowledgement

    init(answer: @escaping @Sendable (Message) -> Acknowledgement = { _ in Acknowledgement(.accept) }) {
        self.answer = answer
    }

    var contents: [[UInt8]] { state.withLock { $0.contents } }
    var refusals: [MessageError] { state.withLock { $0.refusals } }
    var senders: [MessageSender] { state.withLock { $0.senders } }

    func take(_ message: Message, content: [UInt8], from sender: MessageSender) -> Acknowledgement {
        state.withLock {
            $0.contents.append(content)
            $0.senders.append(sender)
        }
        return answer(message)
    }

    func refused(_ error: MessageError, from sender: MessageSender) { state.withLock { $0.refusals.append(error) } }
}

/// Runs a listener for as long as `body` runs.
@discardableResult
func withListener<Value>(
    _ receiver: any MessageReceiver, settings: MLLPSettings = MLLPSettings(),
    body: (MLLPServer) async throws -> Value
) async throws -> Value {
    let server = try await MLLPServer.start(host: "127.0.0.1", port: 0, settings: settings, receiver: receiver)
    let result: Result<Value, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    await server.stop()
    return try result.get()
}
