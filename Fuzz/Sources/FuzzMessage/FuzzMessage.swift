import FuzzDriver
import HealthLevelSeven
import Host

@_cdecl("FuzzMessage_main")
func main(_ count: Int32, _ arguments: Arguments) -> Int32 { fuzz(count, arguments, read) }

/// Whatever the bytes: blocks, messages, persons, answers, resources, or an error within them. What was read and written
/// reads as it was.
private func read(_ bytes: [UInt8]) {
    var framer = BlockFramer(limit: 1 << 16)
    framer.append(bytes)
    while let block = (try? framer.next()).flatMap({ $0 }) { look(block) }
    look(bytes)
    var resources = SecuredResources()
    try? resources.read(bytes)
    resources.resolve()
}

private func look(_ bytes: [UInt8]) {
    guard let message = try? Message(bytes) else { return }
    // It is written in UTF-8: one that says it is in another character set reads as something else.
    if ["", "UNICODE UTF-8"].contains(message.header[18].raw ?? "?") {
        let again = try? Message(message.bytes)
        precondition(again?.segments.map(\.name) == message.segments.map(\.name))
    }
    _ = try? AdministrativeEvent(message)
    let answer = Acknowledgement(.error, [MessageError(.dataType, "PID-3", "wrong")])
        .message(answering: message, controlID: "1", at: Instant(milliseconds: 0))
    let read = try? Message(answer.bytes)
    precondition(read.flatMap { Acknowledgement($0) }?.code == .error)
}
