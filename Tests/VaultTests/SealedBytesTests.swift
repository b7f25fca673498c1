import DICOMCore
import DICOMFile
import Foundation
import Host
import Testing

@testable import Vault

/// An object that is read where somebody looks gives what was stored, or an error, and never another byte.
@Suite struct SealedBytesTests {
    private static let chunk = SealedHeader.chunkSize, sealed = SealedHeader.sealedChunkSize

    private let folder = VaultFolder()
    private let vault: Vault
    private let bytes: [UInt8]
    private let digest: String
    private let object: String

    init() throws {
        vault = try folder.vault(.encrypted)
        bytes = sample(3 * Self.chunk + 777)
        digest = try vault.add(bytes).digest
        object = vault.home.object(try vault.name(of: digest))
    }

    @Test func `whatever part is asked for is that part`() throws {
        let source = try #require(try vault.source(of: digest))
        #expect(source.size == bytes.count)
        let edges = [0, 1, 16, Self.chunk - 1, Self.chunk, Self.chunk + 1, 2 * Self.chunk, 3 * Self.chunk, bytes.count]
        for start in edges {
            for end in edges where end >= start {
                #expect(try source.bytes(in: start..<end) == Array(bytes[start..<end]), "\(start) to \(end)")
            }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = Int.random(in: start...bytes.count, using: &random)
            #expect(try source.bytes(in: start..<end) == Array(bytes[start..<end]), "\(start) to \(end)")
        }
        #expect(throws: ByteSourceError.self) { try source.bytes(in: 0..<bytes.count + 1) }
    }

    @Test(arguments: [0, 1, 2 * chunk, 2 * chunk + 1])
    func `objects of every length are read`(_ count: Int) throws {
        let bytes = sample(count)
        let digest = try vault.add(bytes).digest
        let source = try #require(try vault.source(of: digest))
        #expect(try source.bytes(in: 0..<count) == bytes)
    }

    @Test func `a bit that changed is an error to whoever looks there, and to nobody else`() throws {
        let whole = try folder.bytes(object)
        for place in [20, 20 + Self.sealed - 1, 20 + Self.sealed, 20 + 2 * Self.sealed + 5, whole.count - 1] {
            var changed = whole
            changed[place] ^= 1
            try folder.overwrite(object, changed)
            let damaged = (place - 20) / Self.sealed
            let source = try #require(try vault.source(of: digest))
            for number in 0..<4 {
                let range = number * Self.chunk..<min(bytes.count, (number + 1) * Self.chunk)
                if number == damaged {
                    #expect(throws: ByteSourceError.self, "\(place)") { try source.bytes(in: range) }
                } else {
                    #expect(try source.bytes(in: range) == Array(bytes[range]), "\(place)")
                }
            }
        }
    }

    @Test func `chunks do not change places, and none is dropped or added`() throws {
        let whole = try folder.bytes(object)
        let first = 20..<20 + Self.sealed, second = first.upperBound..<first.upperBound + Self.sealed
        var changed = whole
        changed.replaceSubrange(first, with: whole[second])
        changed.replaceSubrange(second, with: whole[first])
        try folder.overwrite(object, changed)
        let source = try #require(try vault.source(of: digest))
        #expect(throws: ByteSourceError.self) { try source.bytes(in: 0..<10) }
        let others: [[UInt8]] = [
            Array(whole[..<second.lowerBound]), whole + whole[second], Array(whole.dropLast()), [],
        ]
        for other in others {
            try folder.overwrite(object, other)
            #expect(try vault.source(of: digest) == nil, "\(other.count) bytes")
        }
    }

    @Test func `an envelope of another object opens nothing, and a header that changed neither`() throws {
        let other = sample(50)
        let otherDigest = try vault.add(other).digest
        let envelope = vault.home.envelope(try vault.name(of: digest))
        let own = try folder.bytes(envelope)
        try folder.overwrite(envelope, try folder.bytes(vault.home.envelope(try vault.name(of: otherDigest))))
        #expect(try vault.source(of: digest) == nil)
        try folder.overwrite(envelope, own)
        var changed = try folder.bytes(object)
        changed[13] ^= 4
        try folder.overwrite(object, changed)
        let source = try #require(try vault.source(of: digest))
        #expect(throws: ByteSourceError.self) { try source.bytes(in: 0..<1) }
    }

    @Test func `a DICOM file is indexed without a look at its pixels`() throws {
        let file = Instances.file(1, pixels: 40 * Self.chunk)
        let digest = try vault.add(file).digest
        let object = vault.home.object(try vault.name(of: digest))
        var changed = try folder.bytes(object)
        changed[20 + 20 * Self.sealed] ^= 1
        try folder.overwrite(object, changed)
        let read = try DICOMFile(try #require(try vault.source(of: digest)))
        #expect(read.text(.patientID) == "P1")
        #expect(read.size == file.count)
        let pixels = try #require(read.dataSet.nodes.indices.first { read.dataSet.nodes[$0].tag == .pixelData })
        #expect(throws: (any Error).self) { try read.bytes(of: pixels) }
        #expect(throws: VaultError.self) { try vault.original(digest) }
    }

    @Test func `a vault that does not encrypt has to be read whole, and what is not there is nowhere`() throws {
        let other = VaultFolder()
        let plain = try other.vault(.plain)
        #expect(try plain.source(of: try plain.add(bytes).digest) == nil)
        withExtendedLifetime(other) {}
        #expect(try vault.source(of: String(repeating: "0", count: 64)) == nil)
    }
}
