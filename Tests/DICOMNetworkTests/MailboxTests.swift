import Testing

@testable import DICOMNetwork

struct MailboxTests {
    @Test func `who puts waits for a taker, and no longer when the association ends`() async throws {
        let box = Mailbox<Int>()
        await box.put(1)
        async let second: Void = box.put(2)
        box.drain()
        await second
        await box.put(3)
        box.end(.failure(.lost))
        await box.put(4)
        for number in 1...3 { #expect(try await box.next() == number) }
        await #expect(throws: AssociationError.self) { try await box.next() }
    }

    @Test func `what comes after the end of waiting is bounded, and more is no silent end`() async throws {
        let box = Mailbox<Int>()
        box.drain()
        for number in 0...1000 { await box.put(number) }
        for number in 0..<1000 { #expect(try await box.next() == number) }
        await #expect(throws: AssociationError.self) { try await box.next() }
    }
}
