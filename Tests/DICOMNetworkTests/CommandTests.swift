import DICOMNetwork
import Testing

struct CommandTests {
    private static let store: Command = {
        var command = Command(.storeRequest)
        command[.messageID] = 7
        command[.priority] = 0
        command[text: .affectedSOPClassUID] = "1.2.840.10008.5.1.4.1.1.2"
        command[text: .affectedSOPInstanceUID] = "1.2.3.4"
        command[text: .moveOriginatorTitle] = "ASKER"
        command.hasDataSet = true
        return command
    }()

    @Test(arguments: Command.Field.allCases) func `commands are read as they were written`(field: Command.Field) throws
    {
        var command = Self.store
        command[.commandField] = field.rawValue
        let read = try Command(decoding: command.encoded[...])
        #expect(read == command)
        #expect(read.field == field)
        #expect(read[text: .moveOriginatorTitle] == "ASKER")
    }

    @Test func `a response names its request, its SOP class and its instance`() throws {
        let response = try #require(Self.store.response(.outOfResources))
        #expect(response.field == .storeResponse)
        #expect(response[.messageIDBeingRespondedTo] == 7)
        #expect(response.sopInstance == "1.2.3.4")
        #expect(response.status == .outOfResources)
        #expect(!response.hasDataSet)
        #expect(response.response(.success) == nil)
    }

    @Test func `elements out of order, twice, of other groups or of odd length are refused`() throws {
        let bytes = Self.store.encoded
        #expect(throws: PDUError.self) { try Command(decoding: (bytes + bytes)[...]) }
        #expect(throws: PDUError.self) { try Command(decoding: (bytes + [8, 0, 5, 0, 0, 0, 0, 0])[...]) }
        #expect(throws: PDUError.self) { try Command(decoding: (bytes + [0, 0, 0, 0x20, 1, 0, 0, 0, 0])[...]) }
        #expect(throws: PDUError.self) { try Command(decoding: []) }
        for count in 1..<bytes.count {
            if let read = try? Command(decoding: bytes[..<count]) { #expect(read != Self.store) }
        }
    }

    @Test func `commands and data sets come in any pieces, in one context, in their order`() throws {
        var assembler = MessageAssembler(contexts: [1, 3])
        let bytes = Self.store.encoded
        func value(_ id: UInt8, _ isCommand: Bool, _ isLast: Bool, _ bytes: ArraySlice<UInt8>) -> PresentationDataValue
        {
            PresentationDataValue(contextID: id, isCommand: isCommand, isLast: isLast, bytes: bytes)
        }
        #expect(throws: PDUError.self) { _ = try assembler.take(value(5, true, true, bytes[...])) }
        #expect(throws: PDUError.self) { _ = try assembler.take(value(1, false, true, [1])) }
        #expect(try assembler.take(value(1, true, false, bytes[..<9])) == nil)
        #expect(throws: PDUError.self) { _ = try assembler.take(value(3, true, true, bytes[9...])) }
        #expect(try assembler.take(value(1, true, true, bytes[9...])) == .command(Self.store, contextID: 1))
        #expect(!assembler.isIdle)
        #expect(throws: PDUError.self) { _ = try assembler.take(value(1, true, true, bytes[...])) }
        #expect(try assembler.take(value(1, false, false, [1, 2])) == .data([1, 2], isLast: false))
        #expect(try assembler.take(value(1, false, true, [])) == .data([], isLast: true))
        #expect(assembler.isIdle)
    }

    @Test func `a command that never ends is refused at the limit`() throws {
        var assembler = MessageAssembler(contexts: [1])
        let piece = [UInt8](repeating: 0, count: 60_000)[...]
        let value = PresentationDataValue(contextID: 1, isCommand: true, isLast: false, bytes: piece)
        #expect(try assembler.take(value) == nil)
        #expect(throws: PDUError(.tooLong, at: 60_000, "command set")) { try assembler.take(value) }
    }

    @Test func `statuses have the categories of PS3.7 Annex C`() {
        #expect(Status.success.category == .success)
        #expect(Status.subOperationsWithFailures.category == .warning)
        #expect(Status.pendingWithoutOptionalKeys.category == .pending)
        #expect(Status.cancel.category == .cancel)
        #expect(Status.outOfResources.category == .failure)
        #expect(Status(rawValue: 0x4242).category == .failure)
        #expect(Status(rawValue: 0x42).description == "0042H")
    }

    /// Any command: of any field, with any elements, of any even length.
    private static func random(_ generator: inout Repeatable) -> Command {
        var command = Command(Command.Field.allCases.randomElement(using: &generator) ?? .echoRequest)
        command[.messageID] = UInt16.random(in: 0...65535, using: &generator)
        for element in [
            Command.Element.priority, .status, .remaining, .completed, .failed, .warning, .messageIDBeingRespondedTo,
            .eventTypeID, .actionTypeID, .moveOriginatorMessageID,
        ] where Bool.random(using: &generator) {
            command[element] = UInt16.random(in: 0...65535, using: &generator)
        }
        for element in [
            Command.Element.affectedSOPClassUID, .requestedSOPInstanceUID, .moveDestination, .errorComment,
            .moveOriginatorTitle,
        ] where Bool.random(using: &generator) {
            let count = Int.random(in: 0...64, using: &generator)
            command[text: element] = String(
                decoding: (0..<count).map { _ in UInt8.random(in: 0x21...0x7E, using: &generator) }, as: UTF8.self)
        }
        command.hasDataSet = Bool.random(using: &generator)
        return command
    }

    @Test func `whatever is in a command, it is read as it was written`() throws {
        var generator = Repeatable(state: 11)
        for _ in 0..<2000 {
            let command = Self.random(&generator)
            #expect(try Command(decoding: command.encoded[...]) == command)
        }
    }

    @Test func `messages are the same however they are cut into values and PDUs`() throws {
        var generator = Repeatable(state: 12)
        for _ in 0..<300 {
            var messages: [(Command, [UInt8])] = []
            var values: [PresentationDataValue] = []
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let command = Self.random(&generator)
                let data = (0..<Int.random(in: 0...300, using: &generator)).map { UInt8(truncatingIfNeeded: $0) }
                messages.append((command, command.hasDataSet ? data : []))
                values += Self.cut(command.encoded, isCommand: true, &generator)
                if command.hasDataSet { values += Self.cut(data, isCommand: false, &generator) }
            }
            var stream: [UInt8] = []
            while !values.isEmpty {
                let count = min(values.count, Int.random(in: 1...3, using: &generator))
                stream += PDU.data(Array(values.prefix(count))).encoded
                values.removeFirst(count)
            }
            #expect(try Self.messages(stream, &generator).map(\.0) == messages.map(\.0))
            #expect(try Self.messages(stream, &generator).map(\.1) == messages.map(\.1))
        }
    }

