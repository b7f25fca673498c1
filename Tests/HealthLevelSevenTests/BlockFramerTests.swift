import Testing
import TestSupport

@testable import HealthLevelSeven

@Suite struct BlockFramerTests {
    private func blocks(_ pieces: [[UInt8]], limit: Int = 1000) throws -> [[UInt8]] {
        var framer = BlockFramer(limit: limit)
        var found: [[UInt8]] = []
        for piece in pieces {
            framer.append(piece)
            while let block = try framer.next() { found.append(block) }
        }
        return found
    }

    @Test func `the same blocks come out however the bytes are cut`() throws {
        let blocks: [[UInt8]] = [Array("first".utf8), [], [0x1C, 0x1C, 0x0D ^ 0xFF], Array("last\rwith\rCR".utf8)]
        let stream: [UInt8] = blocks.flatMap { block -> [UInt8] in BlockFramer.framed(block) + [0x0D, 0x0A] }
        for first in 0...stream.count {
            for second in stride(from: first, through: stream.count, by: 7) {
                let pieces = [Array(stream[..<first]), Array(stream[first..<second]), Array(stream[second...])]
                #expect(try self.blocks(pieces) == blocks)
            }
        }
        #expect(try self.blocks(stream.map { [$0] }) == blocks)
    }

    @Test func `a block that is too long is refused before it is whole`() {
        var framer = BlockFramer(limit: 10)
        framer.append([0x0B] + Array(repeating: 0x41, count: 10))
        #expect(throws: Never.self) { try framer.next() }
        framer.append([0x41])
        #expect(throws: BlockFramer.Failure.tooLong) { try framer.next() }
    }

    @Test func `another protocol is not waited out`() {
        var framer = BlockFramer(limit: 10)
        framer.append(Array(repeating: 0x41, count: BlockFramer.mostSkipped))
        #expect(throws: Never.self) { try framer.next() }
        framer.append([0x41])
        #expect(throws: BlockFramer.Failure.noBlocks) { try framer.next() }
    }

    @Test func `memory does not grow with what has been given`() throws {
        var framer = BlockFramer(limit: 100_000)
        let block = BlockFramer.framed(Array(repeating: 0x42, count: 50_000))
        for _ in 0..<200 {
            framer.append(block)
            #expect(try framer.next()?.count == 50_000)
            #expect(framer.count == 0)
        }
    }
}
