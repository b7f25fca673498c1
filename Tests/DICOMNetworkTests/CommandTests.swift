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
}