    private static func cut(
        _ bytes: [UInt8], isCommand: Bool, _ generator: inout Repeatable
    ) -> [PresentationDataValue] {
        var values: [PresentationDataValue] = []
        var start = 0
        repeat {
            let end = min(bytes.count, start + Int.random(in: 0...60, using: &generator))
            let isLast = end == bytes.count
            values.append(
                PresentationDataValue(contextID: 1, isCommand: isCommand, isLast: isLast, bytes: bytes[start..<end]))
            start = end
            if isLast { return values }
        } while true
    }

    /// Reads a stream that arrives in pieces.
    private static func messages(
        _ stream: [UInt8], _ generator: inout Repeatable
    ) throws -> [(Command, [UInt8])] {
        var framer = PDUFramer(), assembler = MessageAssembler(contexts: [1])
        var messages: [(Command, [UInt8])] = []
        var rest = stream[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...200, using: &generator)
            framer.append(rest.prefix(count))
            rest = rest.dropFirst(count)
            while let pdu = try framer.next() {
                guard case .data(let values) = pdu else { continue }
                for value in values {
                    switch try assembler.take(value) {
                    case .command(let command, _): messages.append((command, []))
                    case .data(let bytes, _): messages[messages.count - 1].1 += bytes
                    case nil: break
                    }
                }
            }
        }
        #expect(assembler.isIdle)
        return messages
    }

    @Test func `the numbers of sub-operations travel up to 65535`() throws {
        var command = Command(.moveResponse)
        command[.messageIDBeingRespondedTo] = 1
        command.counts = SubOperationCounts(remaining: 70_000, completed: 1, failed: 2, warning: 3)
        let read = try Command(decoding: command.encoded[...])
        #expect(read.counts == SubOperationCounts(remaining: 65_535, completed: 1, failed: 2, warning: 3))
    }
}
