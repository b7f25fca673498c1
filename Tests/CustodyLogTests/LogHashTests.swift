import CustodyLog
import Testing

@Suite struct LogHashTests {
    @Test func `a hash has thirty-two bytes`() {
        #expect(LogHash([1, 2, 3]) == nil)
        #expect(LogHash([UInt8](repeating: 1, count: 32))?.bytes.count == 32)
    }
}
